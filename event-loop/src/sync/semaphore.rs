//! Permits.

use super::line::{Line, Parked, Turn};
use primitives::{Lock, TooManyPermits, WaitQueue};
use std::fmt;
use std::mem::forget;
use std::sync::Arc;

/// A number of permits, of which tasks take one each and give it back, in the order in which they
/// came.
///
/// ```
/// use event_loop::sync::Semaphore;
/// use event_loop::{gather, yield_now};
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// let (room, inside) = (Rc::new(Semaphore::new(4)), Rc::new(Cell::new(0)));
/// event_loop::run(async {
///     let guest = |_| {
///         let (room, inside) = (room.clone(), inside.clone());
///         async move {
///             let _place = room.acquire().await;
///             inside.set(inside.get() + 1);
///             assert!(inside.get() <= 4);
///             yield_now().await;
///             inside.set(inside.get() - 1);
///         }
///     };
///     gather((0..10).map(guest)).await.unwrap();
/// });
/// assert_eq!(room.available(), 4);
/// ```
#[doc(alias = "asyncio.Semaphore")]
pub struct Semaphore {
    state: Lock<State>,
}

struct State {
    free: u32,
    /// Nobody waits while a permit is free.
    line: WaitQueue<Parked>,
}

impl Semaphore {
    /// A semaphore with so many permits.
    pub fn new(permits: u32) -> Self {
        Self { state: Lock::new(State { free: permits, line: WaitQueue::new() }) }
    }

    /// Waits for a permit and takes it.
    // ANCHOR: acquire
    pub async fn acquire(&self) -> Permit<'_> {
        let turn = {
            let mut state = self.state.lock();
            match state.free.checked_sub(1) {
                Some(left) => {
                    state.free = left;
                    return Permit { semaphore: self };
                }
                None => Turn::new(self, state.line.push_back(Parked::new())),
            }
        };
        // The permit is handed over: it is never free meanwhile.
        turn.await;
        Permit { semaphore: self }
    }
    // ANCHOR_END: acquire

    /// Takes a permit if one is free.
    #[must_use = "the permit is taken only while this is kept, if there is one"]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut state = self.state.lock();
        state.free = state.free.checked_sub(1)?;
        Some(Permit { semaphore: self })
    }

    /// Adds a permit, whoever took it, or if nobody did. Any thread may call it.
    ///
    /// # Errors
    ///
    /// [`TooManyPermits`] when there would be more than [`u32::MAX`]. Nothing has changed then.
    // ANCHOR: release
    pub fn release(&self) -> Result<(), TooManyPermits> {
        let mut state = self.state.lock();
        let next = state.line.pop_front();
        if next.is_none() {
            state.free = state.free.checked_add(1).ok_or(TooManyPermits)?;
        }
        drop(state);
        if let Some(next) = next {
            next.unpark();
        }
        Ok(())
    }
    // ANCHOR_END: release

    /// How many permits are free. By the time you look at the answer it may be stale.
    pub fn available(&self) -> u32 {
        self.state.lock().free
    }
}

impl Line for &Semaphore {
    const NAME: &'static str = "a permit";

    fn leave(&self, parked: &Arc<Parked>) -> bool {
        self.state.lock().line.remove(parked)
    }

    fn hand_on(&self) {
        // There is room for it: it was handed over, and not added.
        let _ = self.release();
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Semaphore");
        if let Some(state) = self.state.try_lock() {
            out.field("free", &state.free).field("waiting", &state.line.len());
        }
        out.finish_non_exhaustive()
    }
}

/// A permit that has been taken. Dropping it gives it back.
///
/// # Panics
///
/// When it is dropped and there are [`u32::MAX`] permits, since some were released that nobody had
/// forgotten.
#[must_use = "the permit is given back as soon as it is dropped"]
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Permit<'_> {
    /// Keeps it taken. Somebody may [`release`](Semaphore::release) it later.
    pub fn forget(self) {
        forget(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let released = self.semaphore.release();
        assert!(released.is_ok() || std::thread::panicking(), "permits were released twice");
    }
}
