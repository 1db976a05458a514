use super::answer::{MyCondition, SpinLock};
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("Ann waits, and nobody notifies", nobody_notifies)
        .holds("Ann waits for an item, Ben puts one and notifies one", one)
        .holds_when_woken("Ann and Ben wait for the start, Cat starts and notifies all", all)
        .holds_when_woken("Ann and Ben wait for an item each, Cat puts two, notifying twice", two)
}

/// A number, and what guards it.
struct Shared {
    lock: SpinLock,
    number: AtomicU32,
    changed: MyCondition,
}

impl Shared {
    fn new() -> Self {
        Self { lock: SpinLock::new(), number: AtomicU32::new(0), changed: MyCondition::new() }
    }

    fn wait_for_a_number(&self) {
        while self.number.load(Relaxed) == 0 {
            self.changed.wait(&self.lock);
        }
    }

    fn take(&self) {
        self.lock.lock();
        self.wait_for_a_number();
        let before = self.number.fetch_sub(1, Relaxed);
        assert!(before > 0, "the lock is not held after `wait`: an item is taken twice");
        self.lock.unlock();
    }

    fn put(&self, items: u32) {
        self.lock.lock();
        self.number.fetch_add(items, Relaxed);
        self.lock.unlock();
    }
}

fn nobody_notifies() {
    let shared = Shared::new();
    shared.take();
}

fn one() {
    let put: fn(&Shared) = |shared| {
        shared.put(1);
        shared.changed.notify_one();
    };
    together(Shared::new(), [("Ann", Shared::take), ("Ben", put)]);
}

fn all() {
    let wait: fn(&Shared) = |shared| {
        shared.lock.lock();
        shared.wait_for_a_number();
        shared.lock.unlock();
    };
    let start: fn(&Shared) = |shared| {
        shared.put(1);
        shared.changed.notify_all();
    };
    together(Shared::new(), [("Ann", wait), ("Ben", wait), ("Cat", start)]);
}

fn two() {
    let put: fn(&Shared) = |shared| {
        shared.put(2);
        shared.changed.notify_one();
        shared.changed.notify_one();
    };
    together(Shared::new(), [("Ann", Shared::take), ("Ben", Shared::take), ("Cat", put)]);
}
