//! `Arc` and `Weak` on the real machine: agreement with std's, and the limits that the model
//! checker cannot reach.

use primitives::{Arc, Weak};
use proptest::prelude::*;
use std::env;
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, exit};
use std::sync;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

/// What one thread can do with owners and weak ones. The number says with which.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Clone,
    Drop,
    Downgrade,
    CloneWeak,
    DropWeak,
    Upgrade,
    GetMut,
    MakeMut,
    TryUnwrap,
    IntoInner,
}
use Operation::*;

fn operation() -> impl Strategy<Value = (Operation, usize)> {
    let operation = prop_oneof![
        3 => Just(Clone),
        2 => Just(Drop),
        2 => Just(Downgrade),
        1 => Just(CloneWeak),
        2 => Just(DropWeak),
        2 => Just(Upgrade),
        2 => Just(GetMut),
        1 => Just(MakeMut),
        1 => Just(TryUnwrap),
        1 => Just(IntoInner),
    ];
    (operation, 0_usize..8)
}

/// Owners and weak ones, ours or std's, and what each operation answers.
macro_rules! owners {
    ($name:ident, $arc:ty, $weak:ty) => {
        struct $name {
            arcs: Vec<$arc>,
            weaks: Vec<$weak>,
        }

        impl $name {
            fn new() -> Self {
                Self { arcs: vec![<$arc>::new(0)], weaks: vec![<$weak>::new()] }
            }

            /// Does it with one of them, if there is one.
            fn call(&mut self, operation: Operation, which: usize) -> Option<u32> {
                let of_weak = matches!(operation, CloneWeak | DropWeak | Upgrade);
                let there = if of_weak { self.weaks.len() } else { self.arcs.len() };
                let one = which.checked_rem(there)?;
                match operation {
                    Clone => self.arcs.push(self.arcs[one].clone()),
                    Drop => drop(self.arcs.swap_remove(one)),
                    Downgrade => self.weaks.push(<$arc>::downgrade(&self.arcs[one])),
                    CloneWeak => self.weaks.push(self.weaks[one].clone()),
                    DropWeak => drop(self.weaks.swap_remove(one)),
                    Upgrade => {
                        let arc = self.weaks[one].upgrade()?;
                        self.arcs.push(arc);
                    }
                    GetMut => *<$arc>::get_mut(&mut self.arcs[one])? += 1,
                    MakeMut => *<$arc>::make_mut(&mut self.arcs[one]) += 1,
                    TryUnwrap => match <$arc>::try_unwrap(self.arcs.swap_remove(one)) {
                        Ok(value) => return Some(value),
                        Err(arc) => {
                            self.arcs.push(arc);
                            return None;
                        }
                    },
                    IntoInner => return <$arc>::into_inner(self.arcs.swap_remove(one)),
                }
                Some(0)
            }

            /// Each owner's value and counts, each weak one's counts, and which are of one value.
            fn shown(&self) -> (Vec<(u32, usize, usize, bool)>, Vec<(usize, usize, bool)>) {
                let of_arc = |arc: &$arc| {
                    let (strong, weak) = (<$arc>::strong_count(arc), <$arc>::weak_count(arc));
                    (**arc, strong, weak, <$arc>::ptr_eq(arc, &self.arcs[0]))
                };
                let of_weak = |weak: &$weak| {
                    (weak.strong_count(), weak.weak_count(), weak.ptr_eq(&self.weaks[0]))
                };
                (self.arcs.iter().map(of_arc).collect(), self.weaks.iter().map(of_weak).collect())
            }
        }
    };
}

owners!(Ours, Arc<u32>, Weak<u32>);
owners!(Theirs, sync::Arc<u32>, sync::Weak<u32>);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_std(
        operations in prop::collection::vec(operation(), 0..40)
    ) {
        let (mut ours, mut theirs) = (Ours::new(), Theirs::new());
        for (operation, which) in operations {
            prop_assert_eq!(ours.call(operation, which), theirs.call(operation, which));
            prop_assert_eq!(ours.shown(), theirs.shown());
        }
    }
}

/// Counts its drops.
#[derive(Debug)]
struct Dropped<'a>(&'a AtomicUsize);

impl std::ops::Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn threads_that_clone_and_drop_and_upgrade_drop_each_value_once() {
    let dropped = AtomicUsize::new(0);
    for _ in 0..200 {
        let arc = Arc::new(Dropped(&dropped));
        thread::scope(|scope| {
            for _ in 0..4 {
                let (arc, weak) = (arc.clone(), Arc::downgrade(&arc));
                scope.spawn(move || {
                    for _ in 0..50 {
                        let more = arc.clone();
                        drop(weak.upgrade().expect("there is an owner"));
                        drop(more);
                    }
                    drop(arc);
                    while let Some(arc) = weak.upgrade() {
                        drop(arc);
                        thread::yield_now();
                    }
                });
            }
            drop(arc);
        });
    }
    assert_eq!(dropped.into_inner(), 200);
}

