//! The exercises on the interpreter lock, the wrong answers included.

use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::{step, thread};
use primitives::{Gil, Lock};
use std::sync::Arc;

/// Lets a thread of each name call `body`, which gets the interpreter lock and a number, and
/// returns what the number is at the end. The lock may be given up at each look.
fn together<const N: usize>(names: [&str; N], body: fn(&Gil, &AtomicU32)) -> u32 {
    let shared = Arc::new((Gil::ticks(1), AtomicU32::new(0)));
    let threads = names.map(|name| {
        let shared = shared.clone();
        thread::spawn(name, move || body(&shared.0, &shared.1))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    shared.1.load(Relaxed)
}

// ANCHOR: three
/// Ann, Ben and Cat do `n += 1`, and look once in between.
pub fn three_add_one() -> u32 {
    together(["Ann", "Ben", "Cat"], |gil, n| {
        let mut gil = gil.acquire();
        let loaded = n.load(Relaxed);
        step(format!("loads {loaded}"));
        gil.tick();
        n.store(loaded + 1, Relaxed);
        step(format!("stores {}", loaded + 1));
    })
}
// ANCHOR_END: three

// ANCHOR: device
/// Ann and Ben need the settings, and read them from a device if nobody has. How often?
pub fn read_if_missing() -> u32 {
    together(["Ann", "Ben"], |gil, times_read| {
        let mut gil = gil.acquire();
        if times_read.load(Relaxed) == 0 {
            gil.allow_threads(|| step("has the device's answer"));
            times_read.fetch_add(1, Relaxed);
        }
    })
}
// ANCHOR_END: device

// ANCHOR: own_lock
/// The same with a lock of their own, which they wait for with the interpreter lock released.
pub fn read_once() -> u32 {
    let own = Arc::new(Lock::new(()));
    let gil = Arc::new((Gil::ticks(1), AtomicU32::new(0)));
    let threads = ["Ann", "Ben"].map(|name| {
        let (own, shared) = (own.clone(), gil.clone());
        thread::spawn(name, move || {
            let (gil, times_read) = &*shared;
            let mut gil = gil.acquire();
            let _own = gil.allow_threads(|| own.lock());
            if times_read.load(Relaxed) == 0 {
                gil.allow_threads(|| step("has the device's answer"));
                times_read.fetch_add(1, Relaxed);
            }
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    gil.1.load(Relaxed)
}
// ANCHOR_END: own_lock

// ANCHOR: alone
/// Nobody else is there. How often does the lock change hands, and how often does it count that it
/// was taken back?
pub fn alone(gil: &Gil) -> (usize, usize) {
    let mut guard = gil.acquire();
    for _ in 0..3 {
        guard.tick();
    }
    drop(guard);
    (gil.switches(), gil.taken_back())
}
// ANCHOR_END: alone

// ANCHOR: inside
/// Ann has both locks. She releases her own first, or last.
pub fn both_locks(own_first: bool) -> u32 {
    let own = Arc::new(Lock::new(0));
    let gil = Arc::new(Gil::ticks(1));
    let threads = ["Ann", "Ben"].map(|name| {
        let (own, gil) = (own.clone(), gil.clone());
        thread::spawn(name, move || {
            let mut gil = gil.acquire();
            let mut own = gil.allow_threads(|| own.lock());
            *own += 1;
            if own_first {
                drop(own);
                drop(gil);
            } else {
                drop(gil);
                drop(own);
            }
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    *own.lock()
}
// ANCHOR_END: inside
