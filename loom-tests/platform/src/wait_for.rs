//! Which thread waits for which, where nobody can go on: the wait-for graph.
//!
//! What a thread waits for, its last wait says. Which thread holds that, only some words tell:
//! those of locks, made with [`held_as`](crate::atomic::held_as). A lock without such a word says
//! it by [`takes`](crate::takes). Any thread may set an event or notify a condition, so such things
//! have no holder here.

mod svg;

use crate::execution::{Finished, Waiting, WaitsOn};
use crate::trace::{Action, Event, named};
use serde::Serialize;
use std::fmt;

/// Threads, and what they wait for, at the end of an execution in which nobody can go on.
///
/// Its text is one sentence about the threads that wait, those of the cycle first.
///
/// That the main thread waits for others to end is so in nearly every program. It is left out where
/// it is not a part of the cycle.
///
/// ```
/// use loom_platform::atomic::{AtomicU32, Ordering::Relaxed, held_as};
/// use loom_platform::{explore, futex, name};
///
/// let exploration = explore(|| {
///     let lock = held_as(AtomicU32::new(0), |state| state);
///     name(&lock, "the lock");
///     // The second time round it waits for itself.
///     while lock.swap(1, Relaxed) == 0 {}
///     futex::wait(&lock, 1);
/// });
/// let wait_for = exploration.outcomes[0].wait_for.as_ref().unwrap();
/// assert_eq!(wait_for.to_string(), "main holds the lock and waits for it");
/// assert_eq!(wait_for.cycle, [0]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitFor {
    /// The threads that wait, and those that hold what others wait for. Those of the cycle come
    /// first: each waits for what the next one holds, and the last for what the first one holds.
    pub threads: Vec<WaitingThread>,
    /// What they wait for, each once, in the order of the threads.
    pub things: Vec<Thing>,
    /// The threads of the cycle, as indices into [`threads`](Self::threads), if there is one.
    pub cycle: Vec<usize>,
}

/// A thread of a [`WaitFor`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingThread {
    /// The thread's name.
    pub name: String,
    /// Index into [`WaitFor::things`], or nothing if the thread has ended and still holds
    /// something.
    pub waits_for: Option<usize>,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thing {
    /// The name given to the object, or else what is to happen: the end of a thread, or a wake.
    pub name: String,
    /// Whether it is an object that has a name. A thread can hold that; an end or a wake only comes
    /// from a thread.
    pub is_object: bool,
    /// The threads that hold it, or from which it comes, as indices into [`WaitFor::threads`]. None
    /// where that cannot be known, as with an event, which any thread may set.
    pub held_by: Vec<usize>,
}

/// What a thread waits for.
struct Wait {
    thread: usize,
    on: WaitsOn,
    thing: Thing,
    /// The threads that hold it, by their numbers in the execution.
    holders: Vec<usize>,
}

impl Wait {
    fn new(finished: &Finished, waiting: &Waiting, (thread, on): (usize, WaitsOn)) -> Self {
        let name_of = |thread: usize| finished.threads[thread].as_str();
        let only = |holders: &[usize]| (holders.len() == 1).then(|| name_of(holders[0]));
        let end_of = |other: usize| format!("the end of {}", name_of(other));
        let (on, name, holders, is_object) = match on {
            WaitsOn::Thread(other) => (on, end_of(other), vec![other], false),
            WaitsOn::Line(object) => {
                let holders = finished.held_by.get(&object).copied().into_iter().collect();
                match named(&finished.names, object.start) {
                    // The lock is a part of what has the name, and orders those that wait for that.
                    Some((range, name)) if *range != (object.start..object.end) => {
                        (on, format!("the turn at {name}"), holders, true)
                    }
                    Some((_, name)) => (on, name.clone(), holders, true),
                    None => (on, "its turn".to_owned(), holders, false),
                }
            }
            WaitsOn::Word { address } => {
                let holders = holders(&finished.events, address);
                match named(&finished.names, address) {
                    // The word that tells how a thread stands is called after the thread.
                    Some((_, name))
                        if only(&holders).is_some_and(|one| *name == format!("thread {one}")) =>
                    {
                        (on, end_of(holders[0]), holders, false)
                    }
                    // An object is one thing, on whichever of its words a thread sleeps.
                    Some((range, name)) => {
                        (WaitsOn::Word { address: range.start }, name.clone(), holders, true)
                    }
                    None if holders.is_empty() => (on, waiting.waits_for.clone(), holders, false),
                    None => {
                        let by: Vec<&str> = holders.iter().map(|&holder| name_of(holder)).collect();
                        (on, format!("a wake by {}", by.join(" or ")), holders, false)
                    }
                }
            }
        };
        Self { thread, on, thing: Thing { name, is_object, held_by: Vec::new() }, holders }
    }
}

