//! Stories of threads: what goes wrong, and what puts it right.
//!
//! A story is one file. It has variants, some broken and some right, and each declares what is to
//! be expected of it. A variant is a function that starts threads, tells what they do with `step!`,
//! and returns how it came out. The same function runs natively, where a race shows now and then,
//! and in the model, where every order of its threads is tried.
//!
//! To add a story, write its file and add its line to [`STORIES`].

pub mod stage;

mod ab_deadlock;
mod bank_withdraw;
mod shared_counter;

/// Every story, in reading order.
pub static STORIES: &[Story] = &[shared_counter::STORY, bank_withdraw::STORY, ab_deadlock::STORY];

/// A program that threads make interesting.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// How the command and the book call it.
    pub name: &'static str,
    /// What happens, in one line.
    pub about: &'static str,
    /// The section of the tutorials that it comes from.
    pub seed: &'static str,
    /// The ways to write it, the broken ones first.
    pub variants: &'static [Variant],
}

/// One way to write a story.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// How the command and the book call it.
    pub name: &'static str,
    /// What is different about it, in one line.
    pub about: &'static str,
    /// What it does, over all executions.
    pub expect: Expect,
    /// The program.
    pub run: fn() -> Outcome,
}

/// What a variant does, over all executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Every execution ends, and ends well.
    Holds,
    /// Every execution ends, and some end badly.
    Breaks,
    /// In some executions nobody can go on; those that end, end well.
    Stuck,
}

impl Expect {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Breaks => "breaks",
            Self::Stuck => "stuck",
        }
    }
}

/// How one execution of a variant came out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome {
    /// In words.
    pub text: String,
    /// Whether the story's promise was kept.
    pub holds: bool,
}

impl Outcome {
    /// An outcome that is right if `holds`.
    pub fn new(holds: bool, text: impl Into<String>) -> Self {
        Self { text: text.into(), holds }
    }
}
