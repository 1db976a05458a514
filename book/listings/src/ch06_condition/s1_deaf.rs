//! Step one, and wrong: unlock, then sleep. What is said between the two is not heard.

use primitives::LockGuard;
use primitives::platform::atomic::AtomicU32;
use primitives::platform::futex;

// ANCHOR: condition
/// A word to sleep on, and no more.
pub struct DeafCondition {
    bed: AtomicU32,
}

impl DeafCondition {
    /// A condition that nobody waits for.
    pub fn new() -> Self {
        Self { bed: AtomicU32::new(0) }
    }

    /// Lets go of the lock, sleeps until a notify, and takes the lock again. Or so it says.
    pub fn wait<T>(&self, guard: &mut LockGuard<'_, T>) {
        // Wrong: the word never changes, so nothing keeps the thread from sleeping.
        LockGuard::unlocked(guard, || futex::wait(&self.bed, 0));
    }

    /// Wakes one thread that sleeps.
    pub fn notify_one(&self) {
        futex::wake_one(&self.bed);
    }
}
// ANCHOR_END: condition

impl Default for DeafCondition {
    fn default() -> Self {
        Self::new()
    }
}
