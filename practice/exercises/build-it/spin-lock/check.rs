use super::answer::SpinLock;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("a thread locks twice", one_thread::<SpinLock>)
        .as_library(one_thread::<RawLock>)
        .holds("two threads lock and change a value", two_threads::<SpinLock>)
        .as_library(two_threads::<RawLock>)
}

trait Locks: Send + Sync + 'static {
    fn new() -> Self;
    fn lock(&self);
    fn unlock(&self);
}

impl Locks for SpinLock {
    fn new() -> Self {
        Self::new()
    }
    fn lock(&self) {
        self.lock();
    }
    fn unlock(&self) {
        self.unlock();
    }
}

impl Locks for RawLock {
    fn new() -> Self {
        Self::new()
    }
    fn lock(&self) {
        self.lock();
    }
    fn unlock(&self) {
        // SAFETY: whoever unlocks here has locked before.
        unsafe { self.unlock() };
    }
}

fn one_thread<L: Locks>() {
    let lock = L::new();
    for _ in 0..2 {
        lock.lock();
        lock.unlock();
    }
}

struct Guarded<L>(L, UnsafeCell<u32>);

// SAFETY: the search reports two uses of the value at once.
unsafe impl<L: Sync> Sync for Guarded<L> {}

fn two_threads<L: Locks>() {
    let add: fn(&Guarded<L>) = |guarded| {
        guarded.0.lock();
        // SAFETY: the lock is held, and the search reports if another thread is here too.
        guarded.1.with_mut(|value| unsafe { *value += 1 });
        guarded.0.unlock();
    };
    let guarded = Guarded(L::new(), UnsafeCell::new(0));
    let (guarded, _) = together(guarded, [("Ann", add), ("Ben", add)]);
    // SAFETY: both threads have ended.
    let value = guarded.1.with(|value| unsafe { *value });
    assert_eq!(value, 2, "after two additions, the value is");
}
