//! The exercises of the chapter on the semaphore: answers, wrong and right.

use crate::ch08_semaphore::s1_one_wake::OneWakeSemaphore;
use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Relaxed, Release},
};
use primitives::platform::{UnsafeCell, futex, thread};
use primitives::{Lock, Semaphore};
use std::sync::Arc;

impl OneWakeSemaphore {
    /// Wrong: two releases of one permit each still wake one sleeper.
    pub fn release_waking_as_many(&self, count: u32) {
        if self.permits.fetch_add(count, Release) == 0 {
            for _ in 0..count {
                futex::wake_one(&self.permits);
            }
        }
    }

    // ANCHOR: wake_all
    /// Gives permits back, and wakes all who wait.
    pub fn release_waking_all(&self, count: u32) {
        if self.permits.fetch_add(count, Release) == 0 {
            futex::wake_all(&self.permits);
        }
    }
    // ANCHOR_END: wake_all
}

// ANCHOR: rendezvous
/// Each shows its flag to the other, and looks at the other's when both have come.
#[derive(Debug)]
pub struct Rendezvous {
    flags: [AtomicU32; 2],
    came: [Semaphore; 2],
}

impl Rendezvous {
    /// Wrong: both wait for the other before they say that they came.
    pub fn meet_waiting_first(&self, me: usize) {
        self.came[1 - me].acquire().forget();
        self.came[me].release(1).expect("far from the limit");
    }

    /// Says that it came, then waits for the other.
    pub fn meet(&self, me: usize) {
        self.came[me].release(1).expect("far from the limit");
        self.came[1 - me].acquire().forget();
    }
}
// ANCHOR_END: rendezvous

/// Ann and Ben set a flag each, meet, and look at the other's flag. Returns whether both saw it.
pub fn two_meet(meet: fn(&Rendezvous, usize)) -> bool {
    let rendezvous = Arc::new(Rendezvous {
        flags: [0, 0].map(AtomicU32::new),
        came: [0, 0].map(Semaphore::new),
    });
    let both = [("Ann", 0), ("Ben", 1)].map(|(name, me)| {
        let rendezvous = rendezvous.clone();
        thread::spawn(name, move || {
            rendezvous.flags[me].store(1, Relaxed);
            meet(&rendezvous, me);
            rendezvous.flags[1 - me].load(Relaxed) == 1
        })
    });
    both.map(|one| one.join().unwrap()) == [true, true]
}

// ANCHOR: desk
/// Two pens on a desk, and a drawing that one changes with both of them.
#[derive(Debug)]
pub struct Desk {
    pens: Semaphore,
    lines: UnsafeCell<u32>,
}

impl Desk {
    /// Wrong: whoever has one pen keeps it while waiting for the other.
    pub fn take_one_by_one(&self) {
        let _one = self.pens.acquire();
        let _other = self.pens.acquire();
        self.draw();
    }

    /// Waits until both are there, and has none before.
    pub fn take_both(&self) {
        let _both = self.pens.acquire_many(2);
        self.draw();
    }
}
// ANCHOR_END: desk

impl Desk {
    fn draw(&self) {
        // SAFETY: this thread has both pens.
        self.lines.with_mut(|lines| unsafe { *lines += 1 });
    }
}

// SAFETY: the drawing is changed only by the thread with both pens. That is the claim under check.
unsafe impl Sync for Desk {}

/// Ann and Ben need both pens, once each.
pub fn two_need_both(draw: fn(&Desk)) {
    let desk = Arc::new(Desk { pens: Semaphore::new(2), lines: UnsafeCell::new(0) });
    let both = ["Ann", "Ben"].map(|name| {
        let desk = desk.clone();
        thread::spawn(name, move || draw(&desk))
    });
    both.into_iter().for_each(|one| one.join().unwrap());
    assert_eq!(Arc::into_inner(desk).expect("both are done").lines.into_inner(), 2);
}

/// Connections to a server, and a permit for each.
#[derive(Debug)]
pub struct Connections {
    permits: Semaphore,
    free: Lock<Vec<u32>>,
}

impl Connections {
    // ANCHOR: connection
    /// Uses a connection. There is one for each permit.
    pub fn use_one(&self) {
        let permit = self.permits.acquire();
        let connection = self.free.lock().pop().expect("a permit is a connection");
        // Another thread need not wait until this one has put the connection back.
        drop(permit);
        self.free.lock().push(connection);
    }
    // ANCHOR_END: connection

    // ANCHOR: connection_right
    /// Uses a connection, and gives the permit back when the connection is there again.
    pub fn use_one_and_put_it_back(&self) {
        let permit = self.permits.acquire();
        let connection = self.free.lock().pop().expect("a permit is a connection");
        self.free.lock().push(connection);
        drop(permit);
    }
    // ANCHOR_END: connection_right
}

/// Ann and Ben use the one connection. How many are there at the end?
pub fn two_use_one(use_one: fn(&Connections)) -> usize {
    let connections =
        Arc::new(Connections { permits: Semaphore::new(1), free: Lock::new(vec![7]) });
    let both = ["Ann", "Ben"].map(|name| {
        let connections = connections.clone();
        thread::spawn(name, move || use_one(&connections))
    });
    both.into_iter().for_each(|one| one.join().unwrap());
    connections.free.lock().len()
}
