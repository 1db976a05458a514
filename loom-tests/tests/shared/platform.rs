//! The modelled platform, with a step before each operation at which the thread may die, and the
//! kernel's robust list.

pub use primitives::platform::*;

/// The modelled atomics, each operation of which is a step.
pub mod atomic {
    use super::super::death::{may_lock_in_one_step, step};
    use primitives::platform::atomic as modelled;
    pub use primitives::platform::atomic::Ordering;

    macro_rules! mortal {
        ($name:ident, $value:ty) => {
            #[derive(Debug)]
            pub struct $name(pub(super) modelled::$name);

            #[allow(dead_code)]
            impl $name {
                #[track_caller]
                pub fn new(value: $value) -> Self {
                    Self(modelled::$name::new(value))
                }

                #[track_caller]
                pub fn load(&self, order: Ordering) -> $value {
                    if step() { self.0.load(order) } else { 0 }
                }

                #[track_caller]
                pub fn store(&self, value: $value, order: Ordering) {
                    if step() {
                        self.0.store(value, order);
                    }
                }

                #[track_caller]
                pub fn fetch_and(&self, value: $value, order: Ordering) -> $value {
                    if step() { self.0.fetch_and(value, order) } else { 0 }
                }

                #[track_caller]
                pub fn fetch_or(&self, value: $value, order: Ordering) -> $value {
                    if step() { self.0.fetch_or(value, order) } else { 0 }
                }

                #[track_caller]
                pub fn compare_exchange(
                    &self,
                    old: $value,
                    new: $value,
                    order: Ordering,
                    failed: Ordering,
                ) -> Result<$value, $value> {
                    if step() { self.0.compare_exchange(old, new, order, failed) } else { Ok(old) }
                }

                #[track_caller]
                pub fn compare_exchange_weak(
                    &self,
                    old: $value,
                    new: $value,
                    order: Ordering,
                    failed: Ordering,
                ) -> Result<$value, $value> {
                    if !step() {
                        return Ok(old);
                    }
                    self.0.compare_exchange_weak(old, new, order, failed)
                }
            }
        };
    }
    mortal!(AtomicU32, u32);
    mortal!(AtomicU64, u64);

    #[track_caller]
    pub fn locked_in_one_step(word: &AtomicU32, free: u32, taken: u32) -> bool {
        may_lock_in_one_step() && step() && modelled::locked_in_one_step(&word.0, free, taken)
    }

    pub fn told_as(word: AtomicU64, tell: fn(u64) -> String) -> AtomicU64 {
        AtomicU64(modelled::told_as(word.0, tell))
    }
}

/// The modelled futex. Nobody is woken here that nobody wakes, but for a thread that may nap.
pub mod futex {
    use super::super::death::{die, has_napped, is_near, may_nap, step};
    use super::atomic::AtomicU32;
    use primitives::platform::futex as modelled;
    use primitives::platform::time::{Duration, Instant, TimedOut};

    #[track_caller]
    pub fn wait_until(
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Instant>,
    ) -> Result<(), TimedOut> {
        step();
        if is_near() {
            // It dies in its sleep, or after it was woken, whichever comes first.
            let death = Instant::now() + Duration::from_secs(1);
            let _ = modelled::wait_until(&word.0, expected, Some(death));
            die();
        }
        if may_nap() && deadline.is_none() {
            let end = Instant::now() + Duration::from_millis(50);
            if modelled::wait_until(&word.0, expected, Some(end)).is_err() {
                has_napped();
            }
            return Ok(());
        }
        modelled::wait_until(&word.0, expected, deadline)
    }

    #[track_caller]
    pub fn wake_one(word: &AtomicU32) -> bool {
        step() && modelled::wake_one(&word.0)
    }

    #[track_caller]
    pub fn wake_all(word: &AtomicU32) {
        if step() {
            modelled::wake_all(&word.0);
        }
    }
}

/// What `processes/src/shared/platform/robust.rs` is, with a kernel of our own.
pub mod robust {
    use super::super::death::step;
    use super::atomic::AtomicU32;
    use primitives::platform::atomic::Ordering::{AcqRel, Relaxed};
    use primitives::platform::{futex, thread, thread_local};
    use std::cell::{Cell, RefCell};

    const OWNER: u32 = (1 << 30) - 1;
    const OWNER_DIED: u32 = 1 << 30;
    const WAITERS: u32 = 1 << 31;

    thread_local! {
        static PENDING: Cell<Option<*const Futex>> = Cell::new(None);
        static HELD: RefCell<Vec<*const Futex>> = RefCell::new(Vec::new());
    }

    #[derive(Debug)]
    pub struct Futex {
        pub word: AtomicU32,
    }

    impl Futex {
        #[track_caller]
        pub fn new() -> Self {
            Self { word: AtomicU32::new(0) }
        }
    }

    pub struct Me {
        pub thread: u32,
        pub process: u32,
    }

    pub fn me() -> Me {
        let thread = thread::id() as u32;
        Me { thread, process: thread + 100 }
    }

    pub fn begin(futex: &Futex) {
        if step() {
            PENDING.with(|pending| pending.set(Some(futex)));
        }
    }

    pub fn end() {
        if step() {
            PENDING.with(|pending| pending.set(None));
        }
    }

    pub fn add(futex: &Futex) {
        if step() {
            HELD.with(|held| held.borrow_mut().push(futex));
        }
    }

    pub fn remove(futex: &Futex) {
        if step() {
            HELD.with(|held| held.borrow_mut().retain(|&one| !std::ptr::eq(one, futex)));
        }
    }

    pub fn in_order() {}

    /// What the kernel does: `exit_robust_list` and `handle_futex_death` in its
    /// `kernel/futex/core.c`.
    pub fn thread_has_died() {
        let pending = PENDING.with(|pending| pending.take());
        let held = HELD.with(|held| held.take());
        for futex in held.into_iter().filter(|futex| Some(*futex) != pending) {
            handle_death(futex, false);
        }
        if let Some(futex) = pending {
            handle_death(futex, true);
        }
    }

    fn handle_death(futex: *const Futex, pending: bool) {
        // SAFETY: the thread that died was using it, and whoever shares it keeps it until all
        // threads of the program have ended.
        let word = unsafe { &(*futex).word.0 };
        // The newest value: a thread that was woken has seen what its waker wrote, also in the
        // kernel.
        let mut state = word.fetch_and(u32::MAX, Relaxed);
        loop {
            if pending && state & OWNER == 0 {
                futex::wake_one(word);
                return;
            }
            if state & OWNER != thread::id() as u32 {
                return;
            }
            let freed = state & WAITERS | OWNER_DIED;
            // The kernel orders it with all that the dead thread did.
            match word.compare_exchange(state, freed, AcqRel, Relaxed) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        if state & WAITERS != 0 {
            futex::wake_one(word);
        }
    }
}
