//! Death: a thread stops before one of its steps, and the kernel does for it what its robust list
//! says.

use super::platform::robust;
use loom_tests::answers;
use primitives::platform::thread_local;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

thread_local! {
    /// How many steps the running thread may still take, if it is to be killed.
    static STEPS_LEFT: Cell<Option<u32>> = Cell::new(None);
}

/// What unwinds a thread that is killed.
struct Killed;

/// The running thread takes a step, unless it dies before.
pub fn step() {
    STEPS_LEFT.with(|left| match left.get() {
        None => {}
        Some(0) => die(),
        Some(steps) => left.set(Some(steps - 1)),
    });
}

/// Whether the running thread dies before its next step.
pub fn is_next() -> bool {
    STEPS_LEFT.with(|left| left.get() == Some(0))
}

/// The running thread dies.
pub fn die() -> ! {
    // What unwinds must not die again in a destructor. Such things are not to be killed here.
    resume_unwind(Box::new(Killed))
}

/// Runs `body` as a thread that is killed after so many steps. `true` means that it was, and that it
/// did not end before.
pub fn killed_after(steps: u32, body: impl FnOnce()) -> bool {
    STEPS_LEFT.with(|left| left.set(Some(steps)));
    let result = catch_unwind(AssertUnwindSafe(body));
    STEPS_LEFT.with(|left| left.set(None));
    match result {
        Ok(()) => false,
        Err(payload) if payload.is::<Killed>() => {
            robust::thread_has_died();
            true
        }
        Err(payload) => resume_unwind(payload),
    }
}

/// Runs the program in every order, with a thread that dies before its first step, before its second,
/// and so on, until there is no execution left in which it dies. The program says whether it did.
#[track_caller]
pub fn at_each_step(program: impl Fn(u32) -> bool + Send + Sync + 'static) {
    let program = Arc::new(program);
    for steps in 0.. {
        let program = program.clone();
        if answers(move || program(steps)) == [false] {
            assert!(steps > 10, "it dies nowhere");
            return;
        }
    }
}
