//! A value that the first to need it makes: a lock, and a mark that spares later ones the lock.

use primitives::Lock;
use primitives::platform::UnsafeCell;
use primitives::platform::atomic::{
    AtomicBool,
    Ordering::{self, Acquire, Relaxed, Release},
};

// ANCHOR: once
/// A value, and a mark that says it is made.
pub struct MarkedOnce<T> {
    making: Lock<()>,
    value: UnsafeCell<Option<T>>,
    made: AtomicBool,
    /// How the mark is set, and how it is looked at.
    orderings: (Ordering, Ordering),
}

// SAFETY: the value is written once, under the lock, and read only by who has seen the mark or had
// the lock.
unsafe impl<T: Send + Sync> Sync for MarkedOnce<T> {}

impl<T> MarkedOnce<T> {
    /// Wrong: a thread that sees the mark need not see the value.
    pub fn relaxed() -> Self {
        Self::new((Relaxed, Relaxed))
    }

    /// A thread that sees the mark sees the value.
    pub fn released() -> Self {
        Self::new((Release, Acquire))
    }

    /// The value. Makes it if nobody has.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        let (set, look) = self.orderings;
        if !self.made.load(look) {
            let _making = self.making.lock();
            // Somebody may have made it while this thread waited for the lock.
            if !self.made.load(Relaxed) {
                let value = make();
                // SAFETY: this thread has the lock, and nobody reads before there is a mark.
                self.value.with_mut(|slot| unsafe { *slot = Some(value) });
                self.made.store(true, set);
            }
        }
        // SAFETY: the mark is set, and nobody writes after that.
        self.value.with(|slot| unsafe { &*slot }).as_ref().expect("made")
    }
    // ANCHOR_END: once

    fn new(orderings: (Ordering, Ordering)) -> Self {
        let (making, value) = (Lock::new(()), UnsafeCell::new(None));
        Self { making, value, made: AtomicBool::new(false), orderings }
    }
}
