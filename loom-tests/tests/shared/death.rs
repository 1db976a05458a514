//! Death: a thread stops before one of its steps, and the kernel does for it what its robust list
//! says.

use super::platform::robust;
use loom_platform::Explorer;
use loom_tests::recorded;
use primitives::platform::thread_local;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// When a thread is killed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Death {
    Never,
    /// After so many steps.
    After(u32),
    /// When it sleeps for the first time, or right after it was woken.
    Asleep,
}

thread_local! {
    /// That of the running thread.
    static DEATH: Cell<Death> = Cell::new(Death::Never);
}

/// What unwinds a thread that is killed.
struct Killed;

/// The running thread takes a step, unless it dies before.
pub fn step() {
    DEATH.with(|death| match death.get() {
        Death::Never | Death::Asleep => {}
        Death::After(0) => die(),
        Death::After(steps) => death.set(Death::After(steps - 1)),
    });
}

/// Whether the running thread dies if it sleeps now, or after that.
pub fn is_near() -> bool {
    DEATH.with(|death| matches!(death.get(), Death::After(0) | Death::Asleep))
}

/// The running thread dies.
pub fn die() -> ! {
    // What unwinds must not die again in a destructor. Such things are not to be killed here.
    resume_unwind(Box::new(Killed))
}

/// Runs `body` as a thread that is killed after so many steps. `true` means that it was, and that
/// it did not end before.
pub fn killed_after(steps: u32, body: impl FnOnce()) -> bool {
    killed(Death::After(steps), body)
}

/// Runs `body` as a thread that is killed when it sleeps, or when it has been woken. `true` means
/// that it slept.
pub fn killed_asleep(body: impl FnOnce()) -> bool {
    killed(Death::Asleep, body)
}

fn killed(how: Death, body: impl FnOnce()) -> bool {
    DEATH.with(|death| death.set(how));
    let result = catch_unwind(AssertUnwindSafe(body));
    DEATH.with(|death| death.set(Death::Never));
    match result {
        Ok(()) => false,
        Err(payload) if payload.is::<Killed>() => {
            robust::thread_has_died();
            true
        }
        Err(payload) => resume_unwind(payload),
    }
}

/// Runs the program in every order, with a thread that dies before its first step, before its
/// second, and so on, until there is no execution left in which it dies. The program says whether
/// it did. Loom is not asked: these are many searches.
#[track_caller]
pub fn at_each_step(program: impl Fn(u32) -> bool + Send + Sync + 'static) {
    let program = Arc::new(program);
    for steps in 0.. {
        let program = program.clone();
        let exploration = recorded(Explorer::new().explore(move || program(steps)));
        assert!(exploration.exhaustive, "{exploration}");
        if let Some(failure) = exploration.failures().next() {
            panic!("{failure}\nfound in {exploration}");
        }
        if exploration.returned().all(|(died, _)| !died) {
            assert!(steps > 10, "it dies nowhere");
            return;
        }
    }
}
