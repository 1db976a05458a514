//! What a check says of an answer.

use serde::{Deserialize, Serialize};

/// What a check says of an answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// In one word.
    pub kind: Kind,
    /// In one sentence.
    pub summary: String,
    /// What shows it: the schedule, the lines, the comparison.
    pub details: String,
    /// What could be better in an answer that holds.
    pub remarks: Vec<String>,
}

impl Verdict {
    /// A verdict without remarks.
    pub fn new(kind: Kind, summary: impl Into<String>, details: impl Into<String>) -> Self {
        Self { kind, summary: summary.into(), details: details.into(), remarks: Vec::new() }
    }
}

/// What an answer is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// All is well.
    Holds,
    /// There is a `todo!()` or an outcome that nobody has chosen for.
    Unfinished,
    /// An assertion fails in some execution, or a thread panics.
    Wrong,
    /// Two threads use a value at once, one of them to change it.
    Race,
    /// Nobody can go on.
    Stuck,
    /// A loop goes round without end where the thread should sleep, or without letting others go
    /// on.
    Busy,
    /// It would hold with an ordering that is weaker.
    TooStrong,
    /// An outcome was said to be possible and is not, or the other way round.
    Mispredicted,
    /// A test fails over a primitive that is right.
    FalseAlarm,
    /// A test holds over a primitive that is wrong.
    Missed,
    /// There are more executions than the time allowed.
    TooLong,
}

impl Kind {
    /// As check files and verdicts write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Unfinished => "unfinished",
            Self::Wrong => "wrong",
            Self::Race => "race",
            Self::Stuck => "stuck",
            Self::Busy => "busy",
            Self::TooStrong => "too-strong",
            Self::Mispredicted => "mispredicted",
            Self::FalseAlarm => "false-alarm",
            Self::Missed => "missed",
            Self::TooLong => "too-long",
        }
    }
}
