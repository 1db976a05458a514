//! What each step of the event does, and what the step before lacks.

use listings::ch07_event::s1_flag::FlagEvent;
use listings::ch07_event::s2_three_states::ThreeStateEvent;
use listings::{every_order, page, stuck, table, told_in_full};
use loom_platform::{name, step, thread};
use primitives::Event;
use std::sync::Arc;

/// An event, whichever of the book's it is.
trait AnyEvent: Default + Send + Sync + 'static {
    fn set(&self);
    fn clear(&self);
    fn wait(&self);
    /// Whether somebody waits, for an event that knows.
    fn is_awaited(&self) -> bool;
}

/// The event with three states and the wrong way to clear it.
#[derive(Default)]
struct Forgetful(ThreeStateEvent);

impl AnyEvent for FlagEvent {
    fn set(&self) {
        self.set();
    }
    fn clear(&self) {
        self.clear();
    }
    fn wait(&self) {
        self.wait();
    }
    fn is_awaited(&self) -> bool {
        unreachable!("the flag does not know")
    }
}

impl AnyEvent for Forgetful {
    fn set(&self) {
        self.0.set();
    }
    fn clear(&self) {
        self.0.clear_and_forget();
    }
    fn wait(&self) {
        self.0.wait();
    }
    fn is_awaited(&self) -> bool {
        self.0.is_awaited()
    }
}

impl AnyEvent for ThreeStateEvent {
    fn set(&self) {
        self.set();
    }
    fn clear(&self) {
        self.clear();
    }
    fn wait(&self) {
        self.wait();
    }
    fn is_awaited(&self) -> bool {
        self.is_awaited()
    }
}

impl AnyEvent for Event {
    fn set(&self) {
        self.set();
    }
    fn clear(&self) {
        self.clear();
    }
    fn wait(&self) {
        self.wait();
    }
    fn is_awaited(&self) -> bool {
        format!("{self:?}").contains("waiters: true")
    }
}

/// Ann waits; the starter does something to the event.
fn against_a_waiter<E: AnyEvent>(starter: fn(&E)) {
    let event = Arc::new(E::default());
    name(&*event, "the event");
    let ann = {
        let event = event.clone();
        thread::spawn("Ann", move || {
            event.wait();
            step("goes on");
        })
    };
    let starter = thread::spawn("starter", move || starter(&event));
    ann.join().unwrap();
    starter.join().unwrap();
}

fn set<E: AnyEvent>() {
    against_a_waiter(E::set);
}

/// Clears an event that is not set, then sets it.
fn clear_then_set<E: AnyEvent>() {
    against_a_waiter(|event: &E| {
        event.clear();
        event.set();
    });
}

/// Sets the event, and if somebody waits, clears it at once.
fn set_then_clear<E: AnyEvent>() {
    against_a_waiter(|event: &E| {
        let awaited = event.is_awaited();
        event.set();
        if awaited {
            event.clear();
        }
    });
}

/// The starter sets the event, and nobody waits.
fn nobody<E: AnyEvent>() {
    let event = Arc::new(E::default());
    name(&*event, "the event");
    thread::spawn("starter", move || event.set()).join().unwrap();
}

const WAITS: &str = "Ann waits, the event is set";
const CLEARED_BEFORE: &str = "Ann waits, the event is cleared and then set";
const CLEARED_AFTER: &str = "Ann waits already, the event is set and then cleared";

#[test]
fn each_step_forgets_fewer_waiters_than_the_one_before_and_the_last_none() {
    let mut rows = Vec::new();
    type Row = (&'static str, &'static str, fn(), Option<&'static str>);
    let programs: [Row; 10] = [
        ("flag", WAITS, set::<FlagEvent>, None),
        ("forgetful", WAITS, set::<Forgetful>, None),
        ("three-state", WAITS, set::<ThreeStateEvent>, None),
        ("`Event`", WAITS, set::<Event>, None),
        ("flag", CLEARED_BEFORE, clear_then_set::<FlagEvent>, None),
        ("forgetful", CLEARED_BEFORE, clear_then_set::<Forgetful>, Some("forgetful-event")),
        ("three-state", CLEARED_BEFORE, clear_then_set::<ThreeStateEvent>, None),
        ("`Event`", CLEARED_BEFORE, clear_then_set::<Event>, None),
        (
            "three-state",
            CLEARED_AFTER,
            set_then_clear::<ThreeStateEvent>,
            Some("three-state-event"),
        ),
        ("`Event`", CLEARED_AFTER, set_then_clear::<Event>, None),
    ];
    for (event, what, program, file) in programs {
        let exploration = every_order(program);
        assert_eq!(stuck(&exploration) > 0, file.is_some(), "{event}: {what}");
        if let Some(file) = file {
            let found = exploration.failures().next().expect("a waiter that is forgotten");
            page(&format!("{file}-stuck.txt"), &told_in_full(found));
        }
        let stuck = stuck(&exploration).to_string();
        rows.push([event, what, &exploration.to_string(), &stuck].map(str::to_owned));
    }
    let head = ["event", "program", "search", "executions that get stuck"];
    page("event-steps.md", &table(head, rows));
}

#[test]
fn the_flag_calls_the_system_for_nobody_and_the_event_does_not() {
    for (program, file, calls) in [
        (nobody::<FlagEvent> as fn(), "flag-event-nobody.txt", true),
        (nobody::<Event>, "event-nobody.txt", false),
    ] {
        let exploration = every_order(program);
        let [found] = &exploration.outcomes[..] else { panic!("more than one outcome") };
        assert_eq!(found.trace.moves.iter().any(|one| one.text.contains("wakes")), calls);
        page(file, &told_in_full(found));
    }
}
