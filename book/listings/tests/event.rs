//! What each step of the event does, and what the step before lacks; and the answers to the
//! exercises.

use listings::ch07_event::exercises::{Gate, Letterbox, MadeEvent};
use listings::ch07_event::s1_flag::FlagEvent;
use listings::ch07_event::s2_three_states::ThreeStateEvent;
use listings::{every_order, page, stuck, table, told_in_full};
use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
use loom_platform::{Ending, Explorer, name, step, thread};
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

/// One letter is there, another comes. Who waits for the second takes until it has it.
fn two_letters(take: fn(&Letterbox) -> Vec<u32>) {
    let letterbox = Arc::new(Letterbox::default());
    letterbox.put(1);
    let writer = {
        let letterbox = letterbox.clone();
        thread::spawn("writer", move || letterbox.put(2))
    };
    while !take(&letterbox).contains(&2) {}
    writer.join().unwrap();
}

#[test]
fn a_letter_that_comes_between_the_take_and_the_clear_is_forgotten() {
    let late = Explorer::new().stop_at_failure().explore(|| two_letters(Letterbox::take));
    assert!(late.failures().any(|found| matches!(found.ending, Ending::Stuck(_))), "{late}");
    let first = every_order(|| two_letters(Letterbox::clear_then_take));
    assert_eq!(stuck(&first), 0);
}

/// Two threads pass, and each lets the next pass when it is done. They must not meet.
fn pass<G: Default + Send + Sync + 'static>(pass: fn(&G), open: fn(&G)) {
    let shared = Arc::new((G::default(), AtomicU32::new(0)));
    open(&shared.0);
    let threads = ["Ann", "Ben"].map(|name| {
        let shared = shared.clone();
        thread::spawn(name, move || {
            let (gate, inside) = &*shared;
            pass(gate);
            assert_eq!(inside.fetch_add(1, Relaxed), 0, "the two meet");
            inside.fetch_sub(1, Relaxed);
            open(gate);
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn an_event_that_is_waited_for_and_then_cleared_lets_two_pass_and_a_gate_one() {
    let wait_and_clear = |event: &Event| {
        event.wait();
        event.clear();
    };
    let with_event =
        Explorer::new().stop_at_failure().explore(move || pass(wait_and_clear, Event::set));
    let Some(found) = with_event.failures().next() else { panic!("they never meet") };
    let Ending::Panicked(panic) = &found.ending else { panic!("{found}") };
    assert!(panic.message.contains("the two meet"), "{found}");
    assert_eq!(stuck(&every_order(|| pass(Gate::pass, Gate::open))), 0);
}

#[test]
fn a_waiter_that_looks_again_misses_a_short_set_and_one_that_trusts_the_notify_does_not() {
    for (wait, misses) in [(MadeEvent::wait as fn(&MadeEvent), true), (MadeEvent::wait_once, false)]
    {
        let exploration = every_order(move || {
            let event = Arc::new(MadeEvent::default());
            let ann = {
                let event = event.clone();
                thread::spawn("Ann", move || wait(&event))
            };
            if event.set() > 0 {
                event.clear();
            }
            ann.join().unwrap();
        });
        assert_eq!(stuck(&exploration) > 0, misses);
    }
}
