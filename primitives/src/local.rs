//! A value for each thread, in an object.
//!
//! Use it for what each thread should have for itself, so that no lock is needed: a buffer, a random
//! number generator, a count that is added up in the end. A thread's value is made when the thread
//! first asks for it and dropped when the thread ends. Unlike `std::thread_local!` it need not be a
//! static: it may be a field, and when the object goes, the values of all threads go with it.
//!
//! # States
//!
//! The object has a list of all its values. Each thread has a table of its own values in all objects,
//! which no other thread reads: finding a value takes no lock.
//!
//! ```text
//!   object ──▶ list: [ value 1, value 2 ]          owns the values
//!                         ▲        ▲
//!   thread 1 ──▶ table ───┘        │               finds a value by the address of its list
//!   thread 2 ──▶ table ────────────┘
//! ```
//!
//! | the value is | in the list | in the thread's table |
//! |---|---|---|
//! | not made yet | no | no: [`with`](Local::with) makes it |
//! | there | yes | yes |
//! | gone with its thread | no | the table is gone too |
//! | gone with the object | no, the list is empty for ever | until the table is rebuilt; nobody can ask for it |
//!
//! An ending thread and an object that goes may want to drop the same value. Who takes it out of the
//! list, under the list's lock, is the one who does. A table keeps the lists of its entries allocated, so
//! that no later object has a list at the same address and is shown a value of an earlier one.
//!
//! # When values are dropped
//!
//! - When a thread ends, it drops its values, in the order in which it made them. They are all out of
//!   reach by then: a destructor that asks this or another `Local` for one gets an [`AccessError`] from
//!   [`try_with`](Local::try_with), and a panic from `with`. A panic in a destructor is reported like any
//!   other and goes no further; the other values are dropped all the same.
//! - When the object is dropped, the thread that drops it drops all values that are left. Their
//!   destructors may use other objects. A panic in one is passed on when all have been dropped, unless the
//!   thread is panicking already. Further panics are reported and go no further.
//! - When the process ends, the values of its main thread may not be dropped, and those of threads that
//!   are still running are not.
//! - [`std::process::exit`] drops the values of the thread that calls it, on Linux at least. If that is
//!   inside [`with`](Local::with), `f` never ends, and the destructor finds what it has left half done. Lend
//!   a value to no other thread around such a call. All this is the same for `std::thread_local!`.
//! - A child made by `fork` has the values of the thread that forked. Those of the other threads stay in
//!   the lists, and are dropped only with their objects.
//!
//! A global allocator may use a `Local`, if it does not count, or whatever it does, when its own use of the
//! `Local` calls it again.
//!
//! # Coming from Python
//!
//! | `threading.local` | here |
//! |---|---|
//! | one object, any number of attributes | one object, one value: a struct, or one object for each attribute |
//! | `__init__` of a subclass: called in each thread, at its first use | the function given to [`Local::new`] |
//! | `__init__` raises: the exception is passed on, the next use calls it again | the same for a panic |
//! | `local.x` | [`with`](Local::with); `get` for a [`Cell`], `with_borrow` for a [`RefCell`] |
//! | `local.x` before it is set: `AttributeError` | the value is made |
//! | `local.x = 1` | `set`, for a [`Cell`] and a [`RefCell`]; unlike Python it does not call the function first |
//! | `del local.x` | `take`, which leaves the default |
//! | the thread ends: its attributes are dropped, errors in `__del__` are ignored | the same for its values and panics |
//! | the object goes: all threads' attributes are dropped, by the thread that lets it go | the same |
//! | a `__del__` at the thread's end finds no attributes, and can set new ones | [`try_with`](Local::try_with) finds no value and makes none |
//! | no way to the attributes of other threads | [`values`](Local::values) and [`into_iter`](Local::into_iter), for the only owner |
//!
//! # Example
//!
//! A buffer that each thread uses again and again.
//!
//! ```
//! use primitives::Local;
//! use std::cell::RefCell;
//! use std::fmt::Write;
//! use std::thread;
//!
//! static BUFFER: Local<RefCell<String>> = Local::new(|| RefCell::new(String::with_capacity(64)));
//!
//! fn is_palindrome(number: u64) -> bool {
//!     BUFFER.with_borrow_mut(|digits| {
//!         digits.clear();
//!         write!(digits, "{number}").unwrap();
//!         digits.chars().eq(digits.chars().rev())
//!     })
//! }
//!
//! let count = |from: u64, to| (from..to).filter(|&number| is_palindrome(number)).count();
//! let other = thread::spawn(move || count(500, 1000));
//! assert_eq!(count(0, 500) + other.join().unwrap(), 10 + 9 + 90);
//! ```

