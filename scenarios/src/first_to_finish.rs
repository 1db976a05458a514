//! Two servers have the same page. One answer is enough.
//!
//! A wait for a server by name waits for that one, also if the other has long answered.
//! `as_completed` gives the futures as they end. But an end need not be a result.

use crate::stage::{name, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Event, Future, Promise, as_completed};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "first-to-finish",
    about: "two servers are asked for one page, and the first answer will do",
    seed: "003 §12",
    variants: &[
        Variant {
            name: "by-name",
            about: "waits for the first in the list, which answers only when it is told to stop",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || ask(Silent, |servers| servers[0].result().ok().copied()),
        },
        Variant {
            name: "first-end",
            about: "takes the first that ends, and one of them ends with an error",
            expect: Expect::Breaks,
            search: Search::locks_in_one_step(2),
            run: || ask(Fails, |servers| as_completed(servers).next()?.result().ok().copied()),
        },
        Variant {
            name: "first-result",
            about: "takes the first that ends with a result, and one of them ends with an error",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(2),
            run: || ask(Fails, first_result),
        },
        Variant {
            name: "one-is-silent",
            about: "the same, and one of them answers only when it is told to stop",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || ask(Silent, first_result),
        },
    ],
};

/// What the first server does. The second answers.
#[derive(Clone, Copy)]
enum First {
    Silent,
    Fails,
}
use First::{Fails, Silent};

// ANCHOR: first
fn first_result(servers: &[Future<&'static str>]) -> Option<&'static str> {
    as_completed(servers).find_map(|server| server.result().ok().copied())
}
// ANCHOR_END: first

// ANCHOR: ask
fn ask(first: First, take_one: fn(&[Future<&'static str>]) -> Option<&'static str>) -> Outcome {
    let stop = Arc::new(Event::new());
    name(&*stop, "somebody to say that it may stop");
    let (promise, one) = Promise::new();
    let until = stop.clone();
    thread::spawn("first server", move || match first {
        Silent => {
            step!("is asked, and has no answer");
            until.wait();
            drop(promise);
        }
        Fails => {
            step!("breaks down");
            drop(promise);
        }
    });
    let (promise, other) = Promise::new();
    thread::spawn("second server", move || {
        step!("answers");
        promise.set_result("the page").unwrap();
    });
    let page = take_one(&[one, other]);
    step!("{}", if page.is_some() { "has the page" } else { "has an error" });
    stop.set();
    Outcome::new(page.is_some(), page.unwrap_or("no page"))
}
// ANCHOR_END: ask
