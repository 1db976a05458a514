//! A letter is to be sent, and somebody takes that back.
//!
//! A task that has begun cannot be cancelled: nobody can stop a thread in the middle of something.
//! So a cancel answers whether it came in time, and that answer is not to be dropped. A task that
//! is to stop halfway must look itself whether it should.

use crate::stage::atomic::{AtomicBool, Ordering::Relaxed};
use crate::stage::{show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Future, Promise};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "cancel-running",
    about: "a letter is to be sent, and is cancelled just then",
    seed: "003 §12",
    variants: &[
        Variant {
            name: "trusting",
            about: "the answer of the cancel is not looked at",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || {
                letter(|sending| {
                    sending.cancel();
                    true
                })
            },
        },
        Variant {
            name: "not-running",
            about: "looks whether the task runs, and cancels if it does not",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || {
                letter(|sending| {
                    let runs = sending.is_running() || sending.is_done();
                    step!(
                        "{}",
                        if runs { "sees that it runs" } else { "sees that it does not run" }
                    );
                    if !runs {
                        sending.cancel();
                    }
                    !runs
                })
            },
        },
        Variant {
            name: "asking",
            about: "believes what the cancel answers",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || letter(Future::cancel),
        },
        Variant {
            name: "asked-to-stop",
            about: "the task looks once more before it sends, and its result says what it did",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: asked_to_stop,
        },
    ],
};

// ANCHOR: letter
/// `cancel` says whether the letter stays here.
fn letter(cancel: fn(&Future<()>) -> bool) -> Outcome {
    let sent = Arc::new(AtomicBool::new(false));
    show!("the letter", "here");
    let (promise, sending) = Promise::new();
    let worker = {
        let sent = sent.clone();
        thread::spawn("worker", move || {
            promise.run(|| {
                sent.store(true, Relaxed);
                show!("the letter", "sent");
                step!("sends the letter");
            });
        })
    };
    let stays = cancel(&sending);
    step!("cancels, and thinks that it {}", if stays { "stays here" } else { "is sent" });
    worker.join().unwrap();
    outcome(sent.load(Relaxed), stays)
}
// ANCHOR_END: letter

// ANCHOR: asked
fn asked_to_stop() -> Outcome {
    let stop = Arc::new(AtomicBool::new(false));
    show!("the letter", "here");
    let (promise, sending) = Promise::new();
    let worker = {
        let stop = stop.clone();
        thread::spawn("worker", move || {
            promise.run(|| {
                let stops = stop.load(Relaxed);
                show!("the letter", if stops { "here" } else { "sent" });
                step!("{}", if stops { "stops before it sends" } else { "sends the letter" });
                !stops
            });
        })
    };
    stop.store(true, Relaxed);
    show!("asked to stop", "yes");
    step!("asks it to stop");
    worker.join().unwrap();
    let sent = *sending.result().unwrap();
    outcome(sent, !sent)
}
// ANCHOR_END: asked

fn outcome(sent: bool, stays: bool) -> Outcome {
    let [is, thought] = [!sent, stays].map(|stays| if stays { "stays" } else { "is sent" });
    Outcome::new(sent != stays, format!("the letter {is}, and the sender thinks it {thought}"))
}