use super::lock::{Lock, LockGuard};
use super::platform::atomic::{
    AtomicPtr,
    Ordering::{Acquire, Relaxed, Release},
};
use super::platform::panics::{contain_panic, drop_all};
use super::platform::{UnsafeCell, const_unless_modelled, thread_local};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::vec;

/// A value for each thread that asks. See the [module](self) for how it works.
///
/// `F` makes a thread's value when the thread first asks for it. In a static, leave it out:
///
/// ```
/// use primitives::Local;
/// use std::cell::RefCell;
///
/// static NAMES: Local<RefCell<Vec<String>>> = Local::new(|| RefCell::new(vec![]));
///
/// NAMES.with_borrow_mut(|names| names.push("Ada".to_owned()));
/// assert_eq!(NAMES.with_borrow(Vec::len), 1);
/// assert_eq!(std::thread::spawn(|| NAMES.with_borrow(Vec::len)).join().unwrap(), 0);
/// ```
///
/// # Which types
///
/// | bound | why |
/// |---|---|
/// | `T: 'static` | a thread can outlive what `T` borrows, and its end drops its value even if the object was forgotten |
/// | `T: Send`, to share or send the object | the owner of the object drops and iterates over values that other threads have made |
/// | `F: Sync`, to share it | each thread calls `F` |
/// | not `T: Sync` | while the object is shared, only the value's thread sees it |
///
/// ```compile_fail
/// use primitives::Local;
/// use std::rc::Rc;
///
/// let local = Local::new(|| Rc::new(7));
/// std::thread::scope(|scope| {
///     // It would leave an `Rc` for another thread to drop.
///     scope.spawn(|| local.with(|number| assert_eq!(**number, 7)));
/// });
/// ```
#[doc(alias = "ThreadLocal")]
#[doc(alias = "LocalKey")]
#[doc(alias = "threading.local")]
// ANCHOR: object
pub struct Local<T: 'static, F = fn() -> T> {
    /// The list of all values, as [`Arc::into_raw`] gives it. Null until there is one; set once.
    list: AtomicPtr<List<T>>,
    init: F,
    values: PhantomData<T>,
}
// ANCHOR_END: object

// SAFETY: through a shared object a thread reaches its own value only, and `init`, which is `Sync`. Values
// of other threads are reached by the object's only owner, on whatever thread that is: `T: Send`.
unsafe impl<T: Send, F: Sync> Sync for Local<T, F> {}
// Its own lists are right after a panic. What a panic leaves of a value is seen by the value's thread, as
// with `std::thread_local!`.
impl<T, F: UnwindSafe> UnwindSafe for Local<T, F> {}
impl<T, F: RefUnwindSafe> RefUnwindSafe for Local<T, F> {}

/// All values of an object. Empty for ever once the object is gone.
type List<T> = Lock<Vec<Value<T>>>;

impl<T, F: Fn() -> T> Local<T, F> {
    const_unless_modelled! {
        /// An object with no values. `init` makes one for each thread that asks.
        ///
        /// If `init` panics, the panic is passed on and the thread has no value: the next use calls
        /// `init` again. If it uses the object itself and so makes the value, that one stays.
        pub fn new(init: F) -> Self {
            Self { list: AtomicPtr::new(ptr::null_mut()), init, values: PhantomData }
        }
    }

