//! The lock that outlives a process which dies with it.
//!
//! # States
//!
//! One 32-bit word, on which waiters sleep, as the kernel's robust futexes prescribe it:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0–29 | owner | the number of the thread that holds the lock; 0 if it is free |
//! | 30 | `OWNER_DIED` | the owner ended, and the kernel has freed the lock |
//! | 31 | `WAITERS` | somebody may be asleep |
//!
//! It is the library's [`Lock`](primitives::lock) with two differences, each because of a death.
//!
//! The word says whose it is, so that the kernel finds what a dead thread holds. See
//! [`robust`](super::platform::robust).
//!
//! The mark `WAITERS` stays when the lock is released, and only a wake that finds nobody asleep
//! takes it down. In the library's lock a release takes it down, and the woken thread, which may
//! not be the last sleeper, puts it up again. That thread can be killed first. Then a lock that
//! another thread has taken meanwhile says of nobody that it sleeps.
//!
//! A second word says which process is between its lock and its unlock. It is written after the
//! lock was taken and cleared before it is released. So one that died elsewhere, with nothing half
//! done, does no harm, and it is not mentioned.

use super::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
    locked_in_one_step,
};
use super::platform::deadline::Deadline;
use super::platform::robust::{self, Futex};
use super::platform::spin::Spin;
use super::platform::{const_unless_modelled, futex};

// ANCHOR: states
const OWNER: u32 = (1 << 30) - 1;
const WAITERS: u32 = 1 << 31;
const NOBODY: u32 = 0;
// ANCHOR_END: states

/// A lock without data, in memory that processes share.
#[derive(Debug)]
#[repr(C)]
pub struct RobustLock {
    futex: Futex,
    /// The process that is in the critical section, or died there.
    inside: AtomicU32,
}

/// How the thread that had the lock before has left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// By a release, or with nothing done.
    Well,
    /// By its death. This was its process.
    ByDeath(u32),
}

impl RobustLock {
    const_unless_modelled! {
        /// An unlocked lock.
        pub fn new() -> Self {
            Self { futex: Futex::new(), inside: AtomicU32::new(NOBODY) }
        }
    }

    // ANCHOR: lock
    /// `None` means that `deadline` passed first.
    #[inline]
    pub fn lock_by(&self, deadline: Deadline) -> Option<Left> {
        self.locked(|me| {
            let in_one_step = deadline == Deadline::Never && self.lock_in_one_step(me);
            in_one_step || self.take(me).is_ok() || self.wait(me, deadline)
        })
    }

    /// Only in the model, as in the library's lock.
    #[inline]
    fn lock_in_one_step(&self, me: u32) -> bool {
        locked_in_one_step(&self.futex.word, NOBODY, me)
    }

    /// `None` means that somebody holds it.
    #[inline]
    pub fn try_lock(&self) -> Option<Left> {
        self.locked(|me| self.take(me).or_else(|state| self.take_freed(me, state)).is_ok())
    }

    #[inline]
    fn locked(&self, take: impl FnOnce(u32) -> bool) -> Option<Left> {
        let me = robust::me();
        // From here on the kernel passes on what this thread takes with it: the lock, or a wake.
        robust::begin(&self.futex);
        let taken = take(me.thread).then(|| {
            robust::add(&self.futex);
            let before = self.inside.load(Relaxed);
            self.inside.store(me.process, Relaxed);
            if before == NOBODY { Left::Well } else { Left::ByDeath(before) }
        });
        robust::end();
        taken
    }

    /// Takes the lock if it is free and nobody waits, and otherwise says how it stands.
    #[inline]
    fn take(&self, me: u32) -> Result<u32, u32> {
        // Acquire: what the last holder did is seen by all that follows.
        self.futex.word.compare_exchange(0, me, Acquire, Relaxed)
    }
    // ANCHOR_END: lock

    // ANCHOR: slow
    /// Takes the lock if it is free, where it stands like this.
    fn take_freed(&self, me: u32, mut state: u32) -> Result<u32, u32> {
        while state & OWNER == NOBODY {
            let taken = me | state & WAITERS;
            match self.futex.word.compare_exchange(state, taken, Acquire, Relaxed) {
                Err(now) => state = now,
                taken => return taken,
            }
        }
        Err(state)
    }

    #[cold]
    fn wait(&self, me: u32, deadline: Deadline) -> bool {
        let deadline = deadline.instant();
        let mut spin = Spin::for_lock();
        while spin.spin() {
            match self.take(me) {
                Ok(_) => return true,
                // Others gave up looking and sleep: join them rather than overtake them.
                Err(state) if state & WAITERS != 0 => break,
                Err(_) => {}
            }
        }
        loop {
            // Mark the word before looking: a release that comes after the mark wakes us, and one
            // that came before is seen here.
            let state = self.futex.word.fetch_or(WAITERS, Relaxed) | WAITERS;
            if state & OWNER == NOBODY {
                if self.take_freed(me, state).is_ok() {
                    return true;
                }
                // Another was quicker. Nobody may sleep on a word without an owner.
            } else if futex::wait_until(&self.futex.word, state, deadline).is_err() {
                return false;
            }
        }
    }
    // ANCHOR_END: slow

    // ANCHOR: unlock
    /// Releases the lock, and wakes one thread that waits.
    ///
    /// # Safety
    ///
    /// The running thread has locked it, and does nothing more under it.
    #[inline]
    pub unsafe fn unlock(&self) {
        // All that was done under the lock is done.
        robust::in_order();
        self.inside.store(NOBODY, Relaxed);
        robust::begin(&self.futex);
        robust::remove(&self.futex);
        // Release: what was done under the lock is seen by the next holder.
        if self.futex.word.fetch_and(WAITERS, Release) & WAITERS != 0 {
            self.wake();
        }
        robust::end();
    }

    #[cold]
    fn wake(&self) {
        if !futex::wake_one(&self.futex.word) {
            // Whoever is about to sleep sleeps only on a word with an owner, and looks again.
            let _ = self.futex.word.compare_exchange(WAITERS, 0, Relaxed, Relaxed);
        }
    }
    // ANCHOR_END: unlock

    /// Whether some thread holds the lock.
    pub fn is_locked(&self) -> bool {
        self.futex.word.load(Relaxed) & OWNER != NOBODY
    }
}
