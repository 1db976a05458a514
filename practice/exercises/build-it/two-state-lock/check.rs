use super::answer::TwoStateLock;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("a thread locks a lock that is held", held)
        .holds("two threads lock, once each", once_each::<TwoStateLock>)
        .as_library(once_each::<RawLock>)
        .holds("two threads lock, twice each", twice_each::<TwoStateLock>)
        .as_library(twice_each::<RawLock>)
        .holds_when_woken(
            "Cat unlocks, and Ann and Ben come for the lock",
            two_come::<TwoStateLock>,
        )
        .as_library(two_come::<RawLock>)
}

trait Locks: Send + Sync + 'static {
    fn new() -> Self;
    fn lock(&self);
    fn unlock(&self);
}

impl Locks for TwoStateLock {
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

type Shared<L> = (L, Guarded);

fn add<L: Locks>((lock, value): &Shared<L>) {
    lock.lock();
    value.change();
    lock.unlock();
}

fn held() {
    let lock = TwoStateLock::new();
    lock.lock();
    lock.lock();
}

fn once_each<L: Locks>() {
    together((L::new(), Guarded::new()), [("Ann", add), ("Ben", add)]);
}

fn twice_each<L: Locks>() {
    let twice: fn(&Shared<L>) = |shared| (0..2).for_each(|_| add(shared));
    let (shared, _) = together((L::new(), Guarded::new()), [("Ann", twice), ("Ben", twice)]);
    assert_eq!(shared.1.look(), 4, "after four additions, the value is");
}

fn two_come<L: Locks>() {
    let shared = (L::new(), Guarded::new());
    shared.0.lock();
    let unlock: fn(&Shared<L>) = |(lock, _)| lock.unlock();
    together(shared, [("Ann", add), ("Ben", add), ("Cat", unlock)]);
}