    /// Calls `f` with this thread's value, which is made now if there is none.
    ///
    /// `f` may use the object again, and gets the same value.
    ///
    /// # Panics
    ///
    /// When the thread is ending and has dropped its values; when `init` or `f` panics.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        match self.try_with(f) {
            Ok(result) => result,
            Err(error) => gone(error),
        }
    }

    /// As [`with`](Self::with), for destructors, which may run when the thread is ending.
    ///
    /// ```
    /// use primitives::Local;
    /// use std::cell::Cell;
    ///
    /// static DEPTH: Local<Cell<u32>> = Local::new(|| Cell::new(0));
    ///
    /// struct Span;
    ///
    /// impl Drop for Span {
    ///     fn drop(&mut self) {
    ///         // If the thread is ending, nobody will read its depth any more.
    ///         let _ = DEPTH.try_with(|depth| depth.set(depth.get() - 1));
    ///     }
    /// }
    ///
    /// DEPTH.set(1);
    /// drop(Span);
    /// assert_eq!(DEPTH.get(), 0);
    /// ```
    ///
    /// # Errors
    ///
    /// When the thread is ending and has dropped its values. `init` and `f` are not called.
    ///
    /// # Panics
    ///
    /// When `init` or `f` panics.
    #[inline]
    // ANCHOR: with
    pub fn try_with<R>(&self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let value = match self.find() {
            Some(value) => value,
            None => self.make(&self.init)?,
        };
        // SAFETY: the value stays until this thread ends, which it does not do in here, or the object
        // goes, which is borrowed; and nobody writes to it while the object is shared. Should `f` end the
        // process, which drops the value, it does not come back to use it.
        Ok(value.value.with(|value| f(unsafe { &*value })))
    }
    // ANCHOR_END: with
}

impl<T, F> Local<T, F> {
    /// All threads' values that are there now, for the only owner of the object.
    ///
    /// A thread that ends waits for the guard before it drops its values, so drop the guard before you join
    /// a thread. All wait for ever for a guard that is forgotten: threads that end or use the object for
    /// the first time, and the drop of the object itself. A thread of a [scope](std::thread::scope) may
    /// still be about to drop its values when the scope has ended.
    ///
    /// ```
    /// use primitives::Local;
    /// use std::cell::Cell;
    ///
    /// let mut sum = Local::new(|| Cell::new(0));
    /// sum.set(7);
    /// for value in sum.values().iter_mut() {
    ///     *value.get_mut() += 1;
    /// }
    /// assert_eq!(sum.into_iter().map(Cell::into_inner).collect::<Vec<_>>(), [8]);
    /// ```
    #[doc(alias = "iter")]
    #[doc(alias = "iter_mut")]
    pub fn values(&mut self) -> Values<'_, T> {
        Values { list: self.list().lock() }
    }

    // ANCHOR: find
    /// This thread's value, if it is there.
    #[inline]
    fn find(&self) -> Option<&Node<T>> {
        // Relaxed: the pointer is only compared. If the table has it, this thread has been through `make`.
        self.find_by(self.list.load(Relaxed))
    }

    #[inline]
    fn find_by(&self, list: *const List<T>) -> Option<&Node<T>> {
        let value = FINDER.try_with(|finder| finder.get().find(list.cast())).ok()??;
        // SAFETY: under the address of our list, the table has a node of our list. It is there until
        // the object goes, which is borrowed, or the thread ends, for which see `try_with`.
        Some(unsafe { value.cast().as_ref() })
    }
    // ANCHOR_END: find

    // ANCHOR: make
    /// Makes this thread's value.
    #[cold]
    fn make(&self, init: impl FnOnce() -> T) -> Result<&Node<T>, AccessError> {
        // Ask first: without a table nobody would drop what `init` makes.
        TABLE.try_with(|_| ()).map_err(|_| AccessError)?;
        let value = Value::new(init());
        let list = self.list();
        let mut values = lock_with_room(list);
        if let Some(made_meanwhile) = self.find_by(list) {
            // By `init`, or by an allocator that uses this object.
            return Ok(made_meanwhile);
        }
        let node = value.0;
        values.push(value);
        let last = values.len() - 1;
        set_index(&mut values, last);
        drop(values);
        let list = ptr::from_ref(list);
        // SAFETY: it is from `Arc::into_raw`, and the object has an `Arc` of it as long as it lives.
        let list = unsafe {
            Arc::increment_strong_count(list);
            Arc::from_raw(list)
        };
        TABLE.with(|OfThread(table)| table.borrow_mut().insert(list, node.cast()));
        // SAFETY: as in `find`.
        Ok(unsafe { node.as_ref() })
    }
    // ANCHOR_END: make

    /// Makes `value` this thread's value if there is none, and otherwise gives `f` both.
    fn put(&self, value: T, f: impl FnOnce(&T, T)) {
        match self.find() {
            // SAFETY: as in `try_with`.
            Some(node) => node.value.with(|old| f(unsafe { &*old }, value)),
            None => match self.make(|| value) {
                Ok(_) => {}
                Err(error) => gone(error),
            },
        }
    }

    // ANCHOR: list
    /// The list, which is made now if there is none.
    fn list(&self) -> &List<T> {
        // Acquire: another thread may have made the list that this one is about to use.
        let mut list = self.list.load(Acquire);
        if list.is_null() {
            let new = Arc::into_raw(Arc::new(Lock::new(Vec::with_capacity(4)))).cast_mut();
            // Release: whoever finds the list finds it made.
            list = match self.list.compare_exchange(list, new, Release, Acquire) {
                Ok(_) => new,
                Err(made_by_another) => {
                    // SAFETY: it is from `into_raw` above, and nobody else has seen it.
                    drop(unsafe { Arc::from_raw(new) });
                    made_by_another
                }
            };
        }
        // SAFETY: the object has an `Arc` of it as long as it lives.
        unsafe { &*list }
    }
    // ANCHOR_END: list
}

