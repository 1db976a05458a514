//! A value with several owners, which goes when the last owner goes: reference counts by hand.
//!
//! An [`Arc`] is an owner. A [`Weak`] is none: it finds the value as long as there is an owner. Use
//! std's in a program. This one is here to be read, for what its few orderings are good for.
//!
//! # States
//!
//! One 64-bit word beside the value has two counts:
//!
//! | bits | count |
//! |---|---|
//! | 0–31 | `Arc`s |
//! | 32–63 | `Weak`s, and one more as long as there is an `Arc` |
//!
//! ```text
//!   counts 1 + 1         0 Arcs               0 Weaks
//!       new ──▶ in use ────────▶ value dropped ────────▶ memory freed
//! ```
//!
//! All `Arc`s together count as one `Weak`. So the thread that takes the second count to zero frees
//! the memory, whichever thread dropped the value. Both counts are in one word, so one look finds
//! that there is no other owner and no `Weak` that could become one.
//!
//! # Coming from Python
//!
//! Every value of CPython has such a count, and it is safe because of the interpreter lock.
//!
//! | Python | here |
//! |---|---|
//! | `b = a` | `let b = a.clone();` |
//! | `del a`, the end of the scope | the same: drop it |
//! | `sys.getrefcount(a)` | [`Arc::strong_count`] |
//! | `a is b` | [`Arc::ptr_eq`] |
//! | `weakref.ref(a)`, and to call it | [`Arc::downgrade`], [`Weak::upgrade`] |
//! | any owner may change the value | with no other owner [`Arc::get_mut`]; else a lock in the `Arc` |
//! | values that own each other: `gc.collect()` finds them | they stay for ever; break the cycle with a [`Weak`] |
//!
//! # Neighbours
//!
//! std's `Arc` has two words for the counts. So it has to lock one of them to see that it is alone.
//! Its counts go further: here a process that would have more than 2,147,483,647 `Arc`s or `Weak`s
//! of one value is ended. It takes values without a known size, such as `dyn Trait`. Its `make_mut`
//! moves the value if only `Weak`s are left, where this one clones it.
//!
//! *Rust Atomics and Locks* by Mara Bos builds the one with two words step by step.
//!
//! # Example
//!
//! ```
//! use primitives::Arc;
//! use std::thread;
//!
//! let squares = Arc::new(vec![0, 1, 4, 9]);
//! let readers = [2, 3].map(|n| {
//!     let squares = squares.clone();
//!     thread::spawn(move || squares[n])
//! });
//! assert_eq!(readers.map(|reader| reader.join().unwrap()), [4, 9]);
//! assert_eq!(Arc::into_inner(squares), Some(vec![0, 1, 4, 9]));
//! ```

use super::platform::UnsafeCell;
use super::platform::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
    told_as,
};
use std::fmt;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::process::abort;
use std::ptr::NonNull;

// ANCHOR: counts
const ARC: u64 = 1;
const WEAK: u64 = 1 << 32;
/// How many of each there may be. It is far from the end of a count, which other threads may yet
/// come nearer to while the process ends.
const MOST: u64 = i32::MAX as u64;

fn arcs(counts: u64) -> u64 {
    counts % WEAK
}

fn weaks(counts: u64) -> u64 {
    counts / WEAK
}

/// Ends the process if there would be too many. After an overflow the value would be dropped while
/// it is in use. Only a program that forgets them without end comes so far.
#[inline]
fn end_if_too_many(counts: u64) {
    if arcs(counts) > MOST || weaks(counts) > MOST + 1 {
        abort();
    }
}

/// What all owners share.
struct Shared<T> {
    /// In a cell so that the model sees whether the memory is freed after the last use.
    counts: UnsafeCell<AtomicU64>,
    /// It is there as long as there is an `Arc`.
    value: UnsafeCell<MaybeUninit<T>>,
}
// ANCHOR_END: counts

impl<T> Shared<T> {
    fn boxed(counts: u64, value: MaybeUninit<T>) -> NonNull<Self> {
        let words = |counts| format!("{} strong, {} weak", arcs(counts), weaks(counts));
        let counts = UnsafeCell::new(told_as(AtomicU64::new(counts), words));
        let shared = Self { counts, value: UnsafeCell::new(value) };
        NonNull::from(Box::leak(Box::new(shared)))
    }

    #[inline]
    fn counts(&self) -> &AtomicU64 {
        // SAFETY: nobody asks for it exclusively but the thread that frees it.
        self.counts.with(|counts| unsafe { &*counts })
    }

    /// Counts another `Arc` or `Weak`.
    #[inline]
    fn add(&self, one: u64) {
        // Relaxed: the caller has one already, so nothing goes meanwhile. A thread that is given
        // the new one learns of the value in the way in which it was given.
        end_if_too_many(self.counts().fetch_add(one, Relaxed) + one);
    }
}

