//! A value that shows who uses it at once.

use primitives::platform::UnsafeCell;

/// A number to be guarded: the search reports a race where one thread changes it and nothing orders
/// that before or after another use.
pub struct Guarded(UnsafeCell<u32>);

// SAFETY: all threads of a model run on one thread of the system, and the search ends an execution
// at the first use that is not ordered with the others.
unsafe impl Sync for Guarded {}

impl Guarded {
    /// Zero.
    #[track_caller]
    pub fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    /// Adds one.
    #[track_caller]
    pub fn change(&self) {
        // SAFETY: as for `Sync`.
        self.0.with_mut(|value| unsafe { *value += 1 });
    }

    /// How often it was changed.
    #[track_caller]
    pub fn look(&self) -> u32 {
        // SAFETY: as for `Sync`.
        self.0.with(|value| unsafe { *value })
    }
}

impl Default for Guarded {
    fn default() -> Self {
        Self::new()
    }
}
