use super::answer::SpinLock;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new().holds("two threads lock and change a value", two_threads).with_weakest_orderings()
}

struct Guarded(SpinLock, UnsafeCell<u32>);

// SAFETY: the search reports two uses of the value at once.
unsafe impl Sync for Guarded {}

fn two_threads() {
    let add: fn(&Guarded) = |guarded| {
        guarded.0.lock();
        // SAFETY: the lock is held, or the search reports it.
        guarded.1.with_mut(|value| unsafe { *value += 1 });
        guarded.0.unlock();
    };
    let guarded = Guarded(SpinLock::new(), UnsafeCell::new(0));
    let (guarded, _) = together(guarded, [("Ann", add), ("Ben", add)]);
    // SAFETY: both threads have ended.
    let value = guarded.1.with(|value| unsafe { *value });
    assert_eq!(value, 2, "after two additions, the value is");
}
