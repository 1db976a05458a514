//! What waits for its time, the earliest first.

use super::super::platform::time::Instant;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::{fmt, mem};

/// Items with their deadlines, of which the earliest comes out first, and among those of the same
/// deadline the one that was pushed first. [`Timers`](super::Timers) stand in one, and so do the
/// sleeping tasks of an event loop.
///
/// An item that is not wanted any more keeps its place. Such places are swept out whenever the heap
/// has grown to twice what was left by the sweep before.
///
/// ```
/// use primitives::timer::TimerHeap;
/// use std::time::{Duration, Instant};
///
/// let now = Instant::now();
/// let mut heap = TimerHeap::new(|_| false);
/// heap.push(Some(now + Duration::from_secs(60)), "tea");
/// heap.push(Some(now), "egg");
/// assert_eq!(heap.pop_due(Some(now)), Some("egg"));
/// assert_eq!(heap.pop_due(Some(now)), None);
/// ```
pub struct TimerHeap<T> {
    heap: BinaryHeap<Place<T>>,
    /// How many were ever pushed.
    pushed: u64,
    /// How long the heap may become before it is swept.
    sweep_at: usize,
    is_gone: fn(&T) -> bool,
}

/// The shortest heap that is swept.
const SWEEP_AT_LEAST: usize = 64;

impl<T> TimerHeap<T> {
    /// An empty heap. `is_gone` says which items are not wanted any more.
    pub fn new(is_gone: fn(&T) -> bool) -> Self {
        Self { heap: BinaryHeap::new(), pushed: 0, sweep_at: SWEEP_AT_LEAST, is_gone }
    }

    /// Adds an item, which is due at `deadline`, or never. `true` means that it is now the first.
    pub fn push(&mut self, deadline: Option<Instant>, item: T) -> bool {
        if self.heap.len() == self.sweep_at {
            let is_gone = self.is_gone;
            self.heap.retain(|place| !is_gone(&place.item));
            self.sweep_at = SWEEP_AT_LEAST.max(2 * self.heap.len());
        }
        self.pushed += 1;
        let number = self.pushed;
        self.heap.push(Place { deadline, number, item });
        self.heap.peek().is_some_and(|first| first.number == number)
    }

    /// Takes the first out, if it is due when `passed` has passed.
    pub fn pop_due(&mut self, passed: Option<Instant>) -> Option<T> {
        let first = self.heap.peek()?;
        let due = first.deadline.is_some() && first.deadline <= passed;
        if due { self.heap.pop().map(|first| first.item) } else { None }
    }

    /// When the first is due. `None` means never.
    pub fn first_deadline(&self) -> Option<Instant> {
        self.heap.peek().and_then(|first| first.deadline)
    }

    /// How many places it has, those of items that are not wanted any more included.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether it has no place at all.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Takes all out, in any order.
    pub fn take_all(&mut self) -> impl Iterator<Item = T> + use<T> {
        mem::take(&mut self.heap).into_iter().map(|place| place.item)
    }
}

impl<T> fmt::Debug for TimerHeap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimerHeap").field("places", &self.len()).finish_non_exhaustive()
    }
}

struct Place<T> {
    /// `None` means never.
    deadline: Option<Instant>,
    /// The order in which they were pushed.
    number: u64,
    item: T,
}

impl<T> Ord for Place<T> {
    /// The greatest is the first: the heap has it on top.
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |place: &Self| (place.deadline.is_none(), place.deadline, place.number);
        key(other).cmp(&key(self))
    }
}

impl<T> PartialOrd for Place<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Place<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Place<T> {}
