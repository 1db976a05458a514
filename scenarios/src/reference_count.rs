//! Two owners of one object, and the last to let go frees it.
//!
//! The count says who is the last. To count down is one action, and whoever frees has to see what
//! the others did before. And objects that own each other have no last owner.

use crate::stage::atomic::{
    AtomicU32,
    Ordering::{self, Acquire, Relaxed, Release},
    fence,
};
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Arc, Lock, OnceCell, Weak};
use std::sync;

pub(crate) const STORY: Story = Story {
    name: "reference-count",
    about: "two threads own an object, each lets go of it, and the last one frees it",
    seed: "003 §24",
    variants: &[
        Variant {
            name: "load-and-store",
            about: "counts down in two actions, then looks whether it was the last",
            expect: Expect::Breaks,
            search: Search::OLD_VALUES,
            run: load_and_store,
        },
        Variant {
            name: "relaxed",
            about: "counts down in one action that orders nothing else",
            expect: Expect::Breaks,
            search: Search::OLD_VALUES,
            run: || one_action(Relaxed, None),
        },
        Variant {
            name: "release-acquire",
            about: "each releases what it did, and the last one acquires it",
            expect: Expect::Holds,
            search: Search::OLD_VALUES,
            run: || one_action(Release, Some(Acquire)),
        },
        Variant {
            name: "arc",
            about: "the library's `Arc`",
            expect: Expect::Holds,
            search: Search::OLD_VALUES,
            run: arc,
        },
        Variant {
            name: "cycle",
            about: "two nodes that own each other",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || family(cycle),
        },
        Variant {
            name: "weak-parent",
            about: "a parent owns its child, and the child knows its parent",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || family(weak_parent),
        },
        Variant {
            name: "collector",
            about: "two nodes that own each other, and a collector that looks which are in use",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: collector,
        },
    ],
};

const NAMES: [&str; 2] = ["Ann", "Ben"];
const FREED: &str = "nodes freed";

/// An object that two threads own. Nothing is freed here: that it would be is counted.
#[derive(Default)]
struct Object {
    owners: AtomicU32,
    /// What each owner has written into it.
    written: [AtomicU32; 2],
    freed: AtomicU32,
    /// What was not there to be seen when it was freed.
    missed: AtomicU32,
}

impl Object {
    fn free(&self) {
        self.freed.fetch_add(1, Relaxed);
        let written: u32 = self.written.iter().map(|one| one.load(Relaxed)).sum();
        step!("frees the object, sees {written} of 2 entries");
        self.missed.store(2 - written, Relaxed);
    }
}

fn name_entries(written: &[AtomicU32; 2]) {
    for (entry, owner) in written.iter().zip(NAMES) {
        name(entry, &format!("{owner}'s entry"));
    }
}

