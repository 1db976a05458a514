//! A global allocator that keeps its counts in a `Local`.

use primitives::Local;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::Barrier;
use std::{slice, thread};

/// Counts what each thread allocates and frees from when it first says so.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static CALLS: Local<Cell<u32>> = Local::new(|| Cell::new(0));

std::thread_local! {
    static COUNTING: Cell<bool> = const { Cell::new(false) };
}

impl Counting {
    /// Counts one, unless the count itself has called the allocator.
    fn count() {
        if COUNTING.replace(false) {
            // An error means that the thread is ending.
            let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
            COUNTING.set(true);
        }
    }
}

// SAFETY: it is the system's, and what is freed is written to while it is still allocated.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count();
        // SAFETY: as the caller promises.
        let new = unsafe { System.alloc(layout) };
        Self::count();
        new
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        Self::count();
        // In a table of the library, ones are a place where nothing is: what searches freed memory
        // does not find the thread's count, and begins another.
        if layout.align() == align_of::<usize>() {
            let words = layout.size() / size_of::<usize>();
            // SAFETY: it is ours until it is given back.
            unsafe { slice::from_raw_parts_mut(old.cast::<usize>(), words).fill(1) };
        }
        Self::count();
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(old, layout) };
        Self::count();
    }
}

/// On a thread of its own, whose calls are counted.
fn counting(f: impl FnOnce() + Send + 'static) {
    let body = || {
        COUNTING.set(true);
        f();
    };
    thread::spawn(body).join().unwrap();
}

#[test]
fn a_thread_keeps_its_value_while_its_table_grows() {
    counting(|| {
        let mut objects: Vec<Local<Cell<usize>>> = vec![];
        for round in 0..200 {
            let before = CALLS.get();
            objects.push(Local::default());
            objects[round].set(round);
            assert!(CALLS.get() > before, "in round {round} the thread lost its count");
            if round % 10 == 9 {
                // The table forgets the old one when it grows the next time.
                objects[round - 5] = Local::default();
                objects[round - 5].set(round - 5);
            }
        }
        assert!(objects.iter().map(Local::get).eq(0..200));
    });
}

#[test]
fn a_value_that_the_allocator_makes_while_the_thread_makes_it_is_the_only_one() {
    for _ in 0..100 {
        counting(|| {
            // Nothing was allocated on this thread, and the allocator is first called in here.
            let calls = CALLS.get();
            drop(black_box(Box::new(7)));
            assert_eq!(CALLS.get(), calls + 5, "two for an allocation, three for a free");
        });
    }
}

#[test]
fn threads_that_grow_one_list_at_the_same_time_lose_no_value() {
    for _ in 0..20 {
        let mut one: Local<Cell<usize>> = Local::default();
        let start = Barrier::new(8);
        let done = Barrier::new(9);
        thread::scope(|scope| {
            for number in 0..8 {
                let (one, start, done) = (&one, &start, &done);
                scope.spawn(move || {
                    start.wait();
                    one.set(number);
                    assert_eq!(one.get(), number);
                    done.wait();
                });
            }
            done.wait();
        });
        one.values().iter_mut().for_each(|value| assert!(value.get() < 8));
    }
}
