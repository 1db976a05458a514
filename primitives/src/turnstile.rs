//! A turnstile: threads pass one at a time, in the order in which they came.
//!
//! Use it where nobody may be overtaken for ever. It is a fair lock, and as slow as fairness makes it:
//! with every turn another thread has to be woken. So a [`Lock`] lets anybody in who comes at the right
//! moment, and those primitives that must keep an order (semaphore, reader-writer lock) send only those
//! threads through a turnstile that have to wait.
//!
//! # How it works
//!
//! Under a lock stand whether it is taken, and those who wait, each as a [`Waiter`], in the order of arrival.
//! Who leaves does not open the turnstile while others wait: it notifies the first of them and leaves it
//! taken. The turn is handed over, and nobody who comes now can be quicker.
//!
//! Python has nothing like it.
//!
//! # Example
//!
//! ```
//! use primitives::Turnstile;
//!
//! let turnstile = Turnstile::new();
//! let turn = turnstile.enter();
//! assert!(turnstile.try_enter().is_none());
//! drop(turn);
//! assert!(turnstile.try_enter().is_some());
//! ```

use super::lock::Lock;
use super::platform::const_unless_modelled;
use super::platform::time::{Duration, Instant};
use super::waiter::{Line, Waiter};
use std::fmt;
use std::mem::replace;

/// A fair lock around nothing. See the [module](self) for how it works.
#[doc(alias = "FairMutex")]
pub struct Turnstile {
    state: Lock<State>,
}

struct State {
    taken: bool,
    /// In the order of arrival. Empty unless the turnstile is taken.
    line: Line,
}

impl Turnstile {
    const_unless_modelled! {
        /// A turnstile that nobody is in.
        pub fn new() -> Self {
            Self { state: Lock::new(State { taken: false, line: Line::new() }) }
        }
    }

    /// Waits for its turn.
    pub fn enter(&self) -> Turn<'_> {
        let entered = self.enter_in_line(None);
        debug_assert!(entered);
        Turn { turnstile: self }
    }

    /// Enters if nobody is in and nobody waits.
    #[must_use = "the turn lasts only while this is kept, if there is one"]
    pub fn try_enter(&self) -> Option<Turn<'_>> {
        let taken_before = replace(&mut self.state.lock().taken, true);
        (!taken_before).then(|| Turn { turnstile: self })
    }

    /// Waits for its turn, but no longer than `timeout`. One too long for the clock means for ever.
    #[must_use = "the turn lasts only while this is kept, if there is one"]
    pub fn try_enter_for(&self, timeout: Duration) -> Option<Turn<'_>> {
        let entered = self.enter_in_line(Instant::now().checked_add(timeout));
        entered.then(|| Turn { turnstile: self })
    }

    /// Waits for its turn, but gives up at `deadline`.
    #[must_use = "the turn lasts only while this is kept, if there is one"]
    pub fn try_enter_until(&self, deadline: Instant) -> Option<Turn<'_>> {
        self.enter_in_line(Some(deadline)).then(|| Turn { turnstile: self })
    }

    /// `true` means entered, `false` that `deadline` passed first.
    fn enter_in_line(&self, deadline: Option<Instant>) -> bool {
        let mut state = self.state.lock();
        if !replace(&mut state.taken, true) {
            return true;
        }
        let waiter = state.line.join(Waiter::new());
        drop(state);
        // Who is no longer in the line when its time is up has been handed the turn all the same.
        waiter.wait_at_most(deadline) || !self.state.lock().line.leave(&waiter)
    }

    fn leave(&self) {
        let mut state = self.state.lock();
        let next = state.line.pop();
        state.taken = next.is_some();
        drop(state);
        if let Some(next) = next {
            next.notify();
        }
    }
}

impl Default for Turnstile {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Turnstile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Turnstile");
        if let Some(state) = self.state.try_lock() {
            out.field("taken", &state.taken).field("waiting", &state.line.len());
        }
        out.finish_non_exhaustive()
    }
}

/// A thread's turn. Dropping it hands the turn to the next, also when a panic drops it.
#[must_use = "the turn is over as soon as it is dropped"]
#[derive(Debug)]
pub struct Turn<'a> {
    turnstile: &'a Turnstile,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turnstile.leave();
    }
}
