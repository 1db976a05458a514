//! What a cancelled timer keeps.

use primitives::Timers;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many bytes are allocated.
static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: it is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(old, layout) }
    }
}

/// How many bytes a timer with a function of this size leaves when it is cancelled.
fn left_by_one<const SIZE: usize>() -> usize {
    // So few are not swept out.
    const TIMERS: usize = 60;
    let timers = Timers::new();
    // Once a function has run, the driver has what it needs, and sleeps.
    timers.after(Duration::ZERO, || ()).join();
    let before = BYTES.load(Relaxed);
    for _ in 0..TIMERS {
        let held = [7_u8; SIZE];
        let timer = timers.after(Duration::MAX, move || _ = black_box(held));
        assert!(timer.cancel());
    }
    let left = BYTES.load(Relaxed) - before;
    // A driver that ends would give back its memory while the next timers are counted.
    mem::forget(timers);
    left / TIMERS
}

#[test]
fn a_cancelled_timer_leaves_hardly_more_than_a_hundred_bytes_however_large_its_function_was() {
    let left =
        [left_by_one::<0>(), left_by_one::<32>(), left_by_one::<33>(), left_by_one::<16384>()];
    assert!(left.iter().all(|bytes| (1..120).contains(bytes)), "{left:?}");
}