/// An owner of a value. See the [module](self) for how it works.
///
/// Like a guard it hides no method of the value: all but `clone` is called in the form of
/// `Arc::get_mut(&mut arc)`.
#[doc(alias = "reference counting")]
#[doc(alias = "shared_ptr")]
pub struct Arc<T> {
    shared: NonNull<Shared<T>>,
    /// It may drop a `T`.
    owns: PhantomData<T>,
}

// SAFETY: each owner gives out `&T`, and the last one, on whatever thread, has the `T` for itself.
unsafe impl<T: Send + Sync> Send for Arc<T> {}
// SAFETY: a shared `Arc` can be cloned, so it is as good as one of its own.
unsafe impl<T: Send + Sync> Sync for Arc<T> {}
// It gives out `&T`, and no panic leaves the counts wrong.
impl<T: RefUnwindSafe> UnwindSafe for Arc<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Arc<T> {}

impl<T> Arc<T> {
    /// The first owner of `value`.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self::of(Shared::boxed(WEAK + ARC, MaybeUninit::new(value)))
    }

    /// The first owner of a value that knows itself: `make` may put clones of the [`Weak`] into it.
    /// They find nothing until it is there.
    ///
    /// ```
    /// use primitives::{Arc, Weak};
    ///
    /// struct Node {
    ///     itself: Weak<Node>,
    /// }
    ///
    /// let node = Arc::new_cyclic(|itself| Node { itself: itself.clone() });
    /// assert!(Arc::ptr_eq(&node, &node.itself.upgrade().unwrap()));
    /// ```
    // ANCHOR: cyclic
    #[must_use]
    pub fn new_cyclic(make: impl FnOnce(&Weak<T>) -> T) -> Self {
        let weak = Weak { shared: Some(Shared::boxed(WEAK, MaybeUninit::uninit())) };
        let value = make(&weak);
        // It becomes the one that all `Arc`s count as. If `make` panics, it is dropped like any
        // other.
        let arc = ManuallyDrop::new(Self::of(ManuallyDrop::new(weak).shared.expect("one of it")));
        // SAFETY: there is no `Arc`, so nobody looks at the value.
        arc.shared().value.with_mut(|slot| unsafe { (*slot).write(value) });
        // Release: a thread that upgrades a clone of the weak one sees the value.
        arc.shared().counts().fetch_add(ARC, Release);
        ManuallyDrop::into_inner(arc)
    }
    // ANCHOR_END: cyclic

    /// A [`Weak`] for the same value.
    #[must_use]
    pub fn downgrade(this: &Self) -> Weak<T> {
        this.shared().add(WEAK);
        Weak { shared: Some(this.shared) }
    }

    /// How many owners there are. By the time you look at the answer it may be stale.
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        arcs(this.shared().counts().load(Relaxed)) as usize
    }

    /// How many [`Weak`]s there are. By the time you look at the answer it may be stale.
    #[must_use]
    pub fn weak_count(this: &Self) -> usize {
        weaks(this.shared().counts().load(Relaxed)) as usize - 1
    }

    /// Whether both own the same value.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.shared == other.shared
    }

    /// The value, to be changed, if there is no other owner and no [`Weak`].
    ///
    /// ```
    /// use primitives::Arc;
    ///
    /// let mut one = Arc::new(1);
    /// *Arc::get_mut(&mut one).unwrap() += 1;
    /// let other = one.clone();
    /// assert_eq!((Arc::get_mut(&mut one), *other), (None, 2));
    /// ```
    // ANCHOR: get_mut
    #[inline]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        // SAFETY: there is no other way to the value, and `this` is borrowed exclusively.
        this.is_alone().then(|| unsafe { this.value_mut() })
    }

    #[inline]
    fn is_alone(&self) -> bool {
        // Acquire: what others did with the value, before they let go of it, is done. An old answer
        // cannot say so wrongly: at a moment at which this one was alone, only it could make more.
        self.shared().counts().load(Acquire) == WEAK + ARC
    }
    // ANCHOR_END: get_mut

    /// The value, to be changed. If there is another owner or a [`Weak`], this becomes the owner of
    /// a clone of it.
    ///
    /// ```
    /// use primitives::Arc;
    ///
    /// let mut one = Arc::new(1);
    /// let other = one.clone();
    /// *Arc::make_mut(&mut one) += 1;
    /// assert_eq!((*one, *other), (2, 1));
    /// ```
    #[doc(alias = "copy on write")]
    pub fn make_mut(this: &mut Self) -> &mut T
    where
        T: Clone,
    {
        if !this.is_alone() {
            *this = Self::new(T::clone(this));
        }
        // SAFETY: as in `get_mut`.
        unsafe { this.value_mut() }
    }

    /// The value, if there is no other owner. Every [`Weak`] finds nothing from then on.
    ///
    /// Of two threads that both try, both may be refused: use [`into_inner`](Self::into_inner).
    ///
    /// # Errors
    ///
    /// If there is another owner, `this`.
    // ANCHOR: unwrap
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        let counts = this.shared().counts();
        let mut now = counts.load(Relaxed);
        while arcs(now) == 1 {
            // Acquire: as in `let_go`.
            match counts.compare_exchange_weak(now, now - ARC, Acquire, Relaxed) {
                // SAFETY: there is no `Arc` any more.
                Ok(_) => return Ok(unsafe { ManuallyDrop::new(this).take() }),
                Err(other) => now = other,
            }
        }
        Err(this)
    }
    // ANCHOR_END: unwrap

    /// Drops this owner. If it was the last one, returns the value: of several threads that all do
    /// this, one gets it.
    ///
    /// ```
    /// use primitives::Arc;
    ///
    /// let one = Arc::new(1);
    /// let other = one.clone();
    /// assert_eq!(Arc::into_inner(one), None);
    /// assert_eq!(Arc::into_inner(other), Some(1));
    /// ```
    pub fn into_inner(this: Self) -> Option<T> {
        let this = ManuallyDrop::new(this);
        // SAFETY: there is no `Arc` any more.
        this.let_go().then(|| unsafe { this.take() })
    }

    fn of(shared: NonNull<Shared<T>>) -> Self {
        Self { shared, owns: PhantomData }
    }

    #[inline]
    fn shared(&self) -> &Shared<T> {
        // SAFETY: it is freed after the last `Arc` and the last `Weak` are gone.
        unsafe { self.shared.as_ref() }
    }

    /// # Safety
    ///
    /// There is no other `Arc` and no `Weak`.
    #[inline]
    unsafe fn value_mut(&mut self) -> &mut T {
        // SAFETY: an `Arc` has a value, and nobody else has a way to it.
        self.shared().value.with_mut(|value| unsafe { (*value).assume_init_mut() })
    }

    // ANCHOR: drop
    /// Counts one owner less. `true` means that it was the last one.
    #[inline]
    fn let_go(&self) -> bool {
        // Release: what this thread did with the value is done before another drops it.
        if arcs(self.shared().counts().fetch_sub(ARC, Release)) != 1 {
            return false;
        }
        // Acquire: what others did with the value, before they let go of it, is done. Only the last
        // one needs to know. A fence would do, but ThreadSanitizer does not understand fences.
        self.shared().counts().load(Acquire);
        true
    }

    /// Moves the value out. Then the `Weak` goes that all `Arc`s count as.
    ///
    /// # Safety
    ///
    /// There is no `Arc` any more. This is called once, and the value is not used again.
    unsafe fn take(&self) -> T {
        let _weak = Weak { shared: Some(self.shared) };
        // SAFETY: it is there, and nobody looks at it any more.
        self.shared().value.with_mut(|value| unsafe { (*value).assume_init_read() })
    }

    #[cold]
    fn drop_value(&self) {
        // The `Weak` that all `Arc`s count as. It goes last, also if the value's drop panics.
        let _weak = Weak { shared: Some(self.shared) };
        // SAFETY: there is no `Arc` any more, so nobody looks at it.
        self.shared().value.with_mut(|value| unsafe { (*value).assume_init_drop() });
    }
    // ANCHOR_END: drop
}

