use super::answer::TimedLock;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("a free lock is had at once, and a held one not", alone)
        .holds("Ann locks, Ben locks for a time", in_time::<TimedLock>)
        .as_library(in_time::<RawLock>)
        .holds("Ann locks, Ben locks for a time, and locks if he gave up", again)
        .holds_when_woken("Cat unlocks, Ann waits for the lock, and Ben for a time", three)
}

const SOON: Duration = Duration::from_millis(10);

trait Locks: Send + Sync + 'static {
    fn new() -> Self;
    fn lock(&self);
    fn lock_for(&self, timeout: Duration) -> bool;
    fn unlock(&self);
}

impl Locks for TimedLock {
    fn new() -> Self {
        Self::new()
    }
    fn lock(&self) {
        self.lock();
    }
    fn lock_for(&self, timeout: Duration) -> bool {
        self.lock_for(timeout)
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
    fn lock_for(&self, timeout: Duration) -> bool {
        self.try_lock_for(timeout)
    }
    fn unlock(&self) {
        // SAFETY: whoever unlocks here has locked before.
        unsafe { self.unlock() };
    }
}

fn alone() {
    let lock = TimedLock::new();
    assert!(lock.lock_for(SOON), "the lock is free, and `lock_for` did not take it");
    let start = Instant::now();
    assert!(!lock.lock_for(SOON), "the lock is held, and `lock_for` took it");
    assert!(start.elapsed() >= SOON, "`lock_for` gave up before the time was over");
    lock.unlock();
    assert!(lock.lock_for(SOON), "the lock is free again, and `lock_for` did not take it");
}

type Shared<L> = (L, Guarded);

fn add<L: Locks>((lock, value): &Shared<L>) {
    lock.lock();
    value.change();
    lock.unlock();
}

fn add_in_time<L: Locks>((lock, value): &Shared<L>) {
    if lock.lock_for(SOON) {
        value.change();
        lock.unlock();
    }
}

fn in_time<L: Locks>() {
    let threads = [("Ann", add as fn(&Shared<L>)), ("Ben", add_in_time)];
    let (shared, _) = together((L::new(), Guarded::new()), threads);
    // Whatever has come first, the lock is free.
    add(&shared);
}

fn again() {
    let ben: fn(&Shared<TimedLock>) = |(lock, value)| {
        if !lock.lock_for(SOON) {
            lock.lock();
        }
        value.change();
        lock.unlock();
    };
    let threads = [("Ann", add as fn(&Shared<TimedLock>)), ("Ben", ben)];
    together((TimedLock::new(), Guarded::new()), threads);
}

fn three() {
    let shared = (TimedLock::new(), Guarded::new());
    shared.0.lock();
    let unlock: fn(&Shared<TimedLock>) = |(lock, _)| lock.unlock();
    together(shared, [("Ann", add as fn(&_)), ("Ben", add_in_time), ("Cat", unlock)]);
}
