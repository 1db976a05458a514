//! A story on this machine, many times.

use crate::catalogue::{self, Selection};
use crate::failure::{Done, Failure};
use crate::report::{Report, grouped, heading, not_as_declared, print_each, table};
use indicatif::{ProgressBar, ProgressStyle};
use scenarios::{Expect, Outcome, Story, Variant};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A trial that takes longer is left behind, and the next one starts.
const PATIENCE: Duration = Duration::from_millis(20);

/// A trial that was left behind and has not ended after this is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(1);

/// A stuck trial's threads cannot be ended, only left. After this many there are no further trials.
const MOST_STUCK: usize = 50;

#[derive(Serialize)]
struct Trials {
    story: &'static str,
    variant: &'static str,
    expected: &'static str,
    as_expected: bool,
    /// How many were asked for.
    #[serde(skip)]
    asked: u64,
    trials: u64,
    seconds: f64,
    /// What was told, if there was one trial, and only a machine can run the story.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    said: Vec<String>,
    outcomes: Vec<OutcomeReport>,
}

#[derive(Serialize)]
struct OutcomeReport {
    outcome: String,
    kind: &'static str,
    trials: u64,
}

pub(crate) fn run(selection: &Selection, trials: Option<u64>, traced: bool, json: bool) -> Done {
    let story = catalogue::story(selection.story);
    if traced && !machine_stories::runs_a_loop(story) {
        return Err(Failure::Usage(format!(
            "`{}` runs no event loop: there are no lists to trace. `three-downloads` does.",
            story.name
        )));
    }
    print_each(selection, json, |position, variant| {
        let story = catalogue::story(position);
        let variant = &story.variants[variant];
        Some(match catalogue::can_be_explored(position) {
            true => run_threads(story, variant, trials.unwrap_or(1000)),
            false => run_on_the_machine(story, variant, trials.unwrap_or(1), traced),
        })
    })
}

/// How one trial came out. Ordered as the table shows them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Panicked,
    Stuck,
    Breaks(String),
    Holds(String),
}

/// How many trials have ended in which way.
type Endings = BTreeMap<Ending, u64>;

fn progress_bar(story: &Story, variant: &Variant, trials: u64) -> ProgressBar {
    let bar = ProgressBar::new(trials).with_style(
        ProgressStyle::with_template("{prefix}: {human_pos} of {human_len} trials {wide_bar}")
            .expect("a correct template"),
    );
    bar.set_prefix(format!("{}/{}", story.name, variant.name));
    bar
}

