//! Searching a program whole, and judging each of its histories.

use crate::history::{self, Clock, History};
use crate::program::Program;
use crate::subject::{Specification, Subject};
use loom_platform::{Ending, Explorer, thread};
use std::collections::HashMap;
use std::env;
use std::mem::{ManuallyDrop, forget};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// What a search of one program found.
#[derive(Clone, Debug)]
pub struct Judged {
    /// How many executions were run.
    pub executions: u64,
    /// Whether that was all.
    pub whole: bool,
    /// How many different histories they have.
    pub histories: usize,
    /// What is wrong, if anything is.
    pub fault: Option<Fault>,
}

/// An execution that the specification does not allow.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The program.
    pub program: String,
    /// What was called and answered, as a table; or the panic.
    pub history: String,
    /// The execution's trace.
    pub trace: String,
}

/// The operations of a subject.
type Operation<S> = <<S as Subject>::Specification as Specification>::Operation;

/// Searches the program, with so many spurious wake-ups of each thread, and judges each execution.
/// Gives up after so many executions. Where the variable `THOROUGH` is set, it also counts how many
/// of them differ.
///
/// # Panics
///
/// When an execution was run twice, or a run was none.
pub fn judge<S: Subject>(
    program: &Program<Operation<S>>,
    spurious_wakeups: u32,
    most: u64,
) -> Judged {
    let threads = Arc::new(program.0.clone());
    let seen: Arc<Mutex<HashMap<History, bool>>> = Arc::default();
    let (judged, stop) = (AtomicU64::new(0), Arc::new(AtomicBool::new(false)));
    let mut explorer = Explorer::new().spurious_wakeups(spurious_wakeups);
    if env::var_os("THOROUGH").is_some() {
        explorer = explorer.count_different();
    }
    if S::LOCKS_IN_ONE_STEP {
        explorer = explorer.locks_in_one_step();
    }
    let explorer = explorer.stop_when(stop.clone()).demand({
        let (threads, seen) = (threads.clone(), seen.clone());
        move |_| {
            if judged.fetch_add(1, Relaxed) + 1 >= most {
                stop.store(true, Relaxed);
            }
            let history = history::last();
            let mut seen = seen.lock().expect("not poisoned");
            let judge = || history::is_allowed::<S::Specification>(&threads, &history);
            let allowed = *seen.entry(history.clone()).or_insert_with(judge);
            if allowed { Ok(()) } else { Err(history::table(&threads, &history)) }
        }
    });
    let exploration = explorer.explore({
        let threads = threads.clone();
        move || run::<S>(&threads)
    });
    let executions = exploration.executions;
    let fault = exploration.outcomes.iter().find_map(|found| match &found.ending {
        Ending::Panicked(panic) => Some(Fault {
            program: program.to_string(),
            history: panic.message.clone(),
            trace: found.trace.to_string(),
        }),
        _ => None,
    });
    if fault.is_none() {
        let different = exploration.different.unwrap_or(executions);
        assert_eq!(different, executions, "{program}: an execution ran twice");
        let may_block = S::LOCKS_IN_ONE_STEP;
        assert!(may_block || exploration.blocked == 0, "{program}: a run was none");
    }
    let histories = seen.lock().expect("not poisoned").len();
    Judged { executions, whole: exploration.exhaustive, histories, fault }
}

/// Runs the program. The main thread is the first of its threads.
fn run<S: Subject>(threads: &[Vec<Operation<S>>]) {
    let shared = Arc::new((Clock::start(threads.len()), S::new(threads.len())));
    let others: Vec<_> = (1..threads.len())
        .map(|number| {
            let shared = shared.clone();
            let calls = threads[number].clone();
            thread::spawn(&format!("thread {}", number + 1), move || {
                make_calls(&shared.0, &shared.1, number, &calls);
            })
        })
        .collect();
    make_calls(&shared.0, &shared.1, 0, &threads[0]);
    for other in others {
        // A panic of it is an outcome by itself.
        let _ = other.join();
    }
    // A primitive may demand that nobody holds it when it goes.
    forget(shared);
}

fn make_calls<S: Subject>(clock: &Clock, subject: &S, thread: usize, calls: &[Operation<S>]) {
    // Not dropped, not even when the thread unwinds: what was not given back stays taken.
    let mut held = ManuallyDrop::new(S::Held::default());
    for &call in calls {
        clock.begin(thread);
        let answer = subject.call(thread, call, &mut held);
        clock.end(thread, answer);
    }
}