impl<T, F> Drop for Local<T, F> {
    // ANCHOR: goes
    fn drop(&mut self) {
        // Relaxed: whoever made the list did so before the object could be dropped.
        let list = self.list.load(Relaxed);
        if list.is_null() {
            return;
        }
        // SAFETY: it is from `Arc::into_raw`, and nobody uses the object after this.
        let list = unsafe { Arc::from_raw(list) };
        // Out of the list first: a destructor may take long, and an ending thread need not wait for it.
        let values = mem::take(&mut *list.lock());
        drop_all(values);
    }
    // ANCHOR_END: goes
}

impl<T, F: Fn() -> Cell<T>> Local<Cell<T>, F> {
    /// A copy of this thread's value.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with).
    #[inline]
    pub fn get(&self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Takes this thread's value and leaves the default.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with).
    pub fn take(&self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }
}

impl<T, F> Local<Cell<T>, F> {
    /// Makes `value` this thread's value. `init` is not called.
    ///
    /// # Panics
    ///
    /// When the thread is ending and has dropped its values.
    #[inline]
    pub fn set(&self, value: T) {
        self.put(Cell::new(value), |old, new| old.set(new.into_inner()));
    }
}

impl<T, F: Fn() -> RefCell<T>> Local<RefCell<T>, F> {
    /// Calls `f` with this thread's value, to look at.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with), and when the value is mutably borrowed.
    #[inline]
    pub fn with_borrow<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|value| f(&value.borrow()))
    }

    /// Calls `f` with this thread's value, to change.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with), and when the value is borrowed.
    #[inline]
    pub fn with_borrow_mut<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        self.with(|value| f(&mut value.borrow_mut()))
    }

    /// Takes this thread's value and leaves the default.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with), and when the value is borrowed.
    pub fn take(&self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }
}