impl<T> Clone for Arc<T> {
    /// Another owner of the same value.
    #[inline]
    fn clone(&self) -> Self {
        self.shared().add(ARC);
        Self::of(self.shared)
    }
}

impl<T> Drop for Arc<T> {
    #[inline]
    fn drop(&mut self) {
        if self.let_go() {
            self.drop_value();
        }
    }
}

impl<T> Deref for Arc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: as long as there is an `Arc`, the value is there, and nobody changes it.
        self.shared().value.with(|value| unsafe { (*value).assume_init_ref() })
    }
}

impl<T: Default> Default for Arc<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Arc<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: fmt::Debug> fmt::Debug for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

/// Finds the value of an [`Arc`] as long as it has an owner. See the [module](self).
///
/// ```
/// use primitives::Arc;
///
/// let arc = Arc::new(1);
/// let weak = Arc::downgrade(&arc);
/// assert_eq!(*weak.upgrade().unwrap(), 1);
/// drop(arc);
/// assert!(weak.upgrade().is_none());
/// ```
#[doc(alias = "weakref")]
#[doc(alias = "weak_ptr")]
pub struct Weak<T> {
    shared: Option<NonNull<Shared<T>>>,
}

// SAFETY: an `Arc` can be made of it.
unsafe impl<T: Send + Sync> Send for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Weak<T> {}
// As for an `Arc`.
impl<T: RefUnwindSafe> UnwindSafe for Weak<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Weak<T> {}

