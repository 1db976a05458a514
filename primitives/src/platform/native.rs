//! The machine's own atomics, futex, clock and threads.

pub mod deadline;
pub mod futex;
pub mod panics;
pub mod spin;

/// The standard library's atomics.
pub mod atomic {
    pub use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering, fence,
    };
    // Some 32-bit machines have none. What needs no such word shall build there.
    #[cfg(target_has_atomic = "64")]
    pub use std::sync::atomic::{AtomicI64, AtomicU64};

    /// Lets traces tell the values of a word by what they mean. Only the model has traces.
    #[inline]
    pub const fn told_as<A, V>(atomic: A, _words: fn(V) -> String) -> A {
        atomic
    }

    /// Lets the model know how many threads hold a lock, from the value of its word. So it can say
    /// which thread waits for which.
    #[inline]
    pub const fn held_as<A, V>(atomic: A, _holders: fn(V) -> u32) -> A {
        atomic
    }

    /// Lets the model take a lock in one step, where the lock is not what it checks. Here `false`:
    /// the machine takes the steps that the code has.
    #[inline]
    pub const fn locked_in_one_step(_word: &AtomicU32, _free: u32, _taken: u32) -> bool {
        false
    }

    /// Lets the model wait for a value in one step, where the wait is not what it checks. Here
    /// `false`, as above.
    #[inline]
    pub const fn awaited_in_one_step(_word: &AtomicU32, _value: u32) -> bool {
        false
    }
}

/// Lets traces and reports of stuck threads call an object by a name. Only the model has them.
#[inline]
pub fn name<T: ?Sized>(_object: &T, _name: &str) {}

/// Waits in the line for the object. The model's reports of stuck threads say so.
#[inline]
pub fn in_line<T: ?Sized, R>(_object: &T, wait: impl FnOnce() -> R) -> R {
    wait()
}

/// Lets the model know that the running thread holds the object from now on.
#[inline]
pub fn takes<T: ?Sized>(_object: &T) {}

/// Lets the model know that no thread holds the object any more.
#[inline]
pub fn lets_go<T: ?Sized>(_object: &T) {}

/// The clock that deadlines are read on.
pub mod time {
    pub use std::time::{Duration, Instant};

    /// The deadline passed and no wake had come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TimedOut;
}

/// Threads of the operating system.
pub mod thread {
    pub use std::thread::{JoinHandle, panicking, sleep, yield_now};

    use std::cell::Cell;
    use std::sync::{Mutex, PoisonError};

    /// The running thread's number, which is not zero and which no other thread of the process ever
    /// has, also after this one has ended.
    ///
    /// On most systems thread-locals are native, and a thread keeps its number to its very end.
    /// Where the standard library builds them from keys of the system, as on some rare ones, the
    /// number may be lost while the thread drops its thread-locals: a destructor that asks for it
    /// panics or gets another.
    #[inline]
    pub fn id() -> u64 {
        std::thread_local!(static ID: Cell<u64> = const { Cell::new(0) });
        #[cold]
        fn number() -> u64 {
            // Not an atomic, since not every machine has one of 64 bits.
            static LAST: Mutex<u64> = Mutex::new(0);
            let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
            // At a billion threads a second, the numbers last for five hundred years.
            *last += 1;
            ID.set(*last);
            *last
        }
        // The cell has nothing to drop, so where it is native it can be read up to the very end.
        match ID.get() {
            0 => number(),
            id => id,
        }
    }

    /// The running thread's name, or its number if it has none.
    pub fn name() -> String {
        let thread = std::thread::current();
        thread.name().map_or_else(|| format!("thread {}", id()), str::to_owned)
    }

    /// How the system calls the running thread, or 0 where nothing can be asked about it.
    pub fn system_id() -> u32 {
        #[cfg(target_os = "linux")]
        return rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
        #[cfg(not(target_os = "linux"))]
        0
    }

    /// Whether a thread of this process sleeps, as far as the system says: it waits for something
    /// else than a processor. `false` also means that nobody knows.
    pub fn is_asleep(system_id: u32) -> bool {
        // The name may hold anything, also brackets. The state comes after the last one.
        let stat = std::fs::read_to_string(format!("/proc/self/task/{system_id}/stat"));
        let state = |stat: String| stat.rsplit_once(')')?.1.trim_start().chars().next();
        stat.ok().and_then(state).is_some_and(|state| matches!(state, 'S' | 'D'))
    }

    /// Starts a thread under a name that panics, debuggers and traces show.
    ///
    /// # Panics
    ///
    /// When the operating system refuses another thread.
    pub fn spawn<T: Send + 'static>(
        name: &str,
        body: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(body)
            .expect("the operating system refused another thread")
    }
}

pub use std::thread_local;

/// A cell whose content is reached through closures, so that the model can see each access.
#[derive(Debug)]
#[repr(transparent)]
pub struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Gives the value back.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Calls `read` with a pointer that may be read through while no other thread writes.
    #[inline(always)]
    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    /// Calls `write` with a pointer that may be written through while no other thread has access.
    #[inline(always)]
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }

    /// The value, when the borrow checker already proves that nobody shares it.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

/// Declares functions that are `const` natively. The model registers each object as it is made, so
/// there they cannot be.
macro_rules! const_unless_modelled {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:tt)*) -> $out:ty $body:block)+) => {
        $($(#[$meta])* $vis const fn $name($($arg)*) -> $out $body)+
    };
}
pub(crate) use const_unless_modelled;