/// A story that only a machine can run ends in time by itself, and always in the same way.
fn run_on_the_machine(story: &Story, variant: &Variant, trials: u64, traced: bool) -> Trials {
    let start = Instant::now();
    let bar = progress_bar(story, variant, trials);
    let mut endings = Endings::new();
    let mut said = Vec::new();
    let program = variant.run;
    for _ in 0..trials {
        let ending = match thread::spawn(move || machine_stories::run(program, traced)).join() {
            Ok((lines, outcome)) => {
                said = lines;
                ending(outcome)
            }
            Err(_) => Ending::Panicked,
        };
        *endings.entry(ending).or_default() += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if trials > 1 {
        said.clear();
    }
    let as_declared = |ending: &Ending| match ending {
        Ending::Holds(_) => variant.expect == Expect::Holds,
        Ending::Breaks(_) => variant.expect == Expect::Breaks,
        Ending::Stuck | Ending::Panicked => false,
    };
    let as_expected = endings.keys().all(as_declared);
    Trials { said, as_expected, ..report(story, variant, start, trials, endings) }
}

fn run_threads(story: &Story, variant: &Variant, trials: u64) -> Trials {
    let start = Instant::now();
    let bar = progress_bar(story, variant, trials);
    let mut endings = Endings::new();
    let mut late: Vec<(Instant, Trial)> = Vec::new();
    let mut done = 0;
    while done < trials {
        let trial = start_trial(variant.run);
        match wait_for(&trial, PATIENCE) {
            Some(ending) => *endings.entry(ending).or_default() += 1,
            None => late.push((Instant::now(), trial)),
        }
        done += 1;
        bar.set_position(done);
        // Those that have ended meanwhile were only slow.
        late.retain(|(_, trial)| match wait_for(trial, Duration::ZERO) {
            Some(ending) => {
                *endings.entry(ending).or_default() += 1;
                false
            }
            None => true,
        });
        if late.len() >= MOST_STUCK {
            break;
        }
    }
    for (left_at, trial) in late {
        let rest = STUCK_AFTER.saturating_sub(left_at.elapsed());
        *endings.entry(wait_for(&trial, rest).unwrap_or(Ending::Stuck)).or_default() += 1;
    }
    bar.finish_and_clear();

    // What a run did not show may still happen, so only the opposite of what is declared counts
    // against a variant.
    let as_expected = endings.keys().all(|ending| match ending {
        Ending::Holds(_) => true,
        Ending::Breaks(_) => matches!(variant.expect, Expect::Breaks | Expect::BreaksAndSticks),
        Ending::Stuck => matches!(variant.expect, Expect::Stuck | Expect::BreaksAndSticks),
        Ending::Panicked => false,
    });
    Trials { asked: trials, as_expected, ..report(story, variant, start, done, endings) }
}

fn report(
    story: &Story,
    variant: &Variant,
    start: Instant,
    trials: u64,
    endings: Endings,
) -> Trials {
    let outcomes = endings
        .into_iter()
        .map(|(ending, trials)| {
            let (kind, outcome) = match ending {
                Ending::Holds(text) => ("holds", text),
                Ending::Breaks(text) => ("breaks", text),
                Ending::Stuck => ("stuck", format!("nothing moved for {STUCK_AFTER:?}")),
                Ending::Panicked => ("panic", "a thread panicked".to_owned()),
            };
            OutcomeReport { outcome, kind, trials }
        })
        .collect();
    Trials {
        story: story.name,
        variant: variant.name,
        expected: variant.expect.word(),
        as_expected: false,
        asked: trials,
        trials,
        seconds: start.elapsed().as_secs_f64(),
        said: Vec::new(),
        outcomes,
    }
}

/// A trial under way: says how it came out, or hangs up if a thread panicked.
type Trial = Receiver<Outcome>;

/// Runs a trial on a thread of its own, which is left behind if the trial gets stuck.
fn start_trial(program: fn() -> Outcome) -> Trial {
    let (sender, receiver) = channel();
    scenarios::stage::thread::spawn("trial", move || {
        // Nobody listens any more if the trial was counted as stuck before it ended.
        let _ = sender.send(program());
    });
    receiver
}

fn ending(outcome: Outcome) -> Ending {
    if outcome.holds { Ending::Holds(outcome.text) } else { Ending::Breaks(outcome.text) }
}

fn wait_for(trial: &Trial, patience: Duration) -> Option<Ending> {
    match trial.recv_timeout(patience) {
        Ok(outcome) => Some(ending(outcome)),
        Err(RecvTimeoutError::Disconnected) => Some(Ending::Panicked),
        Err(RecvTimeoutError::Timeout) => None,
    }
}

impl Report for Trials {
    fn as_expected(&self) -> bool {
        self.as_expected
    }

    fn text(&self) -> String {
        let name = (self.story, self.variant);
        let good = format!("declared: {}", self.expected);
        let heading = heading(name, self.as_expected, &good, &not_as_declared(self.expected));
        if let ([_, ..], [row]) = (&self.said[..], &self.outcomes[..]) {
            let said: String = self.said.iter().map(|line| format!("  {line}\n")).collect();
            return format!("{heading}\n{said}\n  {}: {}\n", row.kind, row.outcome);
        }
        let stopped = if self.trials < self.asked {
            format!(", no more: {MOST_STUCK} did not end in time")
        } else {
            String::new()
        };
        let rows: Vec<Vec<String>> = self
            .outcomes
            .iter()
            .map(|row| vec![grouped(row.trials), row.kind.to_owned(), row.outcome.clone()])
            .collect();
        format!(
            "{heading}  {} trials{stopped}\n\n{}",
            grouped(self.trials),
            table(&["trials", "kind", "outcome"], &rows)
        )
    }
}
