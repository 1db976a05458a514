//! Panics in functions and destructors that are not ours.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

/// Calls `f`, and lets a panic go no further. `true` means that there was none.
pub fn contain_panic(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).map_err(forget).is_ok()
}

/// Drops all items, though some panic. The first panic is passed on when all are dropped, unless
/// the thread is panicking already. The others go no further.
///
/// The drop of a [`Vec`] does not do this: with a second panic it aborts the process.
pub fn drop_all(items: impl IntoIterator<Item = impl Sized>) {
    let mut first = None;
    for item in items {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(item))) {
            match first {
                None => first = Some(panic),
                Some(_) => forget(panic),
            }
        }
    }
    match first {
        None => {}
        Some(panic) if thread::panicking() => forget(panic),
        Some(panic) => resume_unwind(panic),
    }
}

/// Drops what a panic has thrown. That may panic too, and throw another of the kind.
fn forget(panic: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        mem::forget(again);
    }
}
