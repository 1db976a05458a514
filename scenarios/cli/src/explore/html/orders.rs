//! Orders of steps as data for a page, small: tens of thousands of them are read in an instant.

use super::MOST_ORDERS;
use crate::explore::{Kind, ONE_STEP, ending, plural};
use crate::report::grouped;
use loom_platform::{Exploration, Order};
use loom_scenarios::Outcome;
use serde::Serialize;
use std::collections::HashMap;
use std::iter::zip;

/// All orders, those with the same ending one after another.
#[derive(Serialize)]
pub(super) struct Orders {
    /// Of the search that found the orders.
    executions: u64,
    /// Whether these are all there are.
    all: bool,
    /// Which they are, in words.
    which: String,
    /// Each ending, the worst first, and how many of the orders end so.
    endings: Vec<(Kind, String, usize)>,
    threads: Vec<String>,
    /// The steps, each called by its number.
    steps: Vec<Step>,
    /// For each order, how many executions it has, how many steps it has in common with the order
    /// before it, and then the rest of its steps: each number a character, and a space after each
    /// order.
    rows: String,
    /// The numbers of executions, each called by its number.
    counts: Vec<u64>,
}

/// The thread, what it says, where arrows come from: a thread, and how many steps that thread has
/// told since; and the piece that it adds to the code of the order.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
struct Step(usize, String, Vec<(usize, usize)>, String);

impl Orders {
    /// `threads`: those that are known by now, in their order.
    pub(super) fn of(exploration: Exploration<Outcome>, threads: Vec<String>) -> Self {
        let (which, all) = which(&exploration);
        let mut orders: Vec<((Kind, String), Order<Outcome>)> = exploration
            .orders
            .into_iter()
            .map(|order| {
                let (text, kind) = ending(&order.ending);
                ((kind, text), order)
            })
            .collect();
        orders.sort_by(|(ending, order), (other_ending, other)| {
            let by_ending = other_ending.0.cmp(&ending.0).then(ending.1.cmp(&other_ending.1));
            by_ending.then_with(|| order.steps.cmp(&other.steps))
        });

        let mut packed = Self {
            executions: exploration.executions,
            all,
            which,
            endings: Vec::new(),
            threads,
            steps: Vec::new(),
            rows: String::new(),
            counts: Vec::new(),
        };
        let mut counts = HashMap::new();
        let mut numbers = HashMap::new();
        let mut before: Vec<usize> = Vec::new();
        for ((kind, text), order) in orders {
            match packed.endings.last_mut() {
                Some(last) if (last.0, &last.1) == (kind, &text) => last.2 += 1,
                _ => packed.endings.push((kind, text, 1)),
            }
            let steps: Vec<usize> = packed
                .steps_of(&order)
                .into_iter()
                .map(|step| {
                    *numbers.entry(step.clone()).or_insert_with(|| {
                        packed.steps.push(step);
                        packed.steps.len() - 1
                    })
                })
                .collect();
            let common = zip(&before, &steps).take_while(|(one, other)| one == other).count();
            let count = *counts.entry(order.executions).or_insert_with(|| {
                packed.counts.push(order.executions);
                packed.counts.len() - 1
            });
            let row = [count, common].into_iter().chain(steps[common..].iter().copied());
            packed.rows.extend(row.map(character));
            packed.rows.push(' ');
            before = steps;
        }
        packed
    }

    fn steps_of(&mut self, order: &Order<Outcome>) -> Vec<Step> {
        let threads: Vec<usize> = order.steps.iter().map(|step| self.thread(&step.0)).collect();
        let step = |to: usize| {
            let sources = order.arrows.iter().filter(|arrow| arrow.1 == to);
            let sources = sources.map(|&(from, _)| {
                let since = &threads[from + 1..to];
                (threads[from], since.iter().filter(|&&thread| thread == threads[from]).count())
            });
            let is_last = to + 1 == threads.len();
            let code = order.code.get(to..if is_last { to + 2 } else { to + 1 });
            let code = code.map_or_else(String::new, <[String]>::concat);
            Step(threads[to], order.steps[to].1.clone(), sources.collect(), code)
        };
        (0..threads.len()).map(step).collect()
    }

    fn thread(&mut self, name: &str) -> usize {
        self.threads.iter().position(|known| known == name).unwrap_or_else(|| {
            self.threads.push(name.to_owned());
            self.threads.len() - 1
        })
    }
}

/// Which orders a search has found, and whether they are all.
fn which(exploration: &Exploration<Outcome>) -> (String, bool) {
    let count = exploration.orders.len();
    let orders = |count: usize| {
        let one = count == 1;
        format!("{} order{} of steps", grouped(count as u64), plural(one))
    };
    let which = match exploration.preemption_bound {
        _ if exploration.exhaustive => {
            let how =
                if exploration.locks_in_one_step { format!(", {ONE_STEP}") } else { String::new() };
            return (format!("{}: all there are{how}.", orders(count)), true);
        }
        Some(most) if exploration.finished => format!(
            "{}: those with at most {most} preemption{}, NOT all.",
            orders(count),
            plural(most == 1)
        ),
        _ if count >= MOST_ORDERS => format!(
            "NOT all: the search stopped at {}, as many as the page may have.",
            orders(MOST_ORDERS)
        ),
        _ => format!("NOT all: {}, and then the search was stopped.", orders(count)),
    };
    (which, false)
}

