//! A value that the first to need it makes: one word that says how far it is, and on which others
//! sleep.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::{UnsafeCell, futex};
use std::mem::forget;

// ANCHOR: once
const EMPTY: u32 = 0;
const MAKING: u32 = 1;
const MADE: u32 = 2;

/// A value, and the word on which those sleep who wait for it.
pub struct Once<T> {
    state: AtomicU32,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is written once, by the one who made the state `MAKING`, and read only by who
// has seen `MADE`.
unsafe impl<T: Send + Sync> Sync for Once<T> {}

impl<T> Once<T> {
    /// No value yet.
    pub fn new() -> Self {
        Self { state: AtomicU32::new(EMPTY), value: UnsafeCell::new(None) }
    }

    /// The value. Makes it if nobody has, and waits if somebody is about to.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if self.state.load(Acquire) != MADE {
            self.make_or_wait(make);
        }
        // SAFETY: the state is `MADE`, and nobody writes after that.
        self.value.with(|slot| unsafe { &*slot }).as_ref().expect("made")
    }

    fn make_or_wait(&self, make: impl FnOnce() -> T) {
        loop {
            match self.state.compare_exchange(EMPTY, MAKING, Relaxed, Acquire) {
                Ok(_) => break,
                Err(MADE) => return,
                Err(_) => futex::wait(&self.state, MAKING),
            }
        }
        // If `make` panics, the next one tries.
        let give_up = OnUnwind(|| self.become_and_wake(EMPTY));
        let value = make();
        forget(give_up);
        // SAFETY: only this thread has turned the state from empty, and nobody reads before it is
        // `MADE`.
        self.value.with_mut(|slot| unsafe { *slot = Some(value) });
        self.become_and_wake(MADE);
    }

    fn become_and_wake(&self, state: u32) {
        self.state.store(state, Release);
        futex::wake_all(&self.state);
    }
}
// ANCHOR_END: once

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self::new()
    }
}

struct OnUnwind<F: Fn()>(F);

impl<F: Fn()> Drop for OnUnwind<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
