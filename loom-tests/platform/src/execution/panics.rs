//! Panics in a model: outcomes like any other, and the means by which a thread leaves an execution
//! that was cut short.

use super::{EXECUTION, EXPLORING, EarlyEnd, Panic, with};
use crate::own;
use crate::weaken::place;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// The payload that unwinds a thread of an execution that was cut short.
pub(super) struct CutShort;

/// Runs a thread's body to its end, its panic included, and then drops the thread's locals.
pub(crate) fn run<T>(body: impl FnOnce() -> T) -> Option<T> {
    let caught = |outcome: std::thread::Result<T>| {
        outcome
            .map_err(|payload| {
                if !payload.is::<CutShort>() {
                    body_panicked(panic_message(&*payload));
                }
                with(|execution| execution.me().unwinding = false);
            })
            .ok()
    };
    let result = caught(catch_unwind(AssertUnwindSafe(body)));
    let locals = with(|execution| {
        execution.me().locals_dropped = true;
        std::mem::take(&mut execution.me().locals)
    });
    match catch_unwind(AssertUnwindSafe(|| drop(locals))) {
        Ok(()) => result,
        Err(payload) => caught(Err(payload)),
    }
}

pub(super) fn cut_for(message: String) {
    with(|execution| {
        let thread = execution.me().name.clone();
        execution.end_early(EarlyEnd::Panicked(Panic { thread, message }));
    });
}

/// Notes that the running thread's body ended with a panic.
fn body_panicked(message: String) {
    // The search of our own lets the other threads go on: they may yet do what lets an earlier read
    // go another way.
    if own::run::active() {
        with(|execution| {
            // When the execution is over, what threads still do is no part of it.
            if execution.early_end.is_none() {
                let thread = execution.me().name.clone();
                execution.panics.push(Panic { thread, message });
            }
        });
    } else {
        cut_for(message);
    }
}

/// The message of the panic with this payload, and where it was raised if the hook saw it.
pub(super) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let noted = with(|execution| std::mem::take(&mut execution.last_panic));
    if noted.is_empty() { message(payload) } else { noted }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Keeps panics inside a model from being printed: each is an outcome, with its message and trace,
/// and a search may meet thousands. Panics elsewhere are printed as before.
pub(super) fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !EXPLORING.get() {
                return previous(info);
            }
            let text = message(info.payload());
            EXECUTION.with(|execution| {
                if let Ok(mut execution) = execution.try_borrow_mut()
                    && let Some(execution) = execution.as_mut()
                {
                    execution.last_panic = text.trim().to_owned();
                    // What loom itself objects to has no place in the program's source.
                    if !execution.in_operation {
                        execution.me().unwinding = true;
                        if let Some(at) = info.location() {
                            execution.last_panic += &format!(" (at {})", place(at));
                        }
                    }
                }
            });
        }));
    });
}