impl<T, F> Local<RefCell<T>, F> {
    /// Makes `value` this thread's value. `init` is not called.
    ///
    /// # Panics
    ///
    /// When the value is borrowed; when the thread is ending and has dropped its values.
    pub fn set(&self, value: T) {
        self.put(RefCell::new(value), |old, new| drop(old.replace(new.into_inner())));
    }
}

impl<T: Default> Default for Local<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for Local<T, F> {
    /// Shows this thread's value, and never waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Local");
        match self.find() {
            // SAFETY: as in `try_with`.
            Some(node) => node.value.with(|value| out.field("value", unsafe { &**value })),
            None => out.field("value", &format_args!("<none>")),
        };
        out.finish()
    }
}

impl<T, F> IntoIterator for Local<T, F> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// The values of all threads that have not ended, in no particular order.
    fn into_iter(mut self) -> IntoIter<T> {
        IntoIter { values: mem::take(&mut *self.values().list).into_iter() }
    }
}

/// The values of what was a [`Local`].
pub struct IntoIter<T> {
    values: vec::IntoIter<Value<T>>,
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

/// The values of all threads, in no particular order. No thread drops its value while this is there.
#[must_use = "the values are reached through this, and threads wait for it to end"]
pub struct Values<'a, T> {
    list: LockGuard<'a, Vec<Value<T>>>,
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

/// The thread is ending and has dropped its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the thread is ending and has dropped its values")
    }
}

impl std::error::Error for AccessError {}

#[cold]
fn gone(error: AccessError) -> ! {
    panic!("{error}")
}

/// A value, and the right to drop it: the list has it, or who took it out of the list. It is not a `Box`
/// because the value's thread looks at it in the meantime.
struct Value<T>(NonNull<Node<T>>);

// SAFETY: it is the owner of a `T`.
unsafe impl<T: Send> Send for Value<T> {}
impl<T: UnwindSafe> UnwindSafe for Value<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Value<T> {}

struct Node<T> {
    /// Where in the list this is. Guarded by the list's lock.
    index: UnsafeCell<usize>,
    value: UnsafeCell<ManuallyDrop<T>>,
}

impl<T> Value<T> {
    fn new(value: T) -> Self {
        let value = UnsafeCell::new(ManuallyDrop::new(value));
        let node = Box::new(Node { index: UnsafeCell::new(usize::MAX), value });
        Self(NonNull::from(Box::leak(node)))
    }

    fn node(&self) -> &Node<T> {
        // SAFETY: `self` is what frees it.
        unsafe { self.0.as_ref() }
    }

    fn into_inner(self) -> T {
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
        // SAFETY: taken once. Its thread does not use it: it is the one that calls this, or the object
        // has but one owner.
        node.value.with_mut(|value| unsafe { ManuallyDrop::take(&mut *value) })
    }
}

impl<T> Drop for Value<T> {
    fn drop(&mut self) {
        // SAFETY: nothing is used after its drop.
        drop(unsafe { self.take() });
    }
}

/// Tells the value at `index` where it is.
fn set_index<T>(values: &mut [Value<T>], index: usize) {
    // SAFETY: `values` is exclusively borrowed, so the list is locked.
    values[index].node().index.with_mut(|place| unsafe { *place = index });
}

/// Locks the list when it and this thread's table have room for one more value.
///
/// The global allocator may use a `Local`. So nothing is allocated or freed while a list is locked or a
/// table is borrowed. And whatever is allocated, the allocator may have taken the room that was there.
fn lock_with_room<T>(list: &List<T>) -> LockGuard<'_, Vec<Value<T>>> {
    let table_has_room = || TABLE.with(|OfThread(table)| table.borrow().has_room());
    loop {
        if !table_has_room() {
            Table::make_room();
        }
        let values = list.lock();
        let count = values.len();
        let list_has_room = count < values.capacity();
        if list_has_room && table_has_room() {
            return values;
        }
        drop(values);
        if !list_has_room {
            let mut larger = Vec::with_capacity(2 * count + 4);
            let mut values = list.lock();
            if values.len() < larger.capacity() {
                larger.append(&mut values);
                mem::swap(&mut *values, &mut larger);
            }
            // The list is unlocked before `larger`, which now is the smaller one, is freed.
            drop(values);
        }
    }
}

