//! Two processes talk by a pipe with two directions.
//!
//! A process that receives waits until the other sends, or has closed its end. If both receive
//! first, both wait. And one that receives until the end waits for ever for an end that is
//! forgotten.

use crate::say;
use processes::{Builder, Connection, Start, duplex_pipe, register};
use scenarios::{Expect, Outcome, Search, Story, Variant};
use std::time::Duration;

pub(crate) const STORY: Story = Story {
    name: "ping-pong-pipe",
    about: "two processes say ping and pong by a pipe",
    seed: "003 §21, 004",
    variants: &[
        Variant {
            name: "both-listen",
            about: "both receive first",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: both_listen,
        },
        Variant {
            name: "never-closed",
            about: "ping and pong, and the child listens for more until the end, which is not sent",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: never_closed,
        },
        Variant {
            name: "closed",
            about: "the same, and the parent drops its end of the pipe",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: closed,
        },
    ],
};

/// How long a wait takes that is in vain.
const IN_VAIN: Duration = Duration::from_millis(100);

// ANCHOR: child
/// Answers until nobody can ask any more.
fn answers(mut line: Connection) {
    while let Ok(text) = line.recv::<String>() {
        line.send(&text.replace('i', "o")).unwrap();
    }
}
register!(answers);
// ANCHOR_END: child

// ANCHOR: listen
fn both_listen() -> Outcome {
    let (mut ours, theirs) = duplex_pipe().unwrap();
    let child = Builder::new().name("child").start(Start::Spawn, answers, (theirs,)).unwrap();
    say!("the child waits for a message");
    let spoken = ours.poll(IN_VAIN).unwrap();
    say!("the parent waits for a message, {IN_VAIN:?} in vain");
    drop(ours);
    child.join();
    Outcome::new(spoken, if spoken { "somebody speaks" } else { "nobody speaks" })
}
// ANCHOR_END: listen

fn ping(line: &mut Connection) {
    line.send("ping").unwrap();
    let answer = line.recv::<String>().unwrap();
    say!("the parent says ping, and hears {answer}");
}

// ANCHOR: never
fn never_closed() -> Outcome {
    let (mut ours, theirs) = duplex_pipe().unwrap();
    let child = Builder::new().daemon(true).start(Start::Spawn, answers, (theirs,)).unwrap();
    ping(&mut ours);
    let ended = child.join_for(IN_VAIN);
    say!("the parent waits for the child's end, {IN_VAIN:?} in vain");
    Outcome::new(ended.is_some(), "the child listens, and nobody will speak")
}
// ANCHOR_END: never

// ANCHOR: closed
fn closed() -> Outcome {
    let (mut ours, theirs) = duplex_pipe().unwrap();
    let child = Builder::new().name("child").start(Start::Spawn, answers, (theirs,)).unwrap();
    ping(&mut ours);
    drop(ours);
    let ended = child.join();
    say!("the parent drops its end, and the child {ended}");
    Outcome::new(child.exit_code() == Some(0), "ping, pong, and the end")
}
// ANCHOR_END: closed
