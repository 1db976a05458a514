//! Death: a thread stops before one of its steps, and the kernel does for it what its robust list
//! says.

use super::platform::robust;
use loom_platform::{Ending, Explorer, Found};
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
    /// It is dead: what unwinds it does nothing any more.
    Dead,
}

thread_local! {
    /// That of the running thread.
    static DEATH: Cell<Death> = Cell::new(Death::Never);
    /// Whether one of its sleeps may yet end as a nap does.
    static NAP: Cell<bool> = Cell::new(false);
}

std::thread_local! {
    /// Whether the program that runs kills no thread that holds a lock.
    static LOCKS_OUTLIVED: Cell<bool> = const { Cell::new(false) };
}

/// The program kills no thread that holds a lock, so a search may take its locks in one step. One
/// that a death has left cannot be taken so.
pub fn nobody_dies_with_a_lock<R>(program: impl FnOnce() -> R) -> R {
    struct Until;
    impl Drop for Until {
        fn drop(&mut self) {
            LOCKS_OUTLIVED.set(false);
        }
    }
    LOCKS_OUTLIVED.set(true);
    let _until = Until;
    program()
}

/// Whether it has said so.
pub fn may_lock_in_one_step() -> bool {
    LOCKS_OUTLIVED.get()
}

/// What unwinds a thread that is killed.
struct Killed;

/// The running thread takes a step, unless it dies before. `false` means that it is dead: the step
/// is one of a destructor, which no process runs that is killed.
pub fn step() -> bool {
    DEATH.with(|death| {
        match death.get() {
            Death::Never | Death::Asleep => {}
            Death::After(0) => die(),
            Death::After(steps) => death.set(Death::After(steps - 1)),
            Death::Dead => return false,
        }
        true
    })
}

/// Whether the running thread dies if it sleeps now, or after that.
pub fn is_near() -> bool {
    DEATH.with(|death| matches!(death.get(), Death::After(0) | Death::Asleep))
}

/// The running thread dies.
pub fn die() -> ! {
    DEATH.with(|death| death.set(Death::Dead));
    resume_unwind(Box::new(Killed))
}

/// Runs `body` with one sleep that may end as a nap does, without a wake. A death loses one wake at
/// most, so more naps would show nothing new.
pub fn with_one_nap<R>(body: impl FnOnce() -> R) -> R {
    NAP.with(|nap| nap.set(true));
    let result = body();
    NAP.with(|nap| nap.set(false));
    result
}

/// Whether the running thread may nap.
pub fn may_nap() -> bool {
    NAP.with(Cell::get)
}

/// The running thread's nap has ended.
pub fn has_napped() {
    NAP.with(|nap| nap.set(false));
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
/// it did. It must die at more than `least` of its steps, or it is hardly killed at all. Loom is
/// not asked: these are many searches.
#[track_caller]
pub fn at_each_step(least: u32, program: impl Fn(u32) -> bool + Send + Sync + 'static) {
    at_each_step_by(least, &Explorer::new(), false, program);
}

/// As [`at_each_step`], where a thread that dies may leave others asleep for ever. `is_right` looks
/// at what it left.
#[track_caller]
pub fn at_each_step_or_asleep(
    least: u32,
    is_right: fn() -> bool,
    program: impl Fn(u32) -> bool + Send + Sync + 'static,
) {
    let explorer = Explorer::new().demand(move |stuck| {
        let lost = stuck && !is_right();
        if lost { Err("asleep, and nobody will wake it".to_owned()) } else { Ok(()) }
    });
    at_each_step_by(least, &explorer, true, program);
}

#[track_caller]
fn at_each_step_by(
    least: u32,
    explorer: &Explorer,
    may_sleep: bool,
    program: impl Fn(u32) -> bool + Send + Sync + 'static,
) {
    let program = Arc::new(program);
    for steps in 0.. {
        let program = program.clone();
        let exploration = recorded(explorer.explore(move || program(steps)));
        assert!(exploration.exhaustive, "{exploration}");
        let mut failures = exploration.failures();
        if let Some(failure) = failures.find(|found| !may_sleep || !is_asleep(found)) {
            panic!("{failure}\nfound in {exploration}");
        }
        // Only a death leaves others asleep.
        if !exploration.failures().any(is_asleep) && exploration.returned().all(|(died, _)| !died) {
            assert!(steps > least, "it dies at {steps} steps only");
            return;
        }
    }
}

fn is_asleep<O>(found: &Found<O>) -> bool {
    matches!(found.ending, Ending::Stuck(_))
}
