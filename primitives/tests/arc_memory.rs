//! The memory of a value with several owners.

use primitives::{Arc, Weak};
use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many blocks of the size that only the values here have are allocated.
static BLOCKS: AtomicUsize = AtomicUsize::new(0);

type Value = [u8; 12_345];

fn is_ours(layout: Layout) -> bool {
    (size_of::<Value>()..size_of::<Value>() + 64).contains(&layout.size())
}

// SAFETY: it is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BLOCKS.fetch_add(is_ours(layout).into(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        BLOCKS.fetch_sub(is_ours(layout).into(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(old, layout) }
    }
}

fn blocks() -> usize {
    BLOCKS.load(Relaxed)
}

/// Panics when it is dropped.
struct Bomb(#[allow(dead_code)] Value);

impl Drop for Bomb {
    fn drop(&mut self) {
        resume_unwind(Box::new("on purpose"));
    }
}

#[test]
fn it_is_freed_once_when_the_last_owner_and_the_last_weak_one_are_gone_on_every_way() {
    const VALUE: Value = [1; 12_345];
    let arc = Arc::new(VALUE);
    let weak = Arc::downgrade(&arc);
    assert_eq!(blocks(), 1);
    drop(arc);
    assert_eq!(blocks(), 1);
    drop(weak);
    assert_eq!(blocks(), 0);

    assert!(Arc::into_inner(Arc::new(VALUE)).is_some());
    assert!(Arc::try_unwrap(Arc::new(VALUE)).is_ok());
    let mut changed = Arc::new(VALUE);
    let other = changed.clone();
    Arc::make_mut(&mut changed)[0] = 2;
    assert_eq!((blocks(), changed[0], other[0]), (2, 2, 1));
    drop((changed, other));
    assert_eq!(blocks(), 0);

    assert!(catch_unwind(|| drop(Arc::new(Bomb(VALUE)))).is_err());
    let fails = |_: &Weak<Value>| resume_unwind(Box::new("on purpose"));
    assert!(catch_unwind(|| Arc::new_cyclic(fails)).is_err());
    assert_eq!(blocks(), 0);

    for _ in 0..100 {
        let arc = Arc::new(VALUE);
        thread::scope(|scope| {
            for _ in 0..4 {
                let (arc, weak) = (arc.clone(), Arc::downgrade(&arc));
                scope.spawn(move || {
                    drop(arc);
                    drop(weak.upgrade());
                });
            }
            drop(arc);
        });
    }
    assert_eq!(blocks(), 0);
}
