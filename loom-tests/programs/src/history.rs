//! What was called and answered in one execution, and whether the specification allows it.

use crate::subject::{Answer, Overlap, Specification};
use loom_platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use std::cell::RefCell;
use std::fmt::Debug;

thread_local! {
    /// The history of the execution under way. One thread of the system runs all of its threads.
    static HISTORY: RefCell<History> = const { RefCell::new(Vec::new()) };
}

/// For each thread its calls, one after another. The last may not have returned.
pub(crate) type History = Vec<Vec<Call>>;

/// What is known of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    /// How many calls of each thread had returned when it began, as far as it saw.
    seen: Vec<u32>,
    answer: Option<Answer>,
}

/// By this, a call sees which others have returned before it.
///
/// The counts are words of the model. So the search tries whatever a call may see. And what it sees
/// to have returned has *happened before* it: that is how the clients of an object agree on what
/// came first.
pub(crate) struct Clock {
    returned: Vec<AtomicU32>,
}

impl Clock {
    pub(crate) fn start(threads: usize) -> Self {
        HISTORY.set(vec![Vec::new(); threads]);
        Self { returned: (0..threads).map(|_| AtomicU32::new(0)).collect() }
    }

    pub(crate) fn begin(&self, thread: usize) {
        let own = HISTORY.with_borrow(|history| history[thread].len() as u32);
        let see = |other: usize| match other == thread {
            true => own,
            false => self.returned[other].load(Acquire),
        };
        let seen = (0..self.returned.len()).map(see).collect();
        HISTORY.with_borrow_mut(|history| history[thread].push(Call { seen, answer: None }));
    }

    pub(crate) fn end(&self, thread: usize, answer: Answer) {
        let calls = HISTORY.with_borrow_mut(|history| {
            history[thread].last_mut().expect("it has begun").answer = Some(answer);
            history[thread].len()
        });
        self.returned[thread].store(calls as u32, Release);
    }
}

/// The history of the execution that has just ended.
pub(crate) fn last() -> History {
    HISTORY.with_borrow(Clone::clone)
}

/// A call among all of the program.
struct Made<'a, O> {
    thread: usize,
    /// How many calls of its thread came before.
    nth: usize,
    operation: O,
    call: &'a Call,
}

impl<O> Made<'_, O> {
    /// Whether it saw that the other had returned.
    fn is_after(&self, other: &Self) -> bool {
        self.call.seen[other.thread] as usize > other.nth
    }
}

fn calls<'a, O: Copy>(threads: &[Vec<O>], history: &'a History) -> Vec<Made<'a, O>> {
    let of = |(thread, calls): (usize, &'a Vec<Call>)| {
        let operations = threads[thread].clone();
        let made = move |(nth, call)| Made { thread, nth, operation: operations[nth], call };
        calls.iter().enumerate().map(made)
    };
    history.iter().enumerate().flat_map(of).collect()
}

/// Whether the specification allows the history.
pub(crate) fn is_allowed<S: Specification>(
    threads: &[Vec<S::Operation>],
    history: &History,
) -> bool {
    let calls = calls(threads, history);
    allowed(&calls, &mut vec![Progress::Open; calls.len()], &S::new(threads.len()))
}

/// How far a call is put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Open,
    Entered,
    Done,
}

/// Whether the calls that are not yet done can be put in order from this state on.
fn allowed<S: Specification>(
    calls: &[Made<'_, S::Operation>],
    progress: &mut Vec<Progress>,
    state: &S,
) -> bool {
    let left: Vec<usize> =
        (0..calls.len()).filter(|&one| progress[one] != Progress::Done).collect();
    if may_all_wait(calls, progress, &left, state) {
        return true;
    }
    for &next in &left {
        let made = &calls[next];
        if left.iter().any(|&other| made.is_after(&calls[other])) {
            continue;
        }
        let before = progress[next];
        let enters = match before {
            Progress::Open => state.enters(made.thread, made.operation),
            _ => Vec::new(),
        };
        if !enters.is_empty() {
            progress[next] = Progress::Entered;
            if enters.iter().any(|after| allowed(calls, progress, after)) {
                return true;
            }
            progress[next] = before;
            continue;
        }
        let Some(answer) = made.call.answer else { continue };
        let others = calls.iter().any(|other| {
            other.thread != made.thread && !other.is_after(made) && !made.is_after(other)
        });
        progress[next] = Progress::Done;
        let mut ways = state.ways(made.thread, made.operation, Overlap { others }).into_iter();
        if ways.any(|(given, after)| given == answer && allowed(calls, progress, &after)) {
            return true;
        }
        progress[next] = before;
    }
    false
}

/// Whether none of the calls that are left has returned, and all may wait for ever.
fn may_all_wait<S: Specification>(
    calls: &[Made<'_, S::Operation>],
    progress: &[Progress],
    left: &[usize],
    state: &S,
) -> bool {
    left.iter().all(|&one| {
        let Made { thread, operation, call, .. } = calls[one];
        let beside = left.iter().filter(|&&other| other != one);
        let beside: Vec<_> = beside.map(|&other| calls[other].operation).collect();
        let has_entered =
            progress[one] == Progress::Entered || state.enters(thread, operation).is_empty();
        call.answer.is_none() && has_entered && state.may_wait(thread, operation, &beside)
    })
}

/// The history as a table: a column for each thread. A call stands above another's answer unless it
/// saw it.
pub(crate) fn table<O: Copy + Debug>(threads: &[Vec<O>], history: &History) -> String {
    let calls = calls(threads, history);
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut begun = vec![false; calls.len()];
    let mut ended = vec![false; calls.len()];
    loop {
        let may_begin = |one: usize| {
            let is_open = |other: usize| calls[one].is_after(&calls[other]) && !ended[other];
            !begun[one] && !(0..calls.len()).any(is_open)
        };
        if let Some(next) = (0..calls.len()).find(|&one| may_begin(one)) {
            begun[next] = true;
            lines.push((calls[next].thread, format!("{:?}", calls[next].operation)));
            continue;
        }
        let may_end = |one: usize| begun[one] && !ended[one] && calls[one].call.answer.is_some();
        let Some(next) = (0..calls.len()).find(|&one| may_end(one)) else { break };
        ended[next] = true;
        let answer = calls[next].call.answer.expect("it has one");
        lines.push((calls[next].thread, format!("  → {answer:?}")));
    }
    let open = calls.iter().filter(|made| made.call.answer.is_none());
    lines.extend(open.map(|made| (made.thread, "  waits for ever".to_owned())));

    let width = lines.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0).max(8) + 2;
    let heads = (1..=threads.len()).map(|thread| format!("{:width$}", format!("thread {thread}")));
    let mut table = heads.collect::<String>().trim_end().to_owned();
    for (thread, text) in lines {
        table += &format!("\n{:indent$}{text}", "", indent = thread * width);
    }
    table
}
