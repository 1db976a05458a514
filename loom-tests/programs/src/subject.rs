//! What a primitive is to the programs: its operations, what they do, and what they should do.

use primitives::platform::time::Duration;
use std::fmt::Debug;
use std::hash::Hash;

/// What a call answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It is done, and there is nothing to say.
    Done,
    /// It was done, or it is so.
    Yes,
    /// It was not done, or it is not so. For a call with a time limit: not in time.
    No,
    /// A number, such as an item or a count.
    Number(u32),
    /// There will be nothing more: closed, or broken.
    Over,
}

/// What else happens while a call is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Another call is under way at the same time, for a part of it at least.
    pub others: bool,
}

/// What a primitive promises: a state, and in it the ways in which each operation may end.
pub trait Specification: Clone + Eq + Hash + Debug {
    /// What can be called.
    type Operation: Copy + Eq + Debug + Send + Sync + 'static;

    /// All operations.
    const OPERATIONS: &'static [Self::Operation];

    /// The state of a new one, for so many threads.
    fn new(threads: usize) -> Self;

    /// For an operation that is no single step: the states that its first step may lead to, such as
    /// that of a barrier with one thread more inside. [`ways`](Self::ways) are then of its second.
    fn enters(&self, _thread: usize, _operation: Self::Operation) -> Vec<Self> {
        Vec::new()
    }

    /// Each answer that a thread may get, and the state after it. If there is none, the call waits.
    fn ways(
        &self,
        thread: usize,
        operation: Self::Operation,
        overlap: Overlap,
    ) -> Vec<(Answer, Self)>;

    /// Whether a call may wait for ever, when these calls wait for ever beside it.
    fn may_wait(
        &self,
        thread: usize,
        operation: Self::Operation,
        _beside: &[Self::Operation],
    ) -> bool {
        self.ways(thread, operation, Overlap { others: false }).is_empty()
    }

    /// Whether it is worth a program that a thread makes these calls, one after another.
    fn is_of_use(_calls: &[Self::Operation]) -> bool {
        true
    }
}

/// A primitive, or a faulty one, that is held to a specification.
pub trait Subject: Send + Sync + Sized + 'static {
    /// What it promises.
    type Specification: Specification;
    /// What a thread has from its calls, such as guards. It is never dropped: what a program does
    /// not give back stays taken.
    type Held<'a>: Default;

    /// Whether each lock is taken in one step, where there are too many executions with the code of
    /// the locks. It relies on the lock's own programs.
    const LOCKS_IN_ONE_STEP: bool = false;

    /// A new one, for so many threads.
    fn new(threads: usize) -> Self;

    /// Makes a call.
    fn call<'a>(
        &'a self,
        thread: usize,
        operation: <Self::Specification as Specification>::Operation,
        held: &mut Self::Held<'a>,
    ) -> Answer;
}

/// How long a call with a time limit waits.
pub(crate) const SOON: Duration = Duration::from_millis(10);

pub(crate) fn yes(yes: bool) -> Answer {
    if yes { Answer::Yes } else { Answer::No }
}

/// Keeps what a call may have got.
pub(crate) fn keep<T>(held: &mut Vec<T>, got: Option<T>) -> Answer {
    let answer = yes(got.is_some());
    held.extend(got);
    answer
}
