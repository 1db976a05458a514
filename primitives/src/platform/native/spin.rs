//! How long a thread looks again before it sleeps.

/// A few looks in quick succession, then a few that let other threads run in between, then no more.
///
/// A sleep costs two system calls and a few microseconds. Most critical sections are shorter, so a
/// thread that finds a lock taken looks again before it sleeps.
#[derive(Debug, Default)]
pub struct Spin {
    looks: u32,
}

impl Spin {
    /// A fresh budget of looks.
    #[inline]
    pub const fn new() -> Self {
        Self { looks: 0 }
    }

    /// Waits a moment. `false` means that the budget is used up: go to sleep.
    #[inline]
    pub fn spin(&mut self) -> bool {
        if self.looks >= 10 {
            return false;
        }
        self.looks += 1;
        if self.looks <= 3 {
            for _ in 0..1 << self.looks {
                std::hint::spin_loop();
            }
        } else {
            std::thread::yield_now();
        }
        true
    }
}
