//! The answers to the exercises on the event, the wrong ones included.

use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::{Condition, Event, Lock};

/// Letters, and an event that says that there are some.
#[derive(Default)]
pub struct Letterbox {
    letters: Lock<Vec<u32>>,
    arrived: Event,
}

impl Letterbox {
    // ANCHOR: late
    /// Puts a letter into the box.
    pub fn put(&self, letter: u32) {
        self.letters.lock().push(letter);
        self.arrived.set();
    }

    /// Waits for letters, and takes all that are there.
    pub fn take(&self) -> Vec<u32> {
        self.arrived.wait();
        let letters = std::mem::take(&mut *self.letters.lock());
        self.arrived.clear();
        letters
    }
    // ANCHOR_END: late

    // ANCHOR: first
    /// Waits for letters, takes the signal away, and then all letters that are there.
    pub fn clear_then_take(&self) -> Vec<u32> {
        self.arrived.wait();
        self.arrived.clear();
        std::mem::take(&mut *self.letters.lock())
    }
    // ANCHOR_END: first
}

// ANCHOR: gate
/// Lets one thread pass each time that it is opened.
#[derive(Default)]
pub struct Gate {
    open: Lock<bool>,
    opened: Condition,
}

impl Gate {
    /// Lets one thread pass, now or when it comes.
    pub fn open(&self) {
        *self.open.lock() = true;
        self.opened.notify_one();
    }

    /// Waits until the gate is open, and closes it. The wait and the closing are one action.
    pub fn pass(&self) {
        let mut open = self.open.lock();
        self.opened.wait_while(&mut open, |open| !*open);
        *open = false;
    }
}
// ANCHOR_END: gate

/// An event made of a flag, a lock and a condition, as Python's is.
#[derive(Default)]
pub struct MadeEvent {
    set: Lock<bool>,
    changed: Condition,
}

impl MadeEvent {
    // ANCHOR: made
    /// Sets the event. Returns how many waited.
    pub fn set(&self) -> usize {
        *self.set.lock() = true;
        self.changed.notify_all()
    }

    /// Takes the event back.
    pub fn clear(&self) {
        *self.set.lock() = false;
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        let mut set = self.set.lock();
        self.changed.wait_while(&mut set, |set| !*set);
    }
    // ANCHOR_END: made

    // ANCHOR: notified
    /// Waits until the event is set, or was set while it waited.
    pub fn wait_once(&self) {
        let mut set = self.set.lock();
        if !*set {
            self.changed.wait(&mut set);
        }
    }
    // ANCHOR_END: notified
}

// ANCHOR: cook
/// A cook, and the bell on the counter.
#[derive(Default)]
pub struct Kitchen {
    ordered: Event,
    ready: Event,
    dish: AtomicU32,
}

impl Kitchen {
    /// Cooks dish 1, and then dish 2, each when it is ordered.
    pub fn cook(&self) {
        for number in [1, 2] {
            self.ordered.wait();
            self.ordered.clear();
            self.dish.store(number, Relaxed);
            self.ready.set();
        }
    }

    /// Orders twice. Returns what stood on the counter each time.
    pub fn order_twice(&self) -> [u32; 2] {
        [1, 2].map(|_| {
            self.ordered.set();
            self.ready.wait();
            self.dish.load(Relaxed)
        })
    }
}
// ANCHOR_END: cook

impl Kitchen {
    // ANCHOR: clears_late
    /// Takes the signal away after the order.
    pub fn order_and_clear(&self) -> [u32; 2] {
        [1, 2].map(|_| {
            self.ordered.set();
            self.ready.clear();
            self.ready.wait();
            self.dish.load(Relaxed)
        })
    }
    // ANCHOR_END: clears_late

    // ANCHOR: clears_first
    /// Takes the signal away before the order.
    pub fn clear_and_order(&self) -> [u32; 2] {
        [1, 2].map(|_| {
            self.ready.clear();
            self.ordered.set();
            self.ready.wait();
            self.dish.load(Relaxed)
        })
    }
    // ANCHOR_END: clears_first
}