#[test]
fn of_many_that_give_up_their_ownership_at_once_one_gets_the_value() {
    for _ in 0..200 {
        let arc = Arc::new(1);
        let others: Vec<Arc<i32>> = (0..4).map(|_| arc.clone()).collect();
        drop(arc);
        let got: i32 = thread::scope(|scope| {
            let threads: Vec<_> = others
                .into_iter()
                .map(|arc| scope.spawn(|| Arc::into_inner(arc).unwrap_or(0)))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(got, 1);
    }
}

#[test]
fn a_value_that_panics_when_it_is_dropped_is_gone_and_so_is_its_memory() {
    struct Bomb;
    impl std::ops::Drop for Bomb {
        fn drop(&mut self) {
            resume_unwind(Box::new("on purpose"));
        }
    }
    let arc = Arc::new(Bomb);
    let weak = Arc::downgrade(&arc);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(arc))).is_err());
    assert_eq!((weak.upgrade().is_some(), weak.strong_count(), weak.weak_count()), (false, 0, 0));
}

#[test]
fn a_value_that_cannot_be_made_leaves_weak_ones_that_find_nothing() {
    let dropped = AtomicUsize::new(0);
    let mut kept = Weak::new();
    let made = catch_unwind(AssertUnwindSafe(|| {
        Arc::new_cyclic(|itself: &Weak<Dropped<'_>>| {
            kept = itself.clone();
            assert!(itself.upgrade().is_none());
            resume_unwind(Box::new("on purpose"))
        })
    }));
    assert!(made.is_err());
    assert!(kept.upgrade().is_none() && kept.clone().ptr_eq(&kept));
    assert_eq!(dropped.into_inner(), 0);
}

#[test]
fn a_tree_whose_children_know_their_parent_goes_with_its_owner_and_a_cycle_of_owners_does_not() {
    struct Node<'a> {
        parent: Weak<Node<'a>>,
        children: std::sync::Mutex<Vec<Arc<Node<'a>>>>,
        _counted: Dropped<'a>,
    }
    let node = |dropped, parent| Node {
        parent,
        children: std::sync::Mutex::default(),
        _counted: Dropped(dropped),
    };
    let dropped = AtomicUsize::new(0);
    let parent = Arc::new_cyclic(|itself| {
        let parent = node(&dropped, Weak::new());
        parent.children.lock().unwrap().push(Arc::new(node(&dropped, itself.clone())));
        parent
    });
    let child = parent.children.lock().unwrap()[0].clone();
    assert!(Arc::ptr_eq(&child.parent.upgrade().unwrap(), &parent));
    drop(parent);
    assert!(child.parent.upgrade().is_none());
    drop(child);
    assert_eq!(dropped.load(SeqCst), 2);

    let one = Arc::new(node(&dropped, Weak::new()));
    one.children.lock().unwrap().push(one.clone());
    let weak = Arc::downgrade(&one);
    drop(one);
    assert_eq!(dropped.load(SeqCst), 2);
    // Broken by hand, so that nothing leaks here.
    weak.upgrade().unwrap().children.lock().unwrap().clear();
    assert_eq!(dropped.load(SeqCst), 3);
}

#[test]
fn an_arc_is_a_pointer_of_which_none_is_null_and_shows_its_value() {
    assert_eq!(size_of::<Arc<[u64; 9]>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Arc<u8>>>(), size_of::<usize>());
    assert_eq!(size_of::<Weak<u8>>(), size_of::<usize>());
    #[repr(align(128))]
    struct Apart(u8);
    let apart = Arc::new(Apart(1));
    assert_eq!((apart.0, std::ptr::from_ref(&*apart).addr() % 128), (1, 0));
    let (empty, text) = (Arc::<()>::default(), Arc::from("text"));
    assert_eq!(format!("{empty:?} {text:?} {:?}", Arc::downgrade(&text)), "() \"text\" (Weak)");
    assert!(Weak::<u8>::default().ptr_eq(&Weak::new()));
}

#[test]
#[ignore = "counts to two thousand million"]
fn a_program_that_forgets_owners_without_end_is_ended() {
    const FORGETS: &str = "FORGETS_OWNERS";
    if env::var_os(FORGETS).is_some() {
        let owner = Arc::new(());
        // Once more than there may be.
        (0..1_u64 << 32).for_each(|_| forget(owner.clone()));
        // It has gone on.
        exit(0);
    }
    let this = "a_program_that_forgets_owners_without_end_is_ended";
    let mut child = Command::new(env::current_exe().unwrap());
    child.env(FORGETS, "1").args([this, "--include-ignored", "--nocapture"]);
    let status = child.status().unwrap();
    assert!(!status.success(), "it has gone on: {status}");
}
