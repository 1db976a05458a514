//! What loom's search needs and ours does not: how a thread lets loom take a step, how it is parked
//! and woken, and how it ends. Loom knows nothing of stuck threads or of time, and learns of them
//! only through the operations in [`visible`].

use super::panics::{cut_for, panic_message};
use super::{EarlyEnd, MAX_OPERATIONS, Waiting};
use super::{Execution, State, WaitsOn, count_operation, over, run, unwinding, with};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::rc::Rc;

/// Loom's own limit. An operation takes at most seven of its branches (which thread goes next, what
/// is read, and the loads of the others), a thread's start and end a few.
pub(crate) const MAX_BRANCHES: usize = 7 * MAX_OPERATIONS + 200;

/// The most threads that loom explores, the main one included.
pub(crate) const MAX_THREADS: usize = loom::MAX_THREADS;

/// Words by which loom is told of dependences that it does not see.
pub(super) struct LoomWords {
    /// For each thread, the word that stands for all its loads. See `atomic::Loads`.
    loads: Vec<Rc<loom::sync::atomic::AtomicBool>>,
    /// The word that stands for all sequentially consistent fences, whose order matters.
    fences: Rc<loom::sync::atomic::AtomicBool>,
}

impl LoomWords {
    pub(super) fn new() -> Self {
        let word = || Rc::new(loom::sync::atomic::AtomicBool::new(false));
        Self { fences: word(), loads: (0..MAX_THREADS).map(|_| word()).collect() }
    }
}

/// Puts back, when a visible operation ends, which thread is running.
struct Resume(usize);

impl Resume {
    fn me() -> Self {
        Self(with(|execution| {
            execution.in_operation = true;
            execution.current
        }))
    }
}

impl Drop for Resume {
    fn drop(&mut self) {
        with(|execution| {
            execution.in_operation = false;
            execution.current = self.0;
        });
    }
}

/// Takes one step that loom sees.
///
/// When the execution has been cut short, unwinds; on a thread that already unwinds, does `plainly`
/// instead, on values that loom does not see.
pub(crate) fn visible<R>(operation: impl FnOnce() -> R, plainly: impl FnOnce() -> R) -> R {
    if over() {
        return plainly();
    }
    if count_operation() {
        return plainly();
    }
    let unwinding = unwinding();
    let caught = {
        let _resume = Resume::me();
        catch_unwind(AssertUnwindSafe(operation))
    };
    let result = match caught {
        Ok(result) => result,
        // A second panic would abort the process: note it as the execution's end instead.
        Err(payload) if unwinding => {
            cut_for(panic_message(&*payload));
            plainly()
        }
        Err(payload) => {
            with(|execution| execution.me().unwinding = true);
            resume_unwind(payload);
        }
    };
    // Another thread may have cut the execution short while this one was switched away.
    over();
    result
}

/// Parks the running thread until [`wake`]. No visible operation may lie between the caller's
/// decision to wait and this call.
pub(crate) fn wait(on: WaitsOn, at: &'static Location<'static>) {
    let parks = with(|execution| {
        execution.me().state = State::Waiting { at, on };
        execution.settle();
        execution.early_end.is_none()
    });
    if parks {
        let _resume = Resume::me();
        loom::thread::park();
    }
    with(|execution| execution.me().state = State::Running);
    over();
}

/// Lets a thread go on that waits, or is about to time out.
pub(crate) fn wake(thread: usize) {
    with(|execution| {
        if matches!(execution.threads[thread].state, State::Waiting { .. }) {
            execution.wake(thread);
        }
    });
}

/// Takes a step that loom takes to depend on every other step that touches the loads of this
/// thread.
pub(crate) fn touch_loads_of(thread: usize) {
    touch(&with(|execution| execution.loom.as_ref().expect("loom's search").loads[thread].clone()));
}

/// Takes a step that loom takes to depend on every other sequentially consistent fence.
pub(crate) fn touch_fences() {
    touch(&with(|execution| execution.loom.as_ref().expect("loom's search").fences.clone()));
}

fn touch(word: &loom::sync::atomic::AtomicBool) {
    use std::sync::atomic::Ordering::Relaxed;
    // An exchange that fails changes nothing, and counts as more than a load.
    let _ = word.compare_exchange(true, true, Relaxed, Relaxed);
}

/// The end of a spawned thread: hands over to whoever joins it.
fn exit(id: usize) {
    let stays = with(|execution| {
        let stays = execution.threads[id].joiner.is_none() && execution.early_end.is_none();
        if stays {
            execution.threads[id].state = State::Unjoined;
            execution.settle();
        }
        stays
    });
    // Stay until joined, so that the joiner learns from a wake of ours what we did, and loom need
    // not try "joined before the end" and "joined after" as two orders.
    if stays {
        let _resume = Resume::me();
        loom::thread::park();
    }
    with(|execution| {
        execution.threads[id].state = State::Ended;
        if let Some(joiner) = execution.threads[id].joiner
            && matches!(execution.threads[joiner].state, State::Waiting { .. })
        {
            execution.wake(joiner);
        }
    });
}

/// The end of the main thread's body.
pub(crate) fn exit_main() {
    with(|execution| {
        execution.threads[0].state = State::Ended;
        execution.settle();
    });
}

/// Starts a thread. `body` must not unwind.
pub(super) fn spawn<T: 'static>(
    name: &str,
    body: impl FnOnce() -> T + 'static,
    result: Rc<Cell<Option<T>>>,
) -> usize {
    let id = with(|execution| execution.threads.len());
    assert!(id < MAX_THREADS, "a model has at most {MAX_THREADS} threads, the main one included");
    let handle = loom::thread::spawn(move || {
        with(|execution| {
            execution.in_operation = false;
            execution.current = id;
        });
        result.set(run(body));
        exit(id);
    });
    with(|execution| execution.add_thread(name, Some(handle.thread().clone())))
}

/// Waits for the end of a thread that has not been joined before.
pub(super) fn join(id: usize, at: &'static Location<'static>) {
    with(|execution| {
        execution.threads[id].joiner = Some(execution.current);
        if execution.threads[id].state == State::Unjoined {
            execution.wake(id);
        }
    });
    wait(WaitsOn::Thread(id), at);
}

impl Execution {
    /// Lets a thread go on.
    pub(super) fn wake(&mut self, thread: usize) {
        self.threads[thread].state = State::Running;
        if let Some(handle) = &self.threads[thread].handle {
            handle.unpark();
        }
    }

    /// Called when a thread stops running. If it was the last, either somebody waits and nobody can
    /// go on, or all have ended and those that nobody joined may leave.
    pub(super) fn settle(&mut self) {
        if self.threads.iter().any(|thread| thread.state == State::Running) {
            return;
        }
        let waiting: Vec<Waiting> =
            self.threads.iter().filter_map(|thread| self.waiting(thread)).collect();
        if !waiting.is_empty() {
            return self.end_early(EarlyEnd::Stuck(waiting));
        }
        for thread in 0..self.threads.len() {
            if self.threads[thread].state == State::Unjoined {
                self.wake(thread);
            }
        }
    }
}
