//! Arrows between steps: which step of another thread one had to come after.
//!
//! A step is told when it is done, so an operation belongs to the step that follows it. Only one
//! that asks for something is told before.

use super::{Action, Event};
use crate::own::{Clock, MAX_THREADS};

/// From which step to which, by their positions among the steps.
///
/// Where a thread learns by one step of what several others have done, there is an arrow only from
/// those of which none of the others knew.
pub(crate) fn arrows(events: &[Event]) -> Vec<(usize, usize)> {
    let steps: Vec<&Event> = events.iter().filter(|event| is_step(event)).collect();
    let mut known = [Clock::default(); MAX_THREADS];
    let mut arrows = Vec::new();
    for (to, step) in steps.iter().enumerate() {
        let before = std::mem::replace(&mut known[step.thread], step.happened);
        if asks(step) {
            continue;
        }
        let is_new =
            |&thread: &usize| thread != step.thread && step.happened.of(thread) > before.of(thread);
        let sources: Vec<(usize, usize)> = (0..MAX_THREADS)
            .filter(is_new)
            .filter_map(|thread| {
                Some((thread, source(events, &steps[..to], thread, step.happened)?))
            })
            .collect();
        let is_last_needed = |&&(thread, from): &&(usize, usize)| {
            let knows = |later: usize| steps[later].happened.of(thread) >= step.happened.of(thread);
            !sources.iter().any(|&(_, other)| other > from && knows(other))
        };
        arrows.extend(sources.iter().filter(is_last_needed).map(|&(_, from)| (from, to)));
    }
    arrows
}

/// The step of `thread` that tells of the last operation that happened, or else the last before it.
fn source(events: &[Event], told: &[&Event], thread: usize, happened: Clock) -> Option<usize> {
    let last = happened.of(thread);
    // The start of a thread is no operation that is noted, and no later step tells of it.
    let is_it = |event: &Event| event.thread == thread && event.happened.of(thread) == last;
    let is_operation = events.iter().any(|event| is_it(event) && !is_step(event));
    let mut source = None;
    for (position, step) in told.iter().enumerate().filter(|(_, step)| step.thread == thread) {
        let later = step.happened.of(thread) >= last;
        if later && (asks(step) || !is_operation) {
            break;
        }
        source = Some(position);
        if later {
            break;
        }
    }
    source.filter(|&position| !asks(told[position]))
}

fn is_step(event: &Event) -> bool {
    matches!(event.action, Action::Step(_))
}

fn asks(step: &Event) -> bool {
    matches!(&step.action, Action::Step(text) if text.starts_with("asks"))
}