impl<T> Weak<T> {
    /// One that finds nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { shared: None }
    }

    /// An owner of the value, if it still has one.
    // ANCHOR: upgrade
    #[must_use = "without an owner the value may go at any time"]
    pub fn upgrade(&self) -> Option<Arc<T>> {
        let shared = self.shared()?;
        let mut counts = shared.counts().load(Relaxed);
        // Never from zero: the value is gone, or about to go.
        while arcs(counts) > 0 {
            end_if_too_many(counts + ARC);
            // Acquire: the value may have been made by another thread since, in `new_cyclic`.
            match shared.counts().compare_exchange_weak(counts, counts + ARC, Acquire, Relaxed) {
                Ok(_) => return self.shared.map(Arc::of),
                Err(now) => counts = now,
            }
        }
        None
    }
    // ANCHOR_END: upgrade

    /// How many owners there are. By the time you look at the answer it may be stale.
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.shared().map_or(0, |shared| arcs(shared.counts().load(Relaxed)) as usize)
    }

    /// How many `Weak`s there are, this one included; 0 if there is no owner any more. By the time
    /// you look at the answer it may be stale.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        let counts = self.shared().map_or(0, |shared| shared.counts().load(Relaxed));
        if arcs(counts) == 0 { 0 } else { weaks(counts) as usize - 1 }
    }

    /// Whether both are of the same value. Those of [`new`](Self::new) are all alike.
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.shared == other.shared
    }

    #[inline]
    fn shared(&self) -> Option<&Shared<T>> {
        // SAFETY: it is freed after the last `Arc` and the last `Weak` are gone.
        self.shared.map(|shared| unsafe { &*shared.as_ptr() })
    }
}

impl<T> Clone for Weak<T> {
    fn clone(&self) -> Self {
        if let Some(shared) = self.shared() {
            shared.add(WEAK);
        }
        Self { shared: self.shared }
    }
}

impl<T> Drop for Weak<T> {
    // ANCHOR: free
    fn drop(&mut self) {
        let (Some(shared), Some(pointer)) = (self.shared(), self.shared) else { return };
        // Release: this thread's uses of the counts are done before another frees them.
        if weaks(shared.counts().fetch_sub(WEAK, Release)) == 1 {
            // Acquire: so are those of all others.
            shared.counts().load(Acquire);
            shared.counts.with_mut(|_| ());
            // SAFETY: there is no `Arc` and no `Weak` any more, and it was made by a box.
            drop(unsafe { Box::from_raw(pointer.as_ptr()) });
        }
    }
    // ANCHOR_END: free
}

impl<T> Default for Weak<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::forget;
    use std::process::Command;

    const FULL: u64 = MOST * ARC + (MOST + 1) * WEAK;

    type Case = (&'static str, u64, fn(&Arc<u8>, &Weak<u8>));

    /// What counts one more, and which.
    const CASES: [Case; 4] = [
        ("clone", ARC, |arc, _| forget(arc.clone())),
        ("downgrade", WEAK, |arc, _| forget(Arc::downgrade(arc))),
        ("clone of a weak one", WEAK, |_, weak| forget(weak.clone())),
        ("upgrade", ARC, |_, weak| forget(weak.upgrade())),
    ];

    /// Counts one more with so many less than there may be.
    fn count_one_more(case: &str, less: u64) {
        let &(_, one, count) = CASES.iter().find(|(name, _, _)| *name == case).expect("a case");
        let arc = ManuallyDrop::new(Arc::new(1));
        let weak = ManuallyDrop::new(Arc::downgrade(&arc));
        arc.shared().counts().store(FULL - less * one, Relaxed);
        count(&arc, &weak);
    }

    #[test]
    fn one_too_many_ends_the_process_and_one_less_does_not() {
        const CASE: &str = "ONE_TOO_MANY";
        if let Ok(case) = std::env::var(CASE) {
            let (case, less) = case.split_once(", ").expect("two parts");
            return count_one_more(case, less.parse().expect("a number"));
        }
        let (_, module) = module_path!().split_once("::").expect("in a crate");
        let test = format!("{module}::one_too_many_ends_the_process_and_one_less_does_not");
        let run = |case: &str, less: u64| {
            let executable = std::env::current_exe().expect("this executable");
            let mut child = Command::new(executable);
            child.args([&test, "--exact"]).env(CASE, format!("{case}, {less}"));
            child.output().expect("it can be run").status.success()
        };
        for (case, _, _) in CASES {
            assert!(run(case, 1) && !run(case, 0), "{case}");
        }
    }
}
