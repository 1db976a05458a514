//! A function that runs once.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, yes};
use primitives::Once;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What can be called. A call is answered *yes* if its own function ran, *done* if another had,
/// *no* if it did not wait for another to end, and *over* if its function panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Runs a function, or waits for another thread's.
    Call,
    /// The same with a function that panics.
    Fail,
    /// The same without waiting.
    TryCall,
    /// The same, waiting up to a time.
    CallFor,
    /// Asks.
    IsCompleted,
}
use Operation::{Call, CallFor, Fail, IsCompleted, TryCall};

/// How far it is.
///
/// A call whose function runs is two steps: it begins, and it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    /// No function has run.
    Incomplete,
    /// This thread runs its own.
    Running(usize),
    /// One has run to its end.
    Complete,
}
use Progress::{Complete, Incomplete, Running};

impl Specification for Progress {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[Call, Fail, TryCall, CallFor, IsCompleted];

    fn new(_: usize) -> Self {
        Incomplete
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        let begins = *self == Incomplete && operation != IsCompleted;
        if begins { vec![Running(thread)] } else { Vec::new() }
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        match (operation, *self) {
            (IsCompleted, now) => vec![(yes(now == Complete), now)],
            (Fail, Running(runs)) if runs == thread => vec![(Answer::Over, Incomplete)],
            (_, Running(runs)) if runs == thread => vec![(Answer::Yes, Complete)],
            (_, Complete) => vec![(Answer::Done, Complete)],
            (TryCall | CallFor, now) => vec![(Answer::No, now)],
            (Call | Fail, _) => vec![],
        }
    }
}

/// What a function throws.
struct OnPurpose;

impl Subject for Once {
    type Specification = Progress;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self::new()
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        let mut ran = false;
        let function = || {
            ran = true;
            if operation == Fail {
                resume_unwind(Box::new(OnPurpose));
            }
        };
        let called = catch_unwind(AssertUnwindSafe(|| match operation {
            Call | Fail => {
                self.call_once(function);
                true
            }
            TryCall => self.try_call_once(function),
            CallFor => self.call_once_for(function, SOON),
            IsCompleted => self.is_completed(),
        }));
        match called {
            Err(panic) if panic.is::<OnPurpose>() => Answer::Over,
            // The model ends the execution.
            Err(other) => resume_unwind(other),
            Ok(completed) if operation == IsCompleted => yes(completed),
            Ok(false) => Answer::No,
            Ok(true) if ran => Answer::Yes,
            Ok(true) => Answer::Done,
        }
    }
}
