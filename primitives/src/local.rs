//! A value for each thread, in an object.
//!
//! Use it for what each thread should have for itself, so that no lock is needed: a buffer, a
//! random number generator, a count that is added up in the end. A thread's value is made when the
//! thread first asks for it and dropped when the thread ends. Unlike `std::thread_local!` it need
//! not be a static: it may be a field, and when the object goes, the values of all threads go with
//! it.
//!
//! # States
//!
//! The object has a list of all its values. Each thread has a table of its own values in all
//! objects, which no other thread reads: finding a value takes no lock.
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
//! An ending thread and an object that goes may want to drop the same value. The one that takes it
//! out of the list, under the list's lock, drops it. A table keeps the lists of its entries
//! allocated, so that no later object has a list at the same address and is shown a value of an
//! earlier one.
//!
//! # When values are dropped
//!
//! - When a thread ends, it drops its values, in the order in which it made them. They are all out
//!   of reach by then: a destructor that asks this or another `Local` for one gets an
//!   [`AccessError`] from [`try_with`](Local::try_with), and a panic from `with`. A panic in a
//!   destructor is reported like any other and goes no further; the other values are dropped all
//!   the same.
//! - When the object is dropped, the thread that drops it drops all values that are left. Their
//!   destructors may use other objects. A panic in one is passed on when all have been dropped,
//!   unless the thread is panicking already. Further panics are reported and go no further.
//! - When the process ends, the values of its main thread may not be dropped, and those of threads
//!   that
//!   are still running are not.
//! - [`std::process::exit`] drops the values of the thread that calls it, on Linux at least. If
//!   that is inside [`with`](Local::with), `f` never ends, and the destructor finds what it has
//!   left half done. Lend a value to no other thread around such a call. All this is the same for
//!   `std::thread_local!`.
//! - A child made by `fork` has the values of the thread that forked. Those of the other threads
//!   stay in
//!   the lists, and are dropped only with their objects.
//!
//! A global allocator may use a `Local`, if it does not count, or whatever it does, when its own
//! use of the `Local` calls it again.
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

mod table;
mod values;

pub use values::{IntoIter, Values};

use super::lock::{Lock, LockGuard};
use super::platform::atomic::{
    AtomicPtr,
    Ordering::{Acquire, Relaxed, Release},
};
use super::platform::const_unless_modelled;
use super::platform::panics::{contain_panic, drop_all};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use table::AnyList;
use values::{Node, Value};

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

// SAFETY: through a shared object a thread reaches its own value only, and `init`, which is `Sync`.
// Values of other threads are reached by the object's only owner, on whatever thread that is:
// `T: Send`.
unsafe impl<T: Send, F: Sync> Sync for Local<T, F> {}
// Its own lists are right after a panic. What a panic leaves of a value is seen by the value's
// thread, as with `std::thread_local!`.
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
        // SAFETY: the value stays until this thread ends, which it does not do in here, or the
        // object goes, which is borrowed; and nobody writes to it while the object is shared.
        // Should `f` end the process, which drops the value, it does not come back to use it.
        Ok(value.value.with(|value| f(unsafe { &*value })))
    }
    // ANCHOR_END: with
}

impl<T, F> Local<T, F> {
    /// Calls `f` with this thread's value if there is one. Makes none.
    ///
    /// ```
    /// let local = primitives::Local::new(|| 7);
    /// assert_eq!(local.peek(|value| *value), None);
    /// local.with(|_| ());
    /// assert_eq!(local.peek(|value| *value), Some(7));
    /// ```
    #[inline]
    pub fn peek<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        // SAFETY: as in `try_with`.
        self.find().map(|node| node.value.with(|value| f(unsafe { &*value })))
    }

    /// All threads' values that are there now, for the only owner of the object.
    ///
    /// A thread that ends waits for the guard before it drops its values, so drop the guard before
    /// you join a thread. All wait for ever for a guard that is forgotten: threads that end or use
    /// the object for the first time, and the drop of the object itself. A thread of a
    /// [scope](std::thread::scope) may still be about to drop its values when the scope has ended.
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
        // Relaxed: the pointer is only compared. If the table has it, this thread has been through
        // `make`.
        self.find_by(self.list.load(Relaxed))
    }

    #[inline]
    fn find_by(&self, list: *const List<T>) -> Option<&Node<T>> {
        let value = table::find(list.cast())?;
        // SAFETY: under the address of our list, the table has a node of our list. It is there
        // until the object goes, which is borrowed, or the thread ends, for which see `try_with`.
        Some(unsafe { value.cast().as_ref() })
    }
    // ANCHOR_END: find

    // ANCHOR: make
    /// Makes this thread's value.
    #[cold]
    fn make(&self, init: impl FnOnce() -> T) -> Result<&Node<T>, AccessError> {
        // Ask first: without a table nobody would drop what `init` makes.
        if !table::is_there() {
            return Err(AccessError);
        }
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
        // SAFETY: it is from `Arc::into_raw`, and the object has an `Arc` of it as long as it
        // lives.
        let list = unsafe {
            Arc::increment_strong_count(list);
            Arc::from_raw(list)
        };
        table::insert(list, node.cast());
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

impl<T, F> Local<T, F> {
    /// Drops the values of all threads. A thread that asks again gets a new one.
    ///
    /// # Panics
    ///
    /// When the drop of a value does. All are dropped all the same.
    pub fn clear(&mut self) {
        let list = self.list.load(Relaxed);
        // A new list is made when it is needed: to the tables of threads, this is another object.
        self.list.store(ptr::null_mut(), Relaxed);
        // SAFETY: nobody finds it here any more.
        unsafe { drop_list(list) };
    }
}

impl<T, F> Drop for Local<T, F> {
    fn drop(&mut self) {
        // SAFETY: nobody uses the object after this.
        unsafe { drop_list(self.list.load(Relaxed)) };
    }
}

// ANCHOR: goes
/// Drops an object's list, if it has one, with all values in it.
///
/// # Safety
///
/// The list is from `Arc::into_raw`, and nobody takes it from the object after this.
unsafe fn drop_list<T>(list: *const List<T>) {
    if list.is_null() {
        return;
    }
    // SAFETY: as the caller promises. It was made before the object had but one owner.
    let list = unsafe { Arc::from_raw(list) };
    // Out of the list first: a destructor may take long, and a thread that ends need not wait.
    let values = mem::take(&mut *list.lock());
    drop_all(values);
}
// ANCHOR_END: goes

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

/// Tells the value at `index` where it is.
fn set_index<T>(values: &mut [Value<T>], index: usize) {
    // SAFETY: `values` is exclusively borrowed, so the list is locked.
    values[index].node().index.with_mut(|place| unsafe { *place = index });
}

/// Locks the list when it and this thread's table have room for one more value.
///
/// The global allocator may use a `Local`. So nothing is allocated or freed while a list is locked
/// or a table is borrowed. And whatever is allocated, the allocator may have taken the room that
/// was there.
fn lock_with_room<T>(list: &List<T>) -> LockGuard<'_, Vec<Value<T>>> {
    loop {
        if !table::has_room() {
            table::make_room();
        }
        let values = list.lock();
        let count = values.len();
        let list_has_room = count < values.capacity();
        if list_has_room && table::has_room() {
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
