//! Threads that wait, and whether all of a kind do.

use super::super::parker::Parker;
use super::super::platform::atomic::{AtomicUsize, Ordering::Relaxed};
use super::super::platform::deadline::Deadline;
use super::super::platform::thread_local;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::task::Wake;

/// Threads that alone bring some futures to their end, such as the workers of a pool. If all of
/// them sleep until one of those futures has ended, none ever will: so the last of them panics
/// instead.
///
/// Here is the smallest, of one thread:
///
/// ```
/// use primitives::Promise;
/// use primitives::future::Crew;
/// use std::panic::{AssertUnwindSafe, catch_unwind};
///
/// let crew = Crew::new(1);
/// crew.enlist();
/// let (_promise, future) = Promise::<i32>::of_crew(&crew);
/// // This thread would have to keep the promise, and cannot while it waits.
/// assert!(catch_unwind(AssertUnwindSafe(|| _ = future.result())).is_err());
/// ```
pub struct Crew {
    size: usize,
    /// How many of them sleep without a time limit for a future of this crew.
    waiting: AtomicUsize,
}

thread_local! {
    /// Of which crew this thread is a member.
    static MEMBER_OF: RefCell<Option<Arc<Crew>>> = const { RefCell::new(None) };
}

impl Crew {
    /// A crew that so many threads are going to join.
    pub fn new(size: usize) -> Arc<Self> {
        Arc::new(Self { size, waiting: AtomicUsize::new(0) })
    }

    /// Makes this thread a member, and of no other crew. Once for each thread: a crew that has
    /// fewer members than it is said to have never panics.
    pub fn enlist(self: &Arc<Self>) {
        MEMBER_OF.with(|crew| crew.replace(Some(self.clone())));
    }

    /// Whether this thread is a member.
    pub fn has_me(self: &Arc<Self>) -> bool {
        MEMBER_OF.with(|crew| crew.borrow().as_ref().is_some_and(|crew| Arc::ptr_eq(crew, self)))
    }

    // ANCHOR: enter
    /// A member is about to sleep until a future of the crew has ended.
    fn enter(&self) {
        // Relaxed: only the number counts. A member is taken out of it before it is woken, by a
        // thread that is awake: so if all are in it, all sleep.
        if self.waiting.fetch_add(1, Relaxed) + 1 == self.size {
            self.leave();
            panic!("all workers of a pool would wait for tasks of that pool, and none would run");
        }
    }
    // ANCHOR_END: enter

    fn leave(&self) {
        self.waiting.fetch_sub(1, Relaxed);
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.waiting.load(Relaxed);
        f.debug_struct("Crew").field("size", &self.size).field("waiting", &waiting).finish()
    }
}

/// A thread that waits for futures. It is woken as a task of async code is, by its waker.
pub(super) struct Sleeper {
    parker: Parker,
    /// The crew that counts it among those that wait.
    counted: Option<Arc<Crew>>,
}

impl Sleeper {
    /// A sleeper that waits for a future, or for the first of several. `crew` finds the crew that
    /// alone brings them to their end.
    ///
    /// # Panics
    ///
    /// When all others of the crew wait already. With a deadline it panics never: the wait ends.
    pub(super) fn new<'a>(
        deadline: Deadline,
        crew: impl FnOnce() -> Option<&'a Arc<Crew>>,
    ) -> Arc<Self> {
        let for_ever = deadline == Deadline::Never;
        let counted = if for_ever { crew().filter(|crew| crew.has_me()) } else { None };
        counted.inspect(|crew| crew.enter());
        Arc::new(Self { parker: Parker::new(), counted: counted.cloned() })
    }

    /// `false` means that `deadline` passed first.
    pub(super) fn sleep_by(&self, deadline: Deadline) -> bool {
        self.parker.park_by(deadline)
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        if let Some(crew) = &self.counted {
            crew.leave();
        }
        self.parker.unpark();
    }
}
