//! What each step of the condition does, and what the step before lacks.

use listings::ch06_condition::s1_deaf::DeafCondition;
use listings::ch06_condition::s2_counting::CountingCondition;
use listings::{every_order, page, stuck, table, told_in_full, told_with};
use loom_platform::{Ending, Explorer, name, step, thread};
use primitives::{Condition, Lock, LockGuard};
use std::sync::Arc;

/// A condition, whichever of the book's it is.
trait AnyCondition: Default + Send + Sync + 'static {
    fn wait<T>(&self, guard: &mut LockGuard<'_, T>);
    fn notify_one(&self);
}

macro_rules! any_condition {
    ($($condition:ident)*) => { $(
        impl AnyCondition for $condition {
            fn wait<T>(&self, guard: &mut LockGuard<'_, T>) {
                $condition::wait(self, guard);
            }
            fn notify_one(&self) {
                $condition::notify_one(self);
            }
        }
    )* };
}
any_condition! { DeafCondition CountingCondition Condition }

fn shared<T, C: AnyCondition>(value: T) -> Arc<(C, Lock<T>)> {
    let shared = Arc::new((C::default(), Lock::new(value)));
    name(&shared.0, "the condition");
    name(&shared.1, "the lock");
    shared
}

/// A draw that waits for the deposit, and looks again when it wakes.
fn deposit_and_draw<C: AnyCondition>() {
    let shared = shared::<i64, C>(0);
    let drawer = {
        let shared = shared.clone();
        thread::spawn("drawer", move || {
            let (changed, balance) = &*shared;
            let mut balance = balance.lock();
            while *balance == 0 {
                step("finds nothing there, asks to be woken");
                changed.wait(&mut balance);
            }
            *balance -= 800;
        })
    };
    let depositor = thread::spawn("depositor", move || {
        let (changed, balance) = &*shared;
        *balance.lock() += 800;
        step("deposits 800");
        changed.notify_one();
    });
    drawer.join().unwrap();
    depositor.join().unwrap();
}

#[derive(Default)]
struct Office {
    waiting: u32,
    tickets: u32,
    closed: bool,
}

/// Each of `names` waits for a ticket, unless the office is closed. A clerk comes as often as there
/// are names, gives out a ticket each time that somebody waits, and at last closes and gives one to
/// each that is left. Returns how many came back without a ticket.
fn tickets<C: AnyCondition>(names: &'static [&'static str]) -> usize {
    let office = shared::<Office, C>(Office::default());
    let waiters: Vec<_> = names
        .iter()
        .map(|name| {
            let office = office.clone();
            thread::spawn(name, move || come_for_a_ticket(&office.0, &office.1))
        })
        .collect();
    let clerk = thread::spawn("clerk", move || {
        let (called, office) = &*office;
        for rest in (0..names.len()).rev() {
            let mut office = office.lock();
            office.closed = rest == 0;
            while office.waiting > 0 {
                office.waiting -= 1;
                office.tickets += 1;
                called.notify_one();
                step("gives out a ticket, notifies one");
                if rest > 0 {
                    break;
                }
            }
        }
    });
    clerk.join().unwrap();
    waiters.into_iter().map(|waiter| usize::from(!waiter.join().unwrap())).sum()
}

/// Whether there was a ticket for who waited for one.
fn come_for_a_ticket<C: AnyCondition>(called: &C, office: &Lock<Office>) -> bool {
    let mut office = office.lock();
    if office.closed {
        return true;
    }
    office.waiting += 1;
    step("asks to be woken");
    called.wait(&mut office);
    step(format!("is back, tickets: {}", office.tickets));
    let ticket = office.tickets.checked_sub(1);
    office.tickets = ticket.unwrap_or(0);
    ticket.is_some()
}

fn one_waiter<C: AnyCondition>() -> usize {
    tickets::<C>(&["Ann"])
}

fn two_waiters<C: AnyCondition>() -> usize {
    tickets::<C>(&["Ann", "Ben"])
}

/// Nobody waits, and one is notified.
fn nobody<C: AnyCondition>() {
    let shared = shared::<(), C>(());
    let notifier = thread::spawn("notifier", move || shared.0.notify_one());
    notifier.join().unwrap();
}

#[test]
fn what_is_said_between_the_unlock_and_the_sleep_is_missed_by_the_first_step_alone() {
    let programs: [(&str, fn()); 3] = [
        ("deaf", deposit_and_draw::<DeafCondition>),
        ("counting", deposit_and_draw::<CountingCondition>),
        ("`Condition`", deposit_and_draw::<Condition>),
    ];
    let rows = programs.map(|(name, program)| {
        let exploration = every_order(program);
        let missed = stuck(&exploration);
        assert_eq!(missed > 0, name == "deaf", "{name}");
        if let Some(found) = exploration.failures().next() {
            page("deaf-condition-stuck.txt", &told_in_full(found));
        }
        [name.to_owned(), exploration.to_string(), missed.to_string()]
    });
    page("condition-missed.md", &table(["condition", "search", "executions that get stuck"], rows));
}

#[test]
fn one_notify_lets_two_go_on_if_notifies_are_counted_and_one_if_waiters_stand_in_line_bounded() {
    let (whole, bounded) = (Explorer::new(), Explorer::new().preemptions(2));
    let spurious = bounded.clone().spurious_wakeups(1);
    type Programs = [fn() -> usize; 2];
    let counting: Programs = [one_waiter::<CountingCondition>, two_waiters::<CountingCondition>];
    let line: Programs = [one_waiter::<Condition>, two_waiters::<Condition>];
    let mut rows = Vec::new();
    for (name, [one, two], some) in [("counting", counting, true), ("`Condition`", line, false)] {
        for (program, explorer, run, some) in [
            ("Ann waits", &whole, one, false),
            ("Ann waits, the futex returns for no reason", &spurious, one, some),
            ("Ann and Ben wait", &bounded, two, some),
        ] {
            let exploration = explorer.explore(run);
            assert!(exploration.finished, "{exploration}");
            assert_eq!(stuck(&exploration), 0, "{name}, {program}");
            let without = exploration.outcomes.iter();
            let without: Vec<_> =
                without.filter(|found| found.ending != Ending::Returned(0)).collect();
            assert_eq!(!without.is_empty(), some, "{name}, {program}");
            if let (Some(found), true) = (without.first(), program.contains("Ben")) {
                let told = told_with(found, "the condition");
                // One was asleep and was woken. The other had read the number, and did not sleep.
                assert!(told.contains("wakes on the condition: Ann"), "{told}");
                assert!(told.contains("does not sleep on the"), "{told}");
                page("counting-condition-two.txt", &told);
            }
            let executions: u64 = without.iter().map(|found| found.executions).sum();
            let cells = [name, program, &exploration.to_string(), &executions.to_string()];
            rows.push(cells.map(str::to_owned));
        }
    }
    let head = ["condition", "program", "search", "executions with a return and no ticket"];
    page("condition-tickets.md", &table(head, rows));
}

#[test]
fn the_counting_condition_calls_the_system_for_nobody_and_the_line_of_waiters_does_not() {
    for (program, file, calls) in [
        (nobody::<CountingCondition> as fn(), "counting-condition-nobody.txt", true),
        (nobody::<Condition>, "condition-nobody.txt", false),
    ] {
        let exploration = every_order(program);
        let [found] = &exploration.outcomes[..] else { panic!("more than one outcome") };
        assert_eq!(found.trace.moves.iter().any(|one| one.text.contains("wakes")), calls);
        page(file, &told_in_full(found));
    }
}
