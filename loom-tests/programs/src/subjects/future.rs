//! A future and its promise. Whichever thread comes first keeps the promise.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, yes};
use primitives::{Future, FutureError, Lock, Promise};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Says that the work begins.
    Start,
    /// Keeps the promise with the thread's number.
    SetResult,
    /// Keeps it with an exception.
    SetException,
    /// Breaks it.
    DropPromise,
    /// Sees to it that the work does not begin, if that can be.
    Cancel,
    /// Waits for the end.
    Result,
    /// Asks how it has ended.
    TryResult,
    /// Waits for the end up to a time.
    ResultFor,
    /// Asks whether it was cancelled.
    IsCancelled,
    /// Asks whether the work has begun, and has not ended.
    IsRunning,
}
use Operation::{
    Cancel, DropPromise, IsCancelled, IsRunning, ResultFor, SetException, SetResult, Start,
    TryResult,
};

/// How far it is, and whether its promise is still there.
///
/// To keep the promise is two steps: the thread takes it, and then it ends the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stage {
    stage: How,
    /// Whoever has taken the promise, or is done with it.
    promise: Whose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum How {
    Pending,
    Running,
    /// It has ended so.
    Done(Answer),
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Nobodys,
    Of(usize),
    Kept,
}

/// What a call says that finds the future cancelled.
pub const CANCELLED: Answer = Answer::Over;
/// What it says of an exception.
pub const FAILED: Answer = Answer::Number(100);
/// What it says of a promise that was broken.
pub const BROKEN: Answer = Answer::Number(200);

impl Specification for Stage {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[
        Start,
        SetResult,
        SetException,
        DropPromise,
        Cancel,
        Operation::Result,
        TryResult,
        ResultFor,
        IsCancelled,
        IsRunning,
    ];

    fn new(_: usize) -> Self {
        Self { stage: How::Pending, promise: Whose::Nobodys }
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        match (operation, self.promise) {
            (SetResult | SetException | DropPromise, Whose::Nobodys) => {
                vec![Self { promise: Whose::Of(thread), ..*self }]
            }
            _ => Vec::new(),
        }
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let now = *self;
        let kept = |outcome| match now.stage {
            How::Pending | How::Running => {
                (Answer::Yes, Self { stage: How::Done(outcome), promise: Whose::Kept })
            }
            _ => (Answer::No, Self { promise: Whose::Kept, ..now }),
        };
        let is_mine = now.promise == Whose::Of(thread);
        vec![match (operation, now.stage) {
            (SetResult, _) if is_mine => kept(Answer::Number(thread as u32)),
            (SetException, _) if is_mine => kept(FAILED),
            (DropPromise, _) if is_mine => (Answer::Yes, kept(BROKEN).1),
            (SetResult | SetException | DropPromise, _) => (Answer::Over, now),
            (Start, _) if now.promise != Whose::Nobodys => (Answer::Over, now),
            (Start, How::Pending | How::Running) => {
                (Answer::Yes, Self { stage: How::Running, ..now })
            }
            (Start, _) => (Answer::No, now),
            (Cancel, How::Pending) => (Answer::Yes, Self { stage: How::Cancelled, ..now }),
            (Cancel | IsCancelled, stage) => (yes(stage == How::Cancelled), now),
            (IsRunning, stage) => (yes(stage == How::Running), now),
            (Operation::Result | TryResult | ResultFor, How::Done(outcome)) => (outcome, now),
            (Operation::Result | TryResult | ResultFor, How::Cancelled) => (CANCELLED, now),
            (TryResult | ResultFor, _) => (Answer::No, now),
            (Operation::Result, _) => return vec![],
        }]
    }
}

/// Both sides.
pub struct Both {
    promise: Lock<Option<Promise<u32>>>,
    future: Future<u32>,
}

impl Subject for Both {
    type Specification = Stage;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        let (promise, future) = Promise::new();
        Self { promise: Lock::new(Some(promise)), future }
    }

    fn call(&self, thread: usize, operation: Operation, (): &mut ()) -> Answer {
        let told = |outcome: Option<Result<&u32, &FutureError>>| match outcome {
            None => Answer::No,
            Some(Ok(result)) => Answer::Number(*result),
            Some(Err(FutureError::Cancelled)) => CANCELLED,
            Some(Err(FutureError::Failed(_))) => FAILED,
            Some(Err(_)) => BROKEN,
        };
        let keep = |keep: fn(Promise<u32>, u32) -> bool| {
            let promise = self.promise.lock().take();
            promise.map_or(Answer::Over, |promise| yes(keep(promise, thread as u32)))
        };
        match operation {
            Start => self.promise.lock().as_ref().map_or(Answer::Over, |one| yes(one.start())),
            SetResult => keep(|promise, result| promise.set_result(result).is_ok()),
            SetException => keep(|promise, _| promise.set_exception(Box::new(())).is_ok()),
            DropPromise => keep(|promise, _| {
                drop(promise);
                true
            }),
            Cancel => yes(self.future.cancel()),
            Operation::Result => told(Some(self.future.result())),
            TryResult => told(self.future.try_result()),
            ResultFor => told(self.future.result_for(SOON)),
            IsCancelled => yes(self.future.is_cancelled()),
            IsRunning => yes(self.future.is_running()),
        }
    }
}
