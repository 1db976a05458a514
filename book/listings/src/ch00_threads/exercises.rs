//! The exercises on threads, the wrong answers included.

use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::step;
use primitives::platform::time::Duration;
use primitives::{Lock, Thread, ThreadOutcome};
use std::sync::Arc;

// ANCHOR: noted
/// Ann and Ben note that they were there. Main joins Ben first.
pub fn noted() -> Vec<String> {
    Thread::run_main(|| {
        let list = Arc::new(Lock::new(Vec::new()));
        let threads = ["Ann", "Ben"].map(|name| {
            let list = list.clone();
            Thread::named(name, move || list.lock().push(Thread::current().name()))
        });
        for thread in &threads {
            thread.start().unwrap();
        }
        for thread in threads.iter().rev() {
            thread.join().unwrap();
        }
        let noted = list.lock();
        noted.clone()
    })
}
// ANCHOR_END: noted

const SOON: Duration = Duration::from_millis(10);

/// Ann, who adds one twice, started, and what she has counted.
fn ann() -> (Thread, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    let ann = Thread::named("Ann", move || {
        counted.fetch_add(1, Relaxed);
        counted.fetch_add(1, Relaxed);
    });
    ann.start().unwrap();
    (ann, count)
}

// ANCHOR: impatient
/// What Ann has counted. Main does not wait for ever.
pub fn counted() -> u32 {
    Thread::run_main(|| {
        let (ann, count) = ann();
        let _ = ann.join_for(SOON);
        count.load(Relaxed)
    })
}
// ANCHOR_END: impatient

// ANCHOR: patient
/// What Ann has counted, if she was done in time.
pub fn counted_in_time() -> Option<u32> {
    Thread::run_main(|| {
        let (ann, count) = ann();
        let ended = ann.join_for(SOON).expect("she was started, and is not main");
        ended.map(|_| count.load(Relaxed))
    })
}
// ANCHOR_END: patient

// ANCHOR: each_other
/// Ann waits for the end of main, and main waits for the end of Ann.
pub fn joined_by_each_other() {
    Thread::run_main(|| {
        let ann = Thread::named("Ann", || {
            step("asks to join main");
            Thread::main().join().unwrap();
        });
        ann.start().unwrap();
        step("asks to join Ann");
        ann.join().unwrap();
    });
}
// ANCHOR_END: each_other

// ANCHOR: one_way
/// Ann waits for the end of main. The program waits for Ann.
pub fn joined_one_way() {
    Thread::run_main(|| {
        let ann = Thread::named("Ann", || {
            Thread::main().join().unwrap();
        });
        ann.start().unwrap();
    });
}
// ANCHOR_END: one_way

/// A clerk, started, who books an amount.
fn clerk(amount: u32, booked: &Arc<AtomicU32>) -> Thread {
    let booked = booked.clone();
    let clerk = Thread::new(move || {
        assert!(amount > 0, "nothing to book");
        booked.fetch_add(amount, Relaxed);
    });
    clerk.start().unwrap();
    clerk
}

// ANCHOR: unnoticed
/// Books 0 and 5, and says what was booked.
pub fn booked() -> u32 {
    let booked = Arc::new(AtomicU32::new(0));
    Thread::run_main(|| {
        let clerks = [0, 5].map(|amount| clerk(amount, &booked));
        for clerk in clerks {
            clerk.join().unwrap();
        }
    });
    booked.load(Relaxed)
}
// ANCHOR_END: unnoticed

// ANCHOR: noticed
/// The same, and how many clerks have failed.
pub fn booked_and_failed() -> (u32, usize) {
    let booked = Arc::new(AtomicU32::new(0));
    let failed = Thread::run_main(|| {
        let clerks = [0, 5].map(|amount| clerk(amount, &booked));
        let ended = clerks.map(|clerk| clerk.join().unwrap());
        ended.iter().filter(|ended| **ended == ThreadOutcome::Panicked).count()
    });
    (booked.load(Relaxed), failed)
}
// ANCHOR_END: noticed
