//! Whether the sequentially consistent events of an execution have one order: the axiom of RC11
//! (Lahav and others, *Repairing Sequential Consistency in C/C++11*, 2017), read literally.

use super::graph::{Action, Graph, NOWHERE, Ref};

pub(crate) fn order_exists(graph: &Graph) -> bool {
    let order = Orders { graph };
    let events: Vec<Ref> =
        order.all().filter(|&event| graph.event(event).strength.sequential).collect();
    let follows: Vec<Vec<usize>> = events
        .iter()
        .map(|&a| (0..events.len()).filter(|&b| order.sequential(a, events[b])).collect())
        .collect();
    // Without a cycle, events without a predecessor can be taken away until none is left.
    let mut predecessors = vec![0; events.len()];
    follows.iter().flatten().for_each(|&b| predecessors[b] += 1);
    let mut free: Vec<usize> = (0..events.len()).filter(|&a| predecessors[a] == 0).collect();
    let mut taken = 0;
    while let Some(a) = free.pop() {
        taken += 1;
        for &b in &follows[a] {
            predecessors[b] -= 1;
            if predecessors[b] == 0 {
                free.push(b);
            }
        }
    }
    taken == events.len()
}

struct Orders<'a> {
    graph: &'a Graph,
}

impl Orders<'_> {
    fn all(&self) -> impl Iterator<Item = Ref> {
        self.graph.threads.iter().enumerate().flat_map(|(thread, events)| {
            (0..events.len()).map(move |index| Ref { thread: thread as u8, index: index as u16 })
        })
    }

    fn is_fence(&self, event: Ref) -> bool {
        self.graph.event(event).action == Action::Fence
    }

    fn happens_before(&self, a: Ref, b: Ref) -> bool {
        a != b && self.graph.event(b).after.happened.has(a)
    }

    /// The location that both access, and each one's position in the order of writes, with whether
    /// it writes there.
    fn positions(&self, a: Ref, b: Ref) -> Option<[(usize, bool); 2]> {
        let location = self.graph.event(a).location;
        if location == NOWHERE || location != self.graph.event(b).location {
            return None;
        }
        Some([a, b].map(|event| match self.graph.event(event).action {
            Action::Read { from, .. } => (self.graph.position(location, from), false),
            _ => (self.graph.position(location, event), true),
        }))
    }

    /// The order that one location's values show, of writes and of what has read them.
    fn coherence(&self, a: Ref, b: Ref) -> bool {
        self.positions(a, b).is_some_and(|[(of_a, writes), (of_b, other_writes)]| {
            of_a < of_b || (of_a == of_b && writes && !other_writes)
        })
    }

    /// The part of "happens before" that sequential consistency goes by.
    fn by_program(&self, a: Ref, b: Ref) -> bool {
        if a.thread == b.thread {
            return a.index < b.index;
        }
        if !self.happens_before(a, b) {
            return false;
        }
        let location = |event: Ref| self.graph.event(event).location;
        if location(a) == location(b) && location(a) != NOWHERE {
            return true;
        }
        // By way of one event more in each thread, on another location.
        let elsewhere = |from: Ref, event: &Ref| {
            location(*event) == NOWHERE || location(*event) != location(from)
        };
        let after = (a.index + 1..self.graph.next(a.thread.into()).index)
            .map(|index| Ref { index, ..a })
            .find(|event| elsewhere(a, event));
        let before =
            (0..b.index).rev().map(|index| Ref { index, ..b }).find(|event| elsewhere(b, event));
        matches!((after, before), (Some(x), Some(y)) if self.happens_before(x, y))
    }

    /// Program order, one location's happens-before, the order of writes, and reads before what
    /// replaced what they read.
    fn base(&self, a: Ref, b: Ref) -> bool {
        let replaced = || {
            self.positions(a, b).is_some_and(|[(of_a, _), (of_b, writes)]| writes && of_a < of_b)
        };
        self.by_program(a, b) || replaced()
    }

    fn sequential(&self, a: Ref, b: Ref) -> bool {
        if a == b {
            return false;
        }
        let (fence_a, fence_b) = (self.is_fence(a), self.is_fence(b));
        if fence_a && fence_b && self.happens_before(a, b) {
            return true;
        }
        let starts = |x: Ref| x == a || (fence_a && self.happens_before(a, x));
        let ends = |y: Ref| y == b || (fence_b && self.happens_before(y, b));
        self.all().filter(|&x| starts(x)).any(|x| {
            self.all()
                .filter(|&y| y != x && ends(y))
                .any(|y| self.base(x, y) || (fence_a && fence_b && self.coherence(x, y)))
        })
    }
}
