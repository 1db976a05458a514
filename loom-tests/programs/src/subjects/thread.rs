//! A thread that others start, ask and join. It is one more than the program has.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, yes};
use loom_platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use primitives::{Thread, ThreadError, ThreadOutcome};
use std::sync::Arc;

/// What can be called. A call is answered *over* if the thread was not started, or was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Starts it.
    Start,
    /// Calls its function on the caller.
    Run,
    /// Waits for its end.
    Join,
    /// Asks for its end.
    TryJoin,
    /// Waits for its end up to a time.
    JoinFor,
    /// Asks whether it was started and has not ended.
    IsAlive,
    /// Makes it one that the program does not wait for.
    SetDaemon,
    /// Asks for that.
    IsDaemon,
    /// How many times the function has run.
    Times,
}
use Operation::{IsAlive, IsDaemon, Join, JoinFor, Run, SetDaemon, Start, Times, TryJoin};

/// How far the thread is, and whether it is a daemon. Once started, it goes on by itself, between
/// any two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stage {
    life: Life,
    is_daemon: bool,
}

/// To run the function on the caller is two steps: nobody else can any more, and it has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Life {
    New,
    /// This thread runs the function.
    CalledBy(usize),
    /// The function has counted, and the call has not ended.
    CountedFor(usize),
    Called,
    Started,
    Counted,
    Ended,
}
use Life::{Called, CalledBy, Counted, CountedFor, Ended, New, Started};

impl Life {
    /// How far it may have come by the next step of a call.
    fn later(self) -> Vec<Self> {
        match self {
            CalledBy(caller) => vec![self, CountedFor(caller)],
            Started => vec![self, Counted, Ended],
            Counted => vec![self, Ended],
            New | CountedFor(_) | Called | Ended => vec![self],
        }
    }
}

impl Specification for Stage {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] =
        &[Start, Run, Join, TryJoin, JoinFor, IsAlive, SetDaemon, IsDaemon, Times];

    fn new(_: usize) -> Self {
        Self { life: New, is_daemon: false }
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        match (operation, self.life) {
            (Run, New) => vec![Self { life: CalledBy(thread), ..*self }],
            _ => Vec::new(),
        }
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let way = |life: Life| {
            let now = Self { life, ..*self };
            let was_started = matches!(life, Started | Counted | Ended);
            let has_run = matches!(life, CountedFor(_) | Called | Counted | Ended);
            Some(match (operation, life) {
                (Start, New) => (Answer::Yes, Self { life: Started, ..now }),
                (Run, CountedFor(caller)) if caller == thread => {
                    (Answer::Yes, Self { life: Called, ..now })
                }
                (Run, CalledBy(caller)) if caller == thread => return None,
                (Start | Run, _) => (if was_started { Answer::No } else { Answer::Over }, now),
                (Join | TryJoin | JoinFor, _) if !was_started => (Answer::Over, now),
                (Join | TryJoin | JoinFor, Ended) => (Answer::Yes, now),
                (Join, _) => return None,
                (TryJoin | JoinFor, _) => (Answer::No, now),
                (IsAlive, _) => (yes(was_started && life != Ended), now),
                (SetDaemon, _) if was_started => (Answer::No, now),
                (SetDaemon, _) => (Answer::Yes, Self { is_daemon: true, ..now }),
                (IsDaemon, _) => (yes(now.is_daemon), now),
                (Times, _) => (Answer::Number(has_run.into()), now),
            })
        };
        self.life.later().into_iter().filter_map(way).collect()
    }
}

/// The thread, and how many times its function has run.
pub struct Counting {
    thread: Thread,
    times: Arc<AtomicU32>,
}

impl Subject for Counting {
    type Specification = Stage;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        let times = Arc::new(AtomicU32::new(0));
        let counted = times.clone();
        let function = move || _ = counted.fetch_add(1, Release);
        // Of a program of its own: what is outside of any is shared by all executions.
        Self { thread: Thread::run_main(|| Thread::new(function)), times }
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        let done = |result| match result {
            Ok(()) => Answer::Yes,
            Err(ThreadError::AlreadyStarted) => Answer::No,
            Err(_) => Answer::Over,
        };
        let ended = |result| match result {
            Ok(Some(ThreadOutcome::Ran)) => Answer::Yes,
            Ok(Some(ThreadOutcome::Panicked)) => unreachable!("the function does not"),
            Ok(None) => Answer::No,
            Err(_) => Answer::Over,
        };
        match operation {
            Start => done(self.thread.start()),
            Run => done(self.thread.run()),
            Join => ended(self.thread.join().map(Some)),
            TryJoin => ended(self.thread.try_join()),
            JoinFor => ended(self.thread.join_for(SOON)),
            IsAlive => yes(self.thread.is_alive()),
            SetDaemon => done(self.thread.set_daemon(true)),
            IsDaemon => yes(self.thread.is_daemon()),
            Times => Answer::Number(self.times.load(Acquire)),
        }
    }
}
