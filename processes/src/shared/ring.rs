//! Places in shared memory that go round: which of them hold an item, and who sleeps until one
//! does.
//!
//! All of it stands under a [`RobustLock`], and a process can be killed between any two steps. So
//! the steps are in an order in which nothing has to be repaired after a death:
//!
//! - A put says that it begins, writes its item, and then counts itself, in one store. Before that
//!   store there is no item. The next put writes over what was half written. A get copies its item
//!   and then counts itself. Before that the item is still there for others.
//! - The sleepers are woken before that store and not after it, while the lock is held. They wait
//!   for the lock then, which a death releases. A process that dies before its wake has changed
//!   nothing that anybody sleeps for.
//! - All sleepers are woken and not one, since that one can be killed, and the wake with it.

use super::platform::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use super::platform::deadline::Deadline;
use super::platform::robust::in_order;
use super::platform::spin::Spin;
use super::platform::{const_unless_modelled, futex};
use super::robust_lock::{Left, RobustLock};

/// Somebody may be asleep on the bell.
const WAITERS: u32 = 1;

/// Makes a bell another word.
const RING: u32 = 2;

/// What a thread wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Put an item.
    Put,
    /// Get one.
    Get,
}

/// Why nothing was put, or got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There was no room, or no item, until the time was up.
    NotReady,
    /// The ring is closed, and empty if an item was asked for.
    Closed,
}

/// The counts of a ring. Where its places are, the caller knows.
#[derive(Debug)]
#[repr(C)]
pub struct Ring {
    lock: RobustLock,
    /// Not zero when it is closed.
    closed: AtomicU32,
    /// The last process that died while it put or got, or zero.
    died: AtomicU32,
    /// Getters sleep on it.
    came: AtomicU32,
    /// Putters sleep on it.
    went: AtomicU32,
    capacity: u64,
    /// The turn that has the first place.
    origin: AtomicU64,
    begun: AtomicU64,
    puts: AtomicU64,
    gets: AtomicU64,
    finished: AtomicU64,
}

impl Ring {
    const_unless_modelled! {
        /// A ring of so many places, all free.
        pub fn new(capacity: u64) -> Self {
            Self {
                lock: RobustLock::new(),
                closed: AtomicU32::new(0),
                died: AtomicU32::new(0),
                came: AtomicU32::new(0),
                went: AtomicU32::new(0),
                capacity,
                origin: AtomicU64::new(0),
                begun: AtomicU64::new(0),
                puts: AtomicU64::new(0),
                gets: AtomicU64::new(0),
                finished: AtomicU64::new(0),
            }
        }
    }

    // ANCHOR: turn
    /// Waits until it can be done, calls `act` with the number of the place, and counts it. Without
    /// a deadline it is done now or not at all.
    pub fn turn(
        &self,
        side: Side,
        deadline: Option<Deadline>,
        act: impl FnOnce(u64),
    ) -> Result<(), Refused> {
        let mut time_is_up = deadline.is_none();
        // The lock is held for a moment, so whoever does not wait waits for it.
        let deadline = deadline.unwrap_or(Deadline::Never).resolved();
        let mut spin = Spin::for_item();
        loop {
            while !time_is_up && spin.spin() && !self.is_ready(side) {}
            let Some(left) = self.lock.lock_by(deadline) else {
                return Err(Refused::NotReady);
            };
            self.note(left);
            if self.is_ready(side) && (side == Side::Get || !self.is_closed()) {
                self.take(side, act);
                self.unlock();
                return Ok(());
            }
            if self.is_closed() || time_is_up {
                let closed = self.is_closed();
                self.unlock();
                return Err(if closed { Refused::Closed } else { Refused::NotReady });
            }
            let bell = self.bell(side);
            let marked = bell.load(Relaxed) | WAITERS;
            bell.store(marked, Relaxed);
            self.unlock();
            // It may have come just then. So there is one more look.
            time_is_up = futex::wait_until(bell, marked, deadline.instant()).is_err();
        }
    }

