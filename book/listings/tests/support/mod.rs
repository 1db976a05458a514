//! The locks of the book behind one face, and the programs that they are explored with.

// Each test file uses its part.
#![allow(dead_code)]

use listings::{
    ch03_lock::s1_spin::SpinLock, ch03_lock::s2_two_state::TwoStateLock,
    ch03_lock::s3_forgetful::ForgetfulLock,
};
use loom_platform::{Exploration, Explorer, Model, explore, name, thread};
pub use loom_tests::source_of;
use primitives::Lock as ThreeStateLock;
use std::mem::forget;
use std::sync::Arc;

/// A lock around a number, whichever of the book's it is.
pub trait AnyLock: Send + Sync + Sized + 'static {
    fn new(value: i32) -> Self;
    /// Calls `f` while the lock is held.
    fn with<R>(&self, f: impl FnOnce(&mut i32) -> R) -> R;
    /// Locks, and never lets go.
    fn keep(&self);
    fn into_inner(self) -> i32;
}

macro_rules! any_lock {
    ($($lock:ident)*) => { $(
        impl AnyLock for $lock<i32> {
            fn new(value: i32) -> Self {
                $lock::new(value)
            }
            fn with<R>(&self, f: impl FnOnce(&mut i32) -> R) -> R {
                f(&mut self.lock())
            }
            fn keep(&self) {
                forget(self.lock());
            }
            fn into_inner(self) -> i32 {
                self.into_inner()
            }
        }
    )* };
}
any_lock! { SpinLock TwoStateLock ForgetfulLock ThreeStateLock }

fn named<L: AnyLock>() -> Arc<L> {
    let lock = Arc::new(L::new(0));
    name(&*lock, "the lock");
    lock
}

/// Ann locks and unlocks, alone.
pub fn alone<L: AnyLock>() {
    let lock = named::<L>();
    let ann = thread::spawn("Ann", move || lock.with(|value| *value += 1));
    ann.join().unwrap();
}

/// Ann locks and never lets go, Ben waits.
pub fn kept<L: AnyLock>() {
    let lock = named::<L>();
    let ann = {
        let lock = lock.clone();
        thread::spawn("Ann", move || lock.keep())
    };
    ann.join().unwrap();
    let ben = thread::spawn("Ben", move || lock.keep());
    ben.join().unwrap();
}

/// Each thread calls `add`, which says how often it added one.
fn together<L: AnyLock, const N: usize>(names: [&str; N], add: fn(&L) -> i32) {
    let lock = named::<L>();
    let threads = names.map(|name| {
        let lock = lock.clone();
        thread::spawn(name, move || add(&lock))
    });
    let added: i32 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(Arc::into_inner(lock).unwrap().into_inner(), added);
}

fn once<L: AnyLock>(lock: &L) -> i32 {
    lock.with(|value| *value += 1);
    1
}

fn twice<L: AnyLock>(lock: &L) -> i32 {
    once(lock) + once(lock)
}

/// Ann and Ben lock, add one and unlock, twice each.
pub fn two_threads_twice<L: AnyLock>() {
    together::<L, 2>(["Ann", "Ben"], twice);
}

/// Ann, Ben and Cat lock, add one and unlock.
pub fn three_threads<L: AnyLock>() {
    together::<L, 3>(["Ann", "Ben", "Cat"], once);
}

/// Ann and Ben try to lock, twice each. Where they can, they add one and unlock.
pub fn two_threads_try() {
    together::<SpinLock<i32>, 2>(["Ann", "Ben"], |lock| {
        let tries = [(); 2].map(|()| match lock.try_lock() {
            Some(mut value) => {
                *value += 1;
                1
            }
            None => 0,
        });
        tries.iter().sum()
    });
}

/// A step of the book, and what its orderings are checked with.
#[derive(Clone, Copy)]
pub struct Step {
    pub name: &'static str,
    pub alone: fn(),
    pub kept: fn(),
    /// What shows that the lock excludes: every execution of it ends.
    pub excludes: fn(),
}

impl Step {
    const fn new<L: AnyLock>(name: &'static str, excludes: fn()) -> Self {
        Self { name, alone: alone::<L>, kept: kept::<L>, excludes }
    }

    pub fn model(&self) -> Model {
        Model { name: self.name, explorer: Explorer::new(), program: self.excludes }
    }
}

pub const SPIN: Step = Step::new::<SpinLock<i32>>("spin lock", two_threads_try);
pub const TWO_STATE: Step =
    Step::new::<TwoStateLock<i32>>("two-state lock", two_threads_twice::<TwoStateLock<i32>>);
pub const THREE_STATE: Step =
    Step::new::<ThreeStateLock<i32>>("`Lock`", two_threads_twice::<ThreeStateLock<i32>>);

/// Runs a program in every order, and takes care that it was every order.
pub fn every_order_of(program: fn()) -> Exploration<()> {
    let exploration = explore(program);
    assert!(exploration.exhaustive, "{exploration}");
    exploration
}