/// A number as a character that JSON writes as it is. The space is none of them.
fn character(number: usize) -> char {
    // First those of one byte, without those that JSON escapes; then those from U+00A1 on, without
    // the surrogates.
    let ascii = (0x23..0x7F).filter(|&code| code != 0x5C && code != 0x3C);
    let rest = (0xA1..0xD800).chain(0xE000..0x11_0000);
    let code = ascii.chain(rest).nth(number);
    code.and_then(char::from_u32).expect("fewer steps than characters")
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_platform::{Explorer, Move};
    use loom_scenarios::{STORIES, Variant};

    fn variant(wanted: &str) -> &'static Variant {
        let (story, variant) = wanted.split_once('/').unwrap();
        let story = STORIES.iter().find(|one| one.name == story).unwrap();
        story.variants.iter().find(|one| one.name == variant).unwrap()
    }

    fn exploration(wanted: &str, most: usize) -> Exploration<Outcome> {
        let variant = variant(wanted);
        let explorer = Explorer::new().spurious_wakeups(variant.search.spurious_wakeups);
        explorer.every_order().most_orders(most).explore(variant.run)
    }

    /// The rows, unpacked: how often, the ending, then each step, with a star for each arrow to it.
    /// And the code of each.
    fn told(orders: &Orders) -> Vec<(String, String)> {
        let numbers: HashMap<char, usize> =
            (0..1_000).map(|number| (character(number), number)).collect();
        let ends = orders.endings.iter().flat_map(|(_, text, count)| vec![text; *count]);
        let mut steps: Vec<usize> = Vec::new();
        let rows = orders.rows.split_terminator(' ').map(|row| {
            let mut row = row.chars().map(|character| numbers[&character]);
            let count = orders.counts[row.next().unwrap()];
            steps.truncate(row.next().unwrap());
            steps.extend(row);
            (count, steps.clone())
        });
        let step = |step: usize| {
            let Step(thread, text, sources, _) = &orders.steps[step];
            format!("{} {text}{}", orders.threads[*thread], "*".repeat(sources.len()))
        };
        let told = |(end, (count, steps)): (&String, (u64, Vec<usize>))| {
            let told: Vec<String> = steps.iter().map(|&number| step(number)).collect();
            let code = steps.iter().map(|&number| orders.steps[number].3.as_str()).collect();
            (format!("{count} {end}: {}", told.join(", ")), code)
        };
        zip(ends, rows).map(told).collect()
    }

    /// As `told`, without the code.
    fn line(order: &Order<Outcome>) -> String {
        let steps = order.steps.iter().enumerate().map(|(at, step)| {
            let (thread, text) = &**step;
            let arrows = order.arrows.iter().filter(|arrow| arrow.1 == at).count();
            format!("{thread} {text}{}", "*".repeat(arrows))
        });
        let steps: Vec<String> = steps.collect();
        format!("{} {}: {}", order.executions, ending(&order.ending).0, steps.join(", "))
    }

    #[test]
    fn what_is_packed_is_every_order_with_its_ending_its_arrows_and_a_code_that_runs_it_again() {
        for wanted in ["bank-withdraw/locked", "ab-deadlock/timed", "rounds/no-meeting"] {
            let exploration = exploration(wanted, MOST_ORDERS);
            let mut expected: Vec<String> = exploration.orders.iter().map(line).collect();
            expected.sort();
            let orders = Orders::of(exploration, Vec::new());
            assert!(orders.all);
            let mut packed = told(&orders);
            packed.sort();
            let lines: Vec<&String> = packed.iter().map(|(line, _)| line).collect();
            assert_eq!(lines, expected.iter().collect::<Vec<_>>(), "{wanted}");
            let variant = variant(wanted);
            let explorer = Explorer::new().spurious_wakeups(variant.search.spurious_wakeups);
            for (line, code) in packed {
                let found = explorer.replay(&code, variant.run).unwrap();
                let step =
                    |step: &Move| format!("{} {}", found.trace.threads[step.thread], step.text);
                let steps: Vec<String> = found.trace.steps().map(step).collect();
                let again = format!("{}: {}", ending(&found.ending).0, steps.join(", "));
                assert!(line.replace('*', "").ends_with(&again), "{code}: {again}, not {line}");
            }
        }
    }

    #[test]
    fn a_list_that_was_cut_is_not_called_complete() {
        let orders = Orders::of(exploration("bank-withdraw/unlocked", 3), Vec::new());
        assert_eq!((told(&orders).len(), orders.all), (3, false));
        assert!(orders.which.contains("NOT all"), "{}", orders.which);
    }

    #[test]
    fn each_number_has_a_character_of_its_own_that_json_writes_as_it_is() {
        let mut before = ' ';
        for number in 0..60_000 {
            let character = character(number);
            assert!(character > before, "{number}");
            let json = serde_json::to_string(&character).unwrap();
            assert_eq!(json.len(), character.len_utf8() + 2, "{number}");
            before = character;
        }
    }
}