    fn take(&self, side: Side, act: impl FnOnce(u64)) {
        match side {
            // ANCHOR: put
            Side::Put => {
                let turn = self.puts.load(Relaxed);
                if turn == self.gets.load(Relaxed) {
                    // No place holds an item. The first was used before the others, and more
                    // often: it may still be in the cache.
                    self.origin.store(turn, Relaxed);
                }
                self.begun.store(self.begun.load(Relaxed) + 1, Relaxed);
                in_order();
                act(self.place(turn));
                ring(&self.came);
                in_order();
                self.puts.store(turn + 1, Relaxed);
            }
            // ANCHOR_END: put
            Side::Get => {
                let turn = self.gets.load(Relaxed);
                act(self.place(turn));
                ring(&self.went);
                in_order();
                self.gets.store(turn + 1, Relaxed);
            }
        }
    }
    // ANCHOR_END: turn

    fn place(&self, turn: u64) -> u64 {
        (turn - self.origin.load(Relaxed)) % self.capacity
    }

    /// Nothing can be put any more. All that sleep look again.
    pub fn close(&self) {
        self.locked(|| {
            ring(&self.came);
            ring(&self.went);
            in_order();
            self.closed.store(1, Relaxed);
        });
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Relaxed) != 0
    }

    /// How many items there are.
    pub fn len(&self) -> u64 {
        self.locked(|| self.puts.load(Relaxed) - self.gets.load(Relaxed))
    }

    /// How many places there are.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// How many puts were broken off by a death.
    pub fn broken(&self) -> u64 {
        self.locked(|| self.begun.load(Relaxed) - self.puts.load(Relaxed))
    }

    /// An item that was got is done with. `false` means that there is none.
    pub fn finish(&self) -> bool {
        self.locked(|| {
            let finished = self.finished.load(Relaxed);
            let one_more = finished < self.gets.load(Relaxed);
            self.finished.store(finished + u64::from(one_more), Relaxed);
            one_more
        })
    }

    /// How many items were got and are not done with.
    pub fn unfinished(&self) -> u64 {
        self.locked(|| self.gets.load(Relaxed) - self.finished.load(Relaxed))
    }

    /// The last process that died while it put or got, or zero.
    pub fn died(&self) -> u32 {
        self.locked(|| self.died.load(Relaxed))
    }

    fn locked<R>(&self, look: impl FnOnce() -> R) -> R {
        if let Some(left) = self.lock.lock_by(Deadline::Never) {
            self.note(left);
        }
        let result = look();
        self.unlock();
        result
    }

    fn unlock(&self) {
        // SAFETY: it is called once for each lock, on the same thread.
        unsafe { self.lock.unlock() };
    }

    fn note(&self, left: Left) {
        if let Left::ByDeath(process) = left {
            self.died.store(process, Relaxed);
        }
    }

    /// Whether there is room, or an item. Without the lock, a guess.
    pub fn is_ready(&self, side: Side) -> bool {
        // The gets first: they are never more than the puts.
        let gets = self.gets.load(Relaxed);
        let items = self.puts.load(Relaxed).wrapping_sub(gets);
        match side {
            Side::Put => items < self.capacity,
            Side::Get => items > 0,
        }
    }

    fn bell(&self, side: Side) -> &AtomicU32 {
        match side {
            Side::Put => &self.went,
            Side::Get => &self.came,
        }
    }
}

// ANCHOR: ring
/// Wakes all that sleep on the bell.
fn ring(bell: &AtomicU32) {
    let now = bell.load(Relaxed);
    if now & WAITERS != 0 {
        // Another word for those that are about to sleep. The mark stays until they are awake, or a
        // death in between would leave sleepers that nobody knows of.
        let rung = now.wrapping_add(RING);
        bell.store(rung, Relaxed);
        futex::wake_all(bell);
        bell.store(rung & !WAITERS, Relaxed);
    }
}
// ANCHOR_END: ring