/// What a thread's table needs of a list, whatever the type of its values.
trait AnyList {
    /// Drops the value of a thread that ends, if it is still there.
    ///
    /// # Safety
    ///
    /// `node` is of a value that was put into this list and that this has not been called for. Nobody
    /// uses the value.
    unsafe fn drop_value(&self, node: NonNull<()>);

    /// Whether the object is gone. May say no when it is.
    fn is_gone(&self) -> bool;
}

impl<T> AnyList for List<T> {
    // ANCHOR: ends
    unsafe fn drop_value(&self, node: NonNull<()>) {
        let mut values = self.lock();
        if values.is_empty() {
            // The object went first, and took the value with it.
            return;
        }
        // SAFETY: the list still has the value, and does not lose it while it is locked.
        let node: &Node<T> = unsafe { node.cast().as_ref() };
        // SAFETY: the list is locked.
        let index = node.index.with(|index| unsafe { *index });
        let value = values.swap_remove(index);
        if index < values.len() {
            set_index(&mut values, index);
        }
        drop(values);
        // A panic that left the thread's last destructor would abort the process.
        contain_panic(|| drop(value.into_inner()));
    }
    // ANCHOR_END: ends

    fn is_gone(&self) -> bool {
        self.try_lock().is_some_and(|values| values.is_empty())
    }
}

/// A thread's values in all objects.
struct Table {
    /// What to drop when the thread ends, in the order in which it was made. Objects that are gone stay
    /// in here until there is no room for another.
    made: Vec<Made>,
    /// A hash table with linear probing. A power of two of entries, or none; at most half are taken.
    entries: Vec<Entry>,
}

struct Made {
    value: NonNull<()>,
    /// Keeps the list allocated, so that no other gets its address.
    list: Arc<dyn AnyList>,
    /// The object was gone when the table was last looked through.
    gone: bool,
}

#[derive(Clone, Copy)]
struct Entry {
    /// The list's address, or [`VACANT`].
    key: *const (),
    value: NonNull<()>,
}

/// No list is here. Not null, which is the address in an object that has no list yet.
const VACANT: *const () = ptr::dangling();

impl Table {
    const NEW: Self = Self { made: Vec::new(), entries: Vec::new() };

    /// With room for one more than `count`, and twice that: the next time is as far away as there are
    /// objects.
    fn with_room(count: usize) -> Self {
        let len = (4 * (count + 1)).next_power_of_two().max(16);
        let vacant = Entry { key: VACANT, value: NonNull::dangling() };
        Self { made: Vec::with_capacity(len / 2), entries: vec![vacant; len] }
    }

    fn has_room(&self) -> bool {
        self.made.len() < self.entries.len() / 2
    }

