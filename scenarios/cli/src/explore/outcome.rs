//! One outcome of a story, and how it is shown.

use crate::lanes::{Detail, lanes};
use crate::report::terminal_width;
use crate::wait_for;
use loom_platform::{Ending, Found, Trace, WaitFor, Waiting};
use loom_scenarios::Outcome;
use practice::Source;
use serde::Serialize;
use std::fmt::Write as _;

/// How far from the edge a drawing stands.
const INDENT: usize = 2;

#[derive(Serialize)]
pub(super) struct OutcomeReport {
    pub(super) outcome: String,
    pub(super) kind: Kind,
    pub(super) executions: u64,
    /// By which `--replay` runs that execution again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    pub(super) steps: Vec<Step>,
    /// Which steps of other threads a step had to come after, by their positions.
    arrows: Vec<(usize, usize)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<Vec<WaitsAt>>,
    /// Which thread waits for which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wait_for: Option<WaitFor>,
    #[serde(skip)]
    pub(super) trace: Trace,
    /// The step after which no order ends well, by its position, if that is known.
    #[serde(skip)]
    pub(super) no_way_back: Option<usize>,
    /// The threads that do not go on, but for a main thread that only waits for others to end.
    #[serde(skip)]
    stuck: Vec<Waiting>,
    /// The outcome without the holders of locks, which searches may meet in another order.
    #[serde(skip)]
    pub(super) ending: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Holds,
    Breaks,
    Stuck,
    Panic,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Breaks => "breaks",
            Self::Stuck => "stuck",
            Self::Panic => "panic",
        }
    }
}

#[derive(Serialize)]
pub(super) struct Step {
    thread: String,
    text: String,
}

#[derive(Serialize)]
struct WaitsAt {
    thread: String,
    at: At,
    #[serde(rename = "for")]
    waits_for: String,
}

#[derive(Serialize)]
struct At {
    file: String,
    line: u32,
}

impl OutcomeReport {
    pub(super) fn new(found: Found<Outcome>) -> Self {
        let (ending, kind) = ending(&found.ending);
        let (waiting, stuck) = match found.ending {
            Ending::Stuck(waiting) => {
                let at = waiting.iter().map(|one| WaitsAt {
                    thread: one.thread.clone(),
                    at: At { file: file(one.at.file()), line: one.at.line() },
                    waits_for: one.waits_for.clone(),
                });
                let stuck = waiting.iter().filter(|one| tells(&one.thread, &one.waits_for));
                (Some(at.collect()), stuck.cloned().collect())
            }
            _ => (None, Vec::new()),
        };
        let outcome = match &found.wait_for {
            Some(wait_for) => format!("nobody can go on: {wait_for}"),
            None => ending.clone(),
        };
        let steps = found
            .trace
            .steps()
            .map(|step| Step {
                thread: found.trace.threads[step.thread].clone(),
                text: step.text.clone(),
            })
            .collect();
        let Found { executions, code, trace, wait_for, .. } = found;
        let arrows = trace.arrows.clone();
        Self {
            outcome,
            kind,
            executions,
            code,
            steps,
            arrows,
            waiting,
            wait_for,
            trace,
            no_way_back: None,
            stuck,
            ending,
        }
    }
}

impl OutcomeReport {
    /// The way there, and if nobody can go on, which thread waits for which.
    pub(super) fn drawn(&self, detail: Detail) -> String {
        let width = terminal_width().map(|all| all - INDENT);
        let marked = self.marked();
        let at = marked.map(|(at, _)| at);
        let mut text = lanes(&self.trace, at, &self.stuck, detail, width);
        if let Some((_, which)) = marked {
            let _ = writeln!(text, "\n✗ marks {which}.");
        }
        text += &self.graph(width);
        if detail == Detail::Source && !self.stuck.is_empty() {
            text.push('\n');
            for one in &self.stuck {
                let (file, line) = (file(one.at.file()), one.at.line());
                let _ = writeln!(text, "{} waits at {file}:{line}", one.thread);
            }
        }
        indented(&text, INDENT)
    }
}

impl OutcomeReport {
    /// The place of the move that is marked, and which one that is. A trace without steps shows its
    /// operations.
    fn marked(&self) -> Option<(usize, &'static str)> {
        let moves = &self.trace.moves;
        let mut steps = (0..moves.len()).filter(|&at| moves[at].is_step);
        if let Some(position) = self.no_way_back {
            return Some((steps.nth(position)?, "the step after which no order ends well"));
        }
        let last = steps.next_back().or(moves.len().checked_sub(1));
        let last = last.filter(|_| matches!(self.kind, Kind::Breaks | Kind::Panic));
        last.map(|last| (last, "the last step before that end"))
    }
}

impl OutcomeReport {
    /// As [`drawn`](Self::drawn), with the lines of the reader's own program.
    pub(super) fn beside(&self, source: &Source) -> String {
        let width = terminal_width().map(|all| all - INDENT);
        indented(&(source.beside(&self.trace) + &self.graph(width)), INDENT)
    }

    /// If nobody can go on: which thread waits for which.
    fn graph(&self, width: Option<usize>) -> String {
        let Some(graph) = &self.wait_for else { return String::new() };
        let cycle = match graph.cycle.len() {
            0 => "",
            1 => ", ⟲ for itself",
            _ => ", those of the cycle tied together",
        };
        format!("\nWhich thread waits for which{cycle}:\n\n{}", wait_for::drawn(graph, width))
    }
}

pub(super) fn indented(text: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    let line =
        |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") };
    text.lines().map(line).collect()
}

/// How an execution ended, in words, and of which kind that is.
pub(crate) fn ending(ending: &Ending<Outcome>) -> (String, Kind) {
    match ending {
        Ending::Returned(outcome) => {
            let kind = if outcome.holds { Kind::Holds } else { Kind::Breaks };
            (outcome.text.clone(), kind)
        }
        Ending::Stuck(waiting) => {
            let telling = waiting.iter().filter(|one| tells(&one.thread, &one.waits_for));
            let waits: Vec<String> =
                telling.map(|one| format!("{} waits for {}", one.thread, one.waits_for)).collect();
            (format!("nobody can go on: {}", waits.join(", ")), Kind::Stuck)
        }
        Ending::Panicked(panic) => {
            // What `assert_eq!` says has several lines.
            let message: Vec<&str> = panic.message.lines().map(str::trim).collect();
            (format!("{} panicked: {}", panic.thread, message.join(", ")), Kind::Panic)
        }
    }
}

/// That main waits for the others to end is so in nearly every story, and tells nothing.
fn tells(thread: &str, waits_for: &str) -> bool {
    thread != "main" || !waits_for.starts_with("thread ")
}

/// The path from the root of the repository. The compiler's goes by way of the package that
/// compiles the stories for the model.
pub(crate) fn file(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        if part != ".." || parts.pop().is_none() {
            parts.push(part);
        }
    }
    parts.join("/")
}
