//! What an exercise demands: programs over the reader's code, and how each must end.

use loom_platform::thread;
use std::sync::Arc;

/// What an exercise demands of an answer.
#[derive(Default)]
pub struct Check {
    pub(crate) programs: Vec<Program>,
    pub(crate) predicted: Option<Predicted>,
    pub(crate) weakest: bool,
}

/// A program over the reader's code, and how it must end.
pub(crate) struct Program {
    pub(crate) about: &'static str,
    pub(crate) run: fn(),
    pub(crate) must: Must,
    /// The same over the library's own.
    pub(crate) library: Option<fn()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Must {
    /// In every execution, all threads end and none panics.
    Hold,
    /// The same, of the executions in which no wait returns without a wake.
    HoldWhenWoken,
    /// In every execution, a thread sleeps for ever, and none goes round in a loop.
    Sleep,
    /// In some execution, a thread panics, or nobody can go on.
    Fail,
}

/// A program, and what the reader says of each of its outcomes.
pub(crate) struct Predicted {
    pub(crate) program: fn() -> String,
    pub(crate) choices: &'static [(&'static str, Choice)],
}

/// What a reader says of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The reader has not chosen yet.
    Unsure,
    /// It can come out.
    Can,
    /// It cannot, in any execution.
    Never,
}

impl Check {
    /// A check that demands nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// In every execution of the program all threads must end, and none may panic. `about` says
    /// what the program does: "two threads add one each".
    pub fn holds(self, about: &'static str, program: fn()) -> Self {
        self.program(about, program, Must::Hold)
    }

    /// As [`holds`](Self::holds), but no wait returns without a wake: for three threads, whose
    /// executions are too many otherwise.
    pub fn holds_when_woken(self, about: &'static str, program: fn()) -> Self {
        self.program(about, program, Must::HoldWhenWoken)
    }

    /// In every execution of the program a thread must sleep for ever: nobody wakes it, and it does
    /// not look again and again.
    pub fn sleeps(self, about: &'static str, program: fn()) -> Self {
        self.program(about, program, Must::Sleep)
    }

    /// Some execution of the program must fail. For an answer that is itself a test, over a
    /// primitive that is wrong.
    pub fn fails(self, about: &'static str, program: fn()) -> Self {
        self.program(about, program, Must::Fail)
    }

    /// The program before this one, over the library's own primitive: a success compares the two.
    ///
    /// # Panics
    ///
    /// If there is no program before.
    pub fn as_library(mut self, program: fn()) -> Self {
        self.programs.last_mut().expect("a program before").library = Some(program);
        self
    }

    /// No ordering in the answer may be stronger than the programs need.
    pub fn with_weakest_orderings(mut self) -> Self {
        self.weakest = true;
        self
    }

    /// The reader must say right of each outcome whether the program can have it.
    pub fn predicts(
        mut self,
        program: fn() -> String,
        choices: &'static [(&'static str, Choice)],
    ) -> Self {
        self.predicted = Some(Predicted { program, choices });
        self
    }

    fn program(mut self, about: &'static str, run: fn(), must: Must) -> Self {
        self.programs.push(Program { about, run, must, library: None });
        self
    }
}

/// What a thread does with the value that all share.
type Body<S, R> = fn(&S) -> R;

/// Runs a thread for each function, all over one value, and waits for their ends. Returns the value
/// and what they returned.
pub fn together<S: Send + Sync + 'static, R: Send + 'static, const N: usize>(
    shared: S,
    threads: [(&str, Body<S, R>); N],
) -> (Arc<S>, [R; N]) {
    let shared = Arc::new(shared);
    let threads = threads.map(|(name, body)| {
        let shared = shared.clone();
        thread::spawn(name, move || body(&shared))
    });
    // A panic of a thread is an outcome by itself, and ends the execution.
    let returned = threads.map(|thread| thread.join().unwrap_or_else(|_| unreachable!()));
    (shared, returned)
}