impl WaitFor {
    /// What is said of a thing that no thread is known to hold.
    pub const NO_HOLDER: &'static str = "no thread that might give it can go on";

    pub(crate) fn new(finished: &Finished, waiting: &[Waiting]) -> Self {
        let mut waits: Vec<Wait> = finished
            .stuck
            .iter()
            .zip(waiting)
            .map(|(&stuck, waiting)| Wait::new(finished, waiting, stuck))
            .collect();
        let cycle = cycle(&waits);
        waits.retain(|wait| {
            let for_an_end = matches!(wait.on, WaitsOn::Thread(_));
            wait.thread != 0 || !for_an_end || cycle.contains(&0)
        });
        let place = |thread| cycle.iter().position(|&one| one == thread).unwrap_or(usize::MAX);
        waits.sort_by_key(|wait| place(wait.thread));

        let mut graph =
            Self { threads: Vec::new(), things: Vec::new(), cycle: (0..cycle.len()).collect() };
        let mut ids: Vec<usize> = waits.iter().map(|wait| wait.thread).collect();
        let mut things: Vec<WaitsOn> = Vec::new();
        for wait in &waits {
            let thing = things.iter().position(|on| *on == wait.on).unwrap_or_else(|| {
                things.push(wait.on);
                graph.things.push(wait.thing.clone());
                things.len() - 1
            });
            for &holder in &wait.holders {
                let holder = ids.iter().position(|&id| id == holder).unwrap_or_else(|| {
                    ids.push(holder);
                    ids.len() - 1
                });
                let held_by = &mut graph.things[thing].held_by;
                if !held_by.contains(&holder) {
                    held_by.push(holder);
                }
            }
            let name = finished.threads[wait.thread].clone();
            graph.threads.push(WaitingThread { name, waits_for: Some(thing) });
        }
        let ended = ids[waits.len()..].iter().map(|&id| finished.threads[id].clone());
        graph.threads.extend(ended.map(|name| WaitingThread { name, waits_for: None }));
        graph
    }
}

/// The threads that hold the lock whose word is at the address, when all has happened.
fn holders(events: &[Event], address: usize) -> Vec<usize> {
    let mut held_by: Vec<usize> = Vec::new();
    let mut seen = false;
    for event in events {
        let (before, after) = match &event.action {
            Action::Store { address: at, value } if *at == address => (None, value),
            Action::Changes { address: at, before, after, .. } if *at == address => {
                (Some(before), after)
            }
            _ => continue,
        };
        let Some(now) = after.holders() else { continue };
        if let Some(before) = before.filter(|_| !seen)
            && before.holders() != Some(0)
        {
            held_by.extend(before.holders.map(|holders| holders.maker));
        }
        seen = true;
        if now as usize > held_by.len() {
            held_by.push(event.thread);
        } else if (now as usize) < held_by.len() {
            match held_by.iter().position(|&thread| thread == event.thread) {
                Some(own) => drop(held_by.remove(own)),
                // Another thread has let go for one of them, and nobody knows for which.
                None => held_by.clear(),
            }
        }
    }
    held_by
}

/// Threads of which each waits for what the next one holds, and the last for what the first holds.
fn cycle(waits: &[Wait]) -> Vec<usize> {
    fn goes_on(waits: &[Wait], way: &mut Vec<usize>, closed: &mut Vec<usize>) -> bool {
        let Some(&last) = way.last() else { return false };
        let Some(wait) = waits.iter().find(|wait| wait.thread == last) else { return false };
        wait.holders.iter().any(|&holder| {
            if let Some(start) = way.iter().position(|&thread| thread == holder) {
                *closed = way[start..].to_vec();
                return true;
            }
            way.push(holder);
            let closes = goes_on(waits, way, closed);
            way.pop();
            closes
        })
    }
    let mut closed = Vec::new();
    waits.iter().any(|wait| goes_on(waits, &mut vec![wait.thread], &mut closed));
    closed
}

impl fmt::Display for WaitFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, thread) in self.threads.iter().enumerate() {
            let Some(waits_for) = thread.waits_for else { continue };
            let gap = if number > 0 { "; " } else { "" };
            write!(f, "{gap}{}", thread.name)?;
            let held = |thing: &&Thing| thing.is_object && thing.held_by.contains(&number);
            let held: Vec<&str> =
                self.things.iter().filter(held).map(|thing| thing.name.as_str()).collect();
            let wanted = &self.things[waits_for];
            if !held.is_empty() {
                write!(f, " holds {} and", held.join(" and "))?;
            }
            let it = held == [wanted.name.as_str()];
            write!(f, " waits for {}", if it { "it" } else { &wanted.name })?;
        }
        Ok(())
    }
}
