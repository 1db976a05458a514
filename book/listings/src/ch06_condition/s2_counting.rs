//! Step two: the word counts the notifies, so that no notify is missed. Who goes on is left to
//! chance.

use primitives::LockGuard;
use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::futex;

// ANCHOR: condition
/// How often it was notified. Waiters sleep on it.
pub struct CountingCondition {
    notified: AtomicU32,
}

impl CountingCondition {
    /// A condition that nobody waits for.
    pub fn new() -> Self {
        Self { notified: AtomicU32::new(0) }
    }

    /// Lets go of the lock, sleeps until a notify, and takes the lock again.
    pub fn wait<T>(&self, guard: &mut LockGuard<'_, T>) {
        // Read while the lock is held: whoever changes something afterwards makes it another
        // number.
        let seen = self.notified.load(Relaxed);
        LockGuard::unlocked(guard, || futex::wait(&self.notified, seen));
    }

    /// Wakes one thread that sleeps, and keeps others from falling asleep.
    pub fn notify_one(&self) {
        self.notified.fetch_add(1, Relaxed);
        futex::wake_one(&self.notified);
    }
}
// ANCHOR_END: condition

impl Default for CountingCondition {
    fn default() -> Self {
        Self::new()
    }
}
