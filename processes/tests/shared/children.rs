//! Children that do something, and may be killed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread::yield_now;

/// A process that was made by `fork`. Dropping it kills it.
pub struct Child(libc::pid_t);

impl Child {
    /// Runs `body` in a child.
    pub fn start(body: impl FnOnce()) -> Self {
        // SAFETY: the child uses nothing that another thread of the parent may have left half done.
        match unsafe { libc::fork() } {
            -1 => panic!("no further process"),
            0 => {
                // The child is this test's: it goes when the test is killed.
                // SAFETY: both calls take numbers alone.
                unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
                let code = catch_unwind(AssertUnwindSafe(body)).map_or(101, |()| 0);
                // SAFETY: as above.
                unsafe { libc::_exit(code) }
            }
            number => Self(number),
        }
    }

    /// Runs `body` in a child again and again, until the kernel ends it after so many microseconds.
    pub fn start_for(microseconds: u64, mut body: impl FnMut()) -> Self {
        Self::start(|| {
            let zero = libc::timeval { tv_sec: 0, tv_usec: 0 };
            let once = libc::timeval { tv_sec: 0, tv_usec: microseconds as libc::suseconds_t };
            let timer = libc::itimerval { it_interval: zero, it_value: once };
            // SAFETY: both point to what lives as long as the call. Nobody handles the signal.
            unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
            loop {
                body();
            }
        })
    }

    pub fn number(&self) -> u32 {
        self.0.unsigned_abs()
    }

    /// Waits for its end, which must be a good one.
    pub fn join(self) {
        assert_eq!(self.wait(), 0, "it ended well");
        std::mem::forget(self);
    }

    /// Waits for the kernel to end it.
    pub fn ended(self) {
        assert_eq!(self.wait(), libc::SIGALRM, "the kernel ended it");
        std::mem::forget(self);
    }

    /// Kills it, and waits for its end.
    pub fn kill(self) {
        drop(self);
    }

    fn wait(&self) -> i32 {
        let mut status = 0;
        // SAFETY: the child is not yet waited for, and the status is this function's.
        assert_eq!(unsafe { libc::waitpid(self.0, &mut status, 0) }, self.0);
        status
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: the child is not yet waited for, so the number is still its own.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
        self.wait();
    }
}

/// Waits until another process has made the word so much.
pub fn wait_until(word: &AtomicU32, value: u32) {
    while word.load(Relaxed) < value {
        yield_now();
    }
}

/// Sleeps until it is killed.
pub fn sleep_for_ever() -> ! {
    loop {
        // SAFETY: it takes nothing.
        unsafe { libc::pause() };
    }
}

/// Numbers that look random, always the same.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// Lets a moment pass, of up to so many looks.
    pub fn moment(&mut self, most: u64) {
        (0..self.below(most)).for_each(|_| std::hint::spin_loop());
    }
}
