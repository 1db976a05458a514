//! A parent starts a child, and both tell their numbers.
//!
//! A process has a number, and knows that of its parent. A function that is called runs in the
//! process that calls it. A child runs beside its parent, and how it ended is known when it has
//! ended.

use crate::say;
use processes::{Builder, Receiver, Sender, Start, current_name, pipe, register};
use scenarios::{Expect, Outcome, Search, Story, Variant};
use std::os::unix::process::parent_id;
use std::process::id;

pub(crate) const STORY: Story = Story {
    name: "parent-and-child",
    about: "a parent starts a child, and both tell their numbers",
    seed: "003 §16, §17",
    variants: &[
        Variant {
            name: "called",
            about: "calls the child's function: there is one process",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: called,
        },
        Variant {
            name: "not-joined",
            about: "starts the child, and asks at once how it ended",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: not_joined,
        },
        Variant {
            name: "started-and-joined",
            about: "starts the child, joins it, and asks",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: started_and_joined,
        },
    ],
};

// ANCHOR: child
/// Sends its name, its number and that of its parent, and ends when it may.
fn child(mut tell: Sender, mut may_end: Receiver) {
    tell.send(&(current_name(), id(), parent_id())).unwrap();
    may_end.recv::<()>().unwrap();
}
register!(child);
// ANCHOR_END: child

fn told(heard: &mut Receiver) -> (u32, u32) {
    let (name, number, parent) = heard.recv::<(String, u32, u32)>().unwrap();
    say!("{name}: I am process {number}, and my parent is {parent}");
    (number, parent)
}

fn called() -> Outcome {
    say!("{}: I am process {}", current_name(), id());
    let ((mut heard, tell), (may_end, mut end)) = (pipe().unwrap(), pipe().unwrap());
    end.send(&()).unwrap();
    child(tell, may_end);
    let (number, _) = told(&mut heard);
    let holds = number != id();
    Outcome::new(holds, if holds { "two processes" } else { "one process" })
}

// ANCHOR: not_joined
fn not_joined() -> Outcome {
    say!("{}: I am process {}", current_name(), id());
    let ((mut heard, tell), (may_end, mut end)) = (pipe().unwrap(), pipe().unwrap());
    let process = Builder::new().name("child").start(Start::Spawn, child, (tell, may_end)).unwrap();
    told(&mut heard);
    let code = process.exit_code();
    end.send(&()).unwrap();
    outcome(code)
}
// ANCHOR_END: not_joined

// ANCHOR: joined
fn started_and_joined() -> Outcome {
    say!("{}: I am process {}", current_name(), id());
    let ((mut heard, tell), (may_end, mut end)) = (pipe().unwrap(), pipe().unwrap());
    let process = Builder::new().name("child").start(Start::Spawn, child, (tell, may_end)).unwrap();
    let numbers = told(&mut heard);
    assert_eq!(numbers, (process.pid(), id()));
    end.send(&()).unwrap();
    let ended = process.join();
    say!("{}: {} {ended}", current_name(), process.name());
    outcome(process.exit_code())
}
// ANCHOR_END: joined

fn outcome(code: Option<i32>) -> Outcome {
    let text = match code {
        Some(code) => format!("exit code {code}"),
        None => "no exit code: the child has not ended".to_owned(),
    };
    Outcome::new(code == Some(0), text)
}
