use super::answer::{Semaphores, test};
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .fails("the semaphore that leaks", test::<Leaking>)
        .holds("your test over the right semaphore", test::<Semaphore>)
}

/// Looks whether there is a permit once more after the time-out, takes it, and still says no.
struct Leaking {
    permits: AtomicU32,
}

impl Leaking {
    fn acquire_until(&self, deadline: Option<Instant>) -> bool {
        let mut late = false;
        loop {
            let permits = self.permits.load(Relaxed);
            if permits == 0 && late {
                return false;
            }
            if permits == 0 {
                late = futex::wait_until(&self.permits, 0, deadline).is_err();
                continue;
            }
            let taken = self.permits.compare_exchange(permits, permits - 1, Acquire, Relaxed);
            if taken.is_ok() {
                return !late;
            }
        }
    }
}

impl Semaphores for Leaking {
    fn new(permits: u32) -> Self {
        Self { permits: AtomicU32::new(permits) }
    }
    fn acquire(&self) {
        self.acquire_until(None);
    }
    fn acquire_for(&self, timeout: Duration) -> bool {
        self.acquire_until(Some(Instant::now() + timeout))
    }
    fn release(&self) {
        self.permits.fetch_add(1, Release);
        futex::wake_one(&self.permits);
    }
}

impl Semaphores for Semaphore {
    fn new(permits: u32) -> Self {
        Self::new(permits)
    }
    fn acquire(&self) {
        self.acquire().forget();
    }
    fn acquire_for(&self, timeout: Duration) -> bool {
        self.try_acquire_for(timeout).map(|permit| permit.forget()).is_some()
    }
    fn release(&self) {
        self.release(1).expect("few permits");
    }
}