fn owners(let_go: impl Fn(&Object) + Clone + Send + 'static) -> Outcome {
    let object = sync::Arc::new(Object { owners: AtomicU32::new(2), ..Object::default() });
    name(&object.owners, "the count");
    name_entries(&object.written);
    let threads = [0, 1].map(|me| {
        let (object, let_go) = (object.clone(), let_go.clone());
        thread::spawn(NAMES[me], move || {
            object.written[me].store(1, Relaxed);
            let_go(&object);
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let (freed, missed) = (object.freed.load(Relaxed), object.missed.load(Relaxed));
    let times = ["never", "once", "twice"][freed as usize];
    let seen = if missed == 0 { "" } else { ", and an entry was not seen" };
    Outcome::new(freed == 1 && missed == 0, format!("freed {times}{seen}"))
}

// ANCHOR: plain
fn load_and_store() -> Outcome {
    owners(|object| {
        // The strongest ordering does not help.
        let seen = object.owners.load(Acquire);
        step!("finds a count of {seen}");
        object.owners.store(seen - 1, Release);
        step!("writes {}", seen - 1);
        if object.owners.load(Acquire) == 0 {
            object.free();
        }
    })
}
// ANCHOR_END: plain

// ANCHOR: one
fn one_action(down: Ordering, last: Option<Ordering>) -> Outcome {
    owners(move |object| {
        let before = object.owners.fetch_sub(1, down);
        step!("lets go, the count was {before}");
        if before == 1 {
            if let Some(last) = last {
                fence(last);
            }
            object.free();
        }
    })
}
// ANCHOR_END: one

// ANCHOR: arc
struct Owned {
    written: [AtomicU32; 2],
    /// How many entries were seen when it was freed, and how often that was.
    seen: sync::Arc<[AtomicU32; 2]>,
}

impl Drop for Owned {
    fn drop(&mut self) {
        let written: u32 = self.written.iter().map(|one| one.load(Relaxed)).sum();
        step!("is the last, frees the object, sees {written} of 2 entries");
        self.seen[0].fetch_add(written, Relaxed);
        self.seen[1].fetch_add(1, Relaxed);
    }
}

fn arc() -> Outcome {
    let seen = sync::Arc::<[AtomicU32; 2]>::default();
    let object = Arc::new(Owned { written: Default::default(), seen: seen.clone() });
    name_entries(&object.written);
    let threads = [0, 1].map(|me| {
        let object = object.clone();
        thread::spawn(NAMES[me], move || {
            object.written[me].store(1, Relaxed);
            step!("writes its entry");
            drop(object);
        })
    });
    drop(object);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let [written, freed] = [0, 1].map(|which| seen[which].load(Relaxed));
    Outcome::new((written, freed) == (2, 1), format!("freed {freed} time, {written} entries seen"))
}
// ANCHOR_END: arc

// ANCHOR: node
/// A node may own another, and may know one without owning it.
struct Node {
    owns: OnceCell<Arc<Node>>,
    knows: OnceCell<Weak<Node>>,
    freed: sync::Arc<AtomicU32>,
}

impl Drop for Node {
    fn drop(&mut self) {
        step!("frees a node");
        let before = self.freed.fetch_add(1, Relaxed);
        show!(FREED, before + 1);
    }
}

fn cycle(parent: &Arc<Node>, child: &Arc<Node>) {
    parent.owns.get_or_init(|| child.clone());
    child.owns.get_or_init(|| parent.clone());
}

fn weak_parent(parent: &Arc<Node>, child: &Arc<Node>) {
    parent.owns.get_or_init(|| child.clone());
    child.knows.get_or_init(|| Arc::downgrade(parent));
}
// ANCHOR_END: node

/// Ann has the parent, and Ben has the child. Each lets go.
fn family(tie: fn(&Arc<Node>, &Arc<Node>)) -> Outcome {
    let freed = sync::Arc::new(AtomicU32::new(0));
    show!(FREED, 0);
    let nodes = [(); 2].map(|()| {
        let (owns, knows) = (OnceCell::new(), OnceCell::new());
        Arc::new(Node { owns, knows, freed: freed.clone() })
    });
    tie(&nodes[0], &nodes[1]);
    let mut names = NAMES.into_iter();
    let threads = nodes.map(|node| {
        thread::spawn(names.next().expect("two"), move || {
            let count = Arc::strong_count(&node);
            drop(node);
            step!("has let go of a node whose count was {count}");
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let freed = freed.load(Relaxed);
    Outcome::new(freed == 2, format!("{freed} of 2 nodes freed"))
}

// ANCHOR: collector
/// Nodes by their numbers.
struct Heap {
    /// Which others each node owns. `None` is a node that was freed.
    nodes: Vec<Option<Vec<usize>>>,
    /// Which nodes the threads have.
    roots: Vec<usize>,
}

impl Heap {
    /// Marks all nodes that can be reached from the roots, and frees the others. Returns how many.
    fn collect(&mut self) -> usize {
        let mut marked = vec![false; self.nodes.len()];
        let mut left = self.roots.clone();
        while let Some(node) = left.pop() {
            if !std::mem::replace(&mut marked[node], true) {
                left.extend(self.nodes[node].iter().flatten());
            }
        }
        let unmarked = self.nodes.iter_mut().zip(marked).filter(|(_, marked)| !marked);
        unmarked.filter_map(|(node, _)| node.take()).count()
    }
}
// ANCHOR_END: collector

fn collector() -> Outcome {
    let heap = Heap { nodes: vec![Some(vec![1]), Some(vec![0])], roots: vec![0, 1] };
    let heap = sync::Arc::new(Lock::new(heap));
    name(&*heap, "the heap");
    let threads = [0, 1].map(|me| {
        let heap = heap.clone();
        thread::spawn(NAMES[me], move || {
            let mut heap = heap.lock();
            heap.roots.retain(|&root| root != me);
            let freed = heap.collect();
            step!("lets go, collects {freed} nodes");
            freed
        })
    });
    let freed: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    Outcome::new(freed == 2, format!("{freed} of 2 nodes freed"))
}
