//! A list's values, and what their only owner sees of them.

use super::super::lock::LockGuard;
use super::super::platform::UnsafeCell;
use super::super::platform::panics::drop_all;
use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::NonNull;
use std::vec;

/// The values of what was a [`Local`](super::Local).
pub struct IntoIter<T> {
    pub(super) values: vec::IntoIter<Value<T>>,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.values.next().map(Value::into_inner)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}

impl<T> Drop for IntoIter<T> {
    fn drop(&mut self) {
        drop_all(&mut self.values);
    }
}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("len", &self.len()).finish()
    }
}

/// The values of all threads, in no particular order. No thread drops its value while this is
/// there.
#[must_use = "the values are reached through this, and threads wait for it to end"]
pub struct Values<'a, T> {
    pub(super) list: LockGuard<'a, Vec<Value<T>>>,
}

impl<T> Values<'_, T> {
    /// How many threads have a value.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether no thread has a value.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All values, to look at.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        // SAFETY: the object is exclusively borrowed, so no thread uses its value, and the list is
        // locked, so no thread drops it.
        self.list.iter().map(|value| value.node().value.with(|value| unsafe { &**value }))
    }

    /// All values, to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut T> {
        // SAFETY: as in `iter`, and each value is in the list once.
        self.list.iter().map(|value| value.node().value.with_mut(|value| unsafe { &mut **value }))
    }
}

impl<T: fmt::Debug> fmt::Debug for Values<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A value, and the right to drop it: the list has it, or the thread that took it out. It is not a
/// `Box` because the value's thread looks at it in the meantime.
pub(super) struct Value<T>(pub(super) NonNull<Node<T>>);

// SAFETY: it is the owner of a `T`.
unsafe impl<T: Send> Send for Value<T> {}
impl<T: UnwindSafe> UnwindSafe for Value<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Value<T> {}

pub(super) struct Node<T> {
    /// Where in the list this is. Guarded by the list's lock.
    pub(super) index: UnsafeCell<usize>,
    pub(super) value: UnsafeCell<ManuallyDrop<T>>,
}

impl<T> Value<T> {
    pub(super) fn new(value: T) -> Self {
        let value = UnsafeCell::new(ManuallyDrop::new(value));
        let node = Box::new(Node { index: UnsafeCell::new(usize::MAX), value });
        Self(NonNull::from(Box::leak(node)))
    }

    pub(super) fn node(&self) -> &Node<T> {
        // SAFETY: `self` is what frees it.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn into_inner(self) -> T {
        // SAFETY: not used again, and not dropped.
        unsafe { ManuallyDrop::new(self).take() }
    }

    /// The value, out of its node, which is freed.
    ///
    /// # Safety
    ///
    /// Neither `self` nor the node may be used again.
    unsafe fn take(&mut self) -> T {
        // SAFETY: it is from `Box::leak`, and is given back once.
        let node = unsafe { Box::from_raw(self.0.as_ptr()) };
        // SAFETY: taken once. Its thread does not use it: it is the one that calls this, or the
        // object has but one owner.
        node.value.with_mut(|value| unsafe { ManuallyDrop::take(&mut *value) })
    }
}

impl<T> Drop for Value<T> {
    fn drop(&mut self) {
        // SAFETY: nothing is used after its drop.
        drop(unsafe { self.take() });
    }
}