    /// Adds a value of a list that has none in here, if there is room.
    fn insert<T: 'static>(&mut self, list: Arc<List<T>>, value: NonNull<()>) {
        debug_assert!(self.has_room());
        self.made.push(Made { value, list, gone: false });
        self.place(self.made.len() - 1);
        self.show();
    }

    /// Makes room for another in this thread's table, and forgets objects that are gone.
    fn make_room() {
        let keep = |made: &Made| !made.gone;
        let count = TABLE.with(|OfThread(table)| {
            let made = &mut table.borrow_mut().made;
            made.iter_mut().for_each(|made| made.gone = made.list.is_gone());
            made.iter().filter(|made| keep(made)).count()
        });
        // A table beside the other, which the finder needs until it is shown the new one: the allocator
        // may use it.
        let mut other = Self::with_room(count);
        TABLE.with(|OfThread(table)| {
            let mut table = table.borrow_mut();
            // The allocator may have added some.
            if table.made.iter().filter(|made| keep(made)).count() < other.entries.len() / 2 {
                other.made.extend(table.made.extract_if(.., |made| keep(made)));
                (0..other.made.len()).for_each(|number| other.place(number));
                mem::swap(&mut *table, &mut other);
                table.show();
            }
        });
        // What is dropped here is the old table, and the lists of objects that are gone.
    }

    /// Lets the finder look here.
    fn show(&self) {
        let entries = self.entries.as_ptr();
        FINDER.with(|finder| finder.set(Finder { entries, mask: self.mask() }));
    }

    /// Puts what was made into the first vacant place.
    fn place(&mut self, number: usize) {
        let Made { value, list, .. } = &self.made[number];
        let entry = Entry { key: Arc::as_ptr(list).cast(), value: *value };
        let mut at = first_place(entry.key, self.mask());
        while self.entries[at / SIZE].key != VACANT {
            at = next_place(at, self.mask());
        }
        self.entries[at / SIZE] = entry;
    }

    fn mask(&self) -> usize {
        (self.entries.len() - 1) * SIZE
    }
}

/// The table of a thread, until the thread ends.
struct OfThread(RefCell<Table>);

impl Drop for OfThread {
    fn drop(&mut self) {
        // An error means that the finder is gone already, and then nothing is found either.
        let _ = FINDER.try_with(|finder| finder.set(Finder::NOTHING));
        for Made { value, list, .. } in self.0.get_mut().made.drain(..) {
            // SAFETY: `make` put the value into the list, and both of them here. Nobody finds it now.
            unsafe { list.drop_value(value) };
        }
    }
}

/// Where to look: what of the table is needed to find a value, apart from it because a thread-local that
/// has nothing to drop is found faster.
#[derive(Clone, Copy)]
struct Finder {
    entries: *const Entry,
    /// A place is the number of bytes before an entry. These are the bits of it that may be set.
    mask: usize,
}

impl Finder {
    const NOTHING: Self = {
        const NOTHING: &Entry = &Entry { key: VACANT, value: NonNull::dangling() };
        Self { entries: NOTHING, mask: 0 }
    };

    #[inline]
    fn find(self, key: *const ()) -> Option<NonNull<()>> {
        let mut at = first_place(key, self.mask);
        loop {
            // SAFETY: the mask keeps the place inside the table, which stands as long as the finder does.
            let entry = unsafe { &*self.entries.byte_add(at) };
            if entry.key == key {
                return Some(entry.value);
            }
            if entry.key == VACANT {
                return None;
            }
            at = next_place(at, self.mask);
        }
    }
}

/// The bytes of an entry. Places are counted in bytes because that spares the finder a multiplication.
const SIZE: usize = size_of::<Entry>();

/// Where to begin looking for a list: lists are apart by 64 bytes or so, entries by `SIZE`.
#[inline]
fn first_place(key: *const (), mask: usize) -> usize {
    const { assert!(SIZE.is_power_of_two() && SIZE <= 64) };
    (key.addr() / (64 / SIZE)) & mask
}

/// Where to look next.
#[inline]
fn next_place(at: usize, mask: usize) -> usize {
    (at + SIZE) & mask
}

thread_local! {
    static FINDER: Cell<Finder> = const { Cell::new(Finder::NOTHING) };
    static TABLE: OfThread = const { OfThread(RefCell::new(Table::NEW)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_forgets_objects_that_are_gone_and_keeps_those_that_are_not() {
        let kept: Vec<Local<Cell<usize>>> = (0..20).map(|_| Local::default()).collect();
        kept.iter().enumerate().for_each(|(number, local)| local.set(number));
        for _ in 0..10_000 {
            Local::<Cell<usize>>::default().set(1);
        }
        assert!(kept.iter().enumerate().all(|(number, local)| local.get() == number));
        // At most half are taken, and were as few as those that are kept not long ago.
        TABLE.with(|OfThread(table)| assert!(table.borrow().entries.len() <= 256));
    }
}
