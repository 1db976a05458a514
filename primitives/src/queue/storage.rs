//! Where a queue keeps its items.

use std::collections::VecDeque;

/// Where a queue keeps its items: [`VecDeque`], [`Vec`] or [`Heap`].
pub trait Storage: sealed::Sealed {
    /// What is in it.
    type Item;

    #[doc(hidden)]
    const EMPTY: Self;

    #[doc(hidden)]
    fn count(&self) -> usize;

    /// Takes the item out of its slot. If comparing it panics, it is there still.
    #[doc(hidden)]
    fn push(&mut self, slot: &mut Option<Self::Item>);

    #[doc(hidden)]
    fn pop(&mut self) -> Option<Self::Item>;

    /// What is in it, in any order.
    #[doc(hidden)]
    fn into_items(self) -> impl Iterator<Item = Self::Item>;
}

impl<T> Storage for VecDeque<T> {
    type Item = T;
    const EMPTY: Self = VecDeque::new();

    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn push(&mut self, slot: &mut Option<T>) {
        if let Some(item) = slot.take() {
            self.push_back(item);
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<T> {
        self.pop_front()
    }

    fn into_items(self) -> impl Iterator<Item = T> {
        self.into_iter()
    }
}

impl<T> Storage for Vec<T> {
    type Item = T;
    const EMPTY: Self = Vec::new();

    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn push(&mut self, slot: &mut Option<T>) {
        if let Some(item) = slot.take() {
            self.push(item);
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<T> {
        self.pop()
    }

    fn into_items(self) -> impl Iterator<Item = T> {
        self.into_iter()
    }
}

/// A binary heap with the smallest item first, and among equal ones the one that came first.
///
/// Each operation first compares and then moves: if comparing panics, nothing has moved.
pub struct Heap<T> {
    /// Each with the number of its push. Item `n` comes before items `2 n + 1` and `2 n + 2`.
    items: Vec<(T, u64)>,
    pushes: u64,
}

fn comes_before<T: Ord>(one: &(T, u64), other: &(T, u64)) -> bool {
    one.0.cmp(&other.0).then(one.1.cmp(&other.1)).is_lt()
}

impl<T: Ord> Storage for Heap<T> {
    type Item = T;
    const EMPTY: Self = Heap { items: Vec::new(), pushes: 0 };

    fn count(&self) -> usize {
        self.items.len()
    }

    fn push(&mut self, slot: &mut Option<T>) {
        let Some(new) = &*slot else { return };
        let end = self.items.len();
        let mut place = end;
        // Among equals the new one is last.
        while place > 0 && new.cmp(&self.items[(place - 1) / 2].0).is_lt() {
            place = (place - 1) / 2;
        }
        self.items.extend(slot.take().map(|item| (item, self.pushes)));
        self.pushes += 1;
        let mut at = end;
        while at > place {
            let parent = (at - 1) / 2;
            self.items.swap(at, parent);
            at = parent;
        }
    }

    fn pop(&mut self) -> Option<T> {
        // The last item fills the gap, at the place that it goes down to.
        let last = self.items.len().checked_sub(1)?;
        let mut place = 0;
        loop {
            let mut child = 2 * place + 1;
            // The other child may be the last item itself, and then the gap is its place.
            if child < last && comes_before(&self.items[child + 1], &self.items[child]) {
                child += 1;
            }
            if child >= last || !comes_before(&self.items[child], &self.items[last]) {
                break;
            }
            place = child;
        }
        // Those above that place go up by one, and so the first comes to the end.
        self.items.swap(place, last);
        while place > 0 {
            place = (place - 1) / 2;
            self.items.swap(place, last);
        }
        self.items.pop().map(|(item, _)| item)
    }

    fn into_items(self) -> impl Iterator<Item = T> {
        self.items.into_iter().map(|(item, _)| item)
    }
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for std::collections::VecDeque<T> {}
    impl<T> Sealed for Vec<T> {}
    impl<T: Ord> Sealed for super::Heap<T> {}
}
