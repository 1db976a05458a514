//! The machine's own atomics, futex, clock and threads.

// A primitive that was copied alone uses only part of this file.
#![allow(dead_code, unused_imports, unused_macros)]

pub mod futex;
pub mod panics;
pub mod spin;

/// The standard library's atomics.
pub mod atomic {
    pub use std::sync::atomic::{
        AtomicBool, AtomicI64, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering,
        fence,
    };
}

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
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// The running thread's number, which is not zero and which no other thread of the process ever
    /// has, also after this one has ended.
    #[inline]
    pub fn id() -> u64 {
        std::thread_local!(static ID: Cell<u64> = const { Cell::new(0) });
        #[cold]
        fn number() -> u64 {
            static LAST: AtomicU64 = AtomicU64::new(0);
            // At a billion threads a second, the numbers last for five hundred years.
            let id = LAST.fetch_add(1, Relaxed) + 1;
            ID.set(id);
            id
        }
        // The cell has nothing to drop, so it can be read up to the thread's very end.
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
