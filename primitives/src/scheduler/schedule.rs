//! What stands in the line of a scheduler, and what of it is still wanted.

use super::{Action, Due, Scheduled};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Entries and their actions.
pub(super) struct Schedule<'a> {
    /// The first to run is on top. What is not wanted any more keeps its place until that is on
    /// top, or until the heap is swept.
    heap: BinaryHeap<Reverse<Scheduled>>,
    /// Each entry that is still wanted, with its action, at the entry's slot. A slot may have had
    /// other entries, and an entry may be another scheduler's: so all of it is compared.
    actions: Vec<Option<(Scheduled, Action<'a>)>>,
    /// Slots that nobody has.
    free: Vec<usize>,
    /// How many were ever entered.
    entered: u64,
    /// How long the heap may become before it is swept.
    sweep_at: usize,
}

/// The shortest heap that is swept.
const SWEEP_AT_LEAST: usize = 64;

impl<'a> Schedule<'a> {
    pub(super) const fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            actions: Vec::new(),
            free: Vec::new(),
            entered: 0,
            sweep_at: SWEEP_AT_LEAST,
        }
    }

    pub(super) fn enter(&mut self, due: Due, priority: i32, action: Action<'a>) -> Scheduled {
        if self.heap.len() == self.sweep_at {
            self.sweep();
        }
        self.entered += 1;
        let slot = self.free.pop().unwrap_or(self.actions.len());
        let entry = Scheduled { due, priority, number: self.entered, slot };
        if slot == self.actions.len() {
            self.actions.push(None);
        }
        self.actions[slot] = Some((entry, action));
        self.heap.push(Reverse(entry));
        entry
    }

    // ANCHOR: take
    /// The action of an entry, if it is still wanted. From here on it is not.
    pub(super) fn take(&mut self, entry: Scheduled) -> Option<Action<'a>> {
        let (_, action) = self.actions.get_mut(entry.slot)?.take_if(|(held, _)| *held == entry)?;
        self.free.push(entry.slot);
        Some(action)
    }

    /// The first of those that are still wanted.
    pub(super) fn first(&mut self) -> Option<Scheduled> {
        while let Some(&Reverse(first)) = self.heap.peek() {
            if is_wanted(&self.actions, first) {
                return Some(first);
            }
            self.heap.pop();
        }
        None
    }
    // ANCHOR_END: take

    /// All that are still wanted, in the order in which they are to run.
    pub(super) fn all(&self) -> Vec<Scheduled> {
        let entries = self.heap.iter().map(|&Reverse(entry)| entry);
        let mut wanted: Vec<_> = entries.filter(|&e| is_wanted(&self.actions, e)).collect();
        wanted.sort_unstable();
        wanted
    }

    /// How many are still wanted.
    pub(super) fn len(&self) -> usize {
        self.actions.len() - self.free.len()
    }

    #[cold]
    fn sweep(&mut self) {
        self.heap.retain(|&Reverse(entry)| is_wanted(&self.actions, entry));
        self.sweep_at = SWEEP_AT_LEAST.max(2 * self.heap.len());
    }
}

fn is_wanted(actions: &[Option<(Scheduled, Action<'_>)>], entry: Scheduled) -> bool {
    actions[entry.slot].as_ref().is_some_and(|(held, _)| *held == entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled_entries_are_swept_out_and_the_others_stay_in_their_order() {
        let mut schedule = Schedule::new();
        let mut kept = Vec::new();
        for number in 0..10_000 {
            let entry = schedule.enter(Due::Never, number % 7, Box::new(|| ()));
            if number % 100 == 0 {
                kept.push(entry);
            } else {
                assert!(schedule.take(entry).is_some());
            }
        }
        // At most twice what the last sweep left, and that was no more than there are now.
        assert!(schedule.heap.len() <= 2 * kept.len());
        assert_eq!((schedule.len(), schedule.actions.len()), (kept.len(), kept.len() + 1));
        kept.sort_unstable();
        assert_eq!(schedule.all(), kept);
    }
}
