//! Verdicts in words.

use crate::allocations;
use crate::check::Program;
use crate::orderings::Replaced;
use crate::verdict::{Kind, Verdict};
use loom_platform::{Ending, Explorer, Found, Move, Outcome, Trace, WaitFor};
use std::fmt::Write as _;
use std::fs;
use std::panic::Location;

/// The most steps of a trace that are shown.
const SHOWN: usize = 60;
/// Of a loop that goes round, so many steps are enough.
const SHOWN_OF_A_LOOP: usize = 10;

/// A file of the reader's.
pub struct Source {
    file: String,
    lines: Vec<String>,
}

impl Source {
    /// Reads the file, which is named as the compiler names it.
    pub fn read(file: &str) -> Self {
        // Without it there are only no lines beside the steps.
        let text = fs::read_to_string(file).unwrap_or_default();
        Self { file: file.to_owned(), lines: text.lines().map(str::to_owned).collect() }
    }

    pub(crate) fn is_in(&self, at: &Location<'_>) -> bool {
        at.file() == self.file
    }

    /// A line of the answer with its number.
    fn line(&self, number: u32) -> Option<String> {
        let text = self.lines.get(number as usize - 1)?;
        Some(format!("{number:>3}: {}", text.trim()))
    }

    /// The execution that was found, run again to see which lines its operations come from.
    pub fn trace<O: Outcome>(
        &self,
        found: &Found<O>,
        explorer: &Explorer,
        program: fn() -> O,
    ) -> Trace {
        let explorer = explorer.clone().callers_in(&self.file);
        let again = found.code.as_ref().and_then(|code| explorer.replay(code, program).ok());
        again.map_or_else(|| found.trace.clone(), |again| again.trace)
    }

    /// What the threads did, a thread a column, and the file's lines beside it.
    pub fn beside(&self, trace: &Trace) -> String {
        let all = trace.moves.len();
        let most = if all > SHOWN { SHOWN_OF_A_LOOP } else { all };
        let mut shown = trace.clone();
        shown.moves.truncate(most);
        let mut text = shown.operations_beside(&|one: &Move| self.line(one.called_from?));
        if all > most {
            let _ = writeln!(text, "  and so on: {} steps more", all - most);
        }
        if text.contains(" (old)") {
            text +=
                "(old): another thread has stored a newer value, which this one need not see yet\n";
        }
        text
    }

    fn allocating_lines(&self, program: fn(), costs: &Costs) -> Vec<String> {
        let Some(code) = &costs.code else { return Vec::new() };
        let lines = allocations::lines_in(&self.file, || {
            // It was found, so it can be run again, and what it does is known.
            let _ = Explorer::new().replay(code, program);
        });
        lines.into_iter().filter_map(|number| Some(format!("  {}", self.line(number)?))).collect()
    }

    pub(crate) fn schedule<O: Outcome>(
        &self,
        found: &Found<O>,
        explorer: &Explorer,
        program: fn() -> O,
    ) -> String {
        self.beside(&self.trace(found, explorer, program))
    }
}

/// An execution that must not be.
pub(crate) fn failure<O: Outcome>(
    about: &str,
    found: &Found<O>,
    explorer: &Explorer,
    program: fn() -> O,
    source: &Source,
) -> Verdict {
    let (kind, what, mut details) = match &found.ending {
        Ending::Panicked(panic) => {
            let kind = kind_of_panic(&panic.message);
            let message = without_left_and_right(&panic.message);
            (kind, format!("thread {}: {message}", panic.thread), String::new())
        }
        Ending::Stuck(_) => {
            let waits = found.wait_for.as_ref().map(waits).unwrap_or_default();
            (Kind::Stuck, "nobody can go on".to_owned(), waits)
        }
        Ending::Returned(_) => {
            let what = "all threads came to their end, and one should sleep for ever";
            (Kind::Wrong, what.to_owned(), String::new())
        }
    };
    details = match explanation(kind) {
        "" => details,
        explanation => format!("{explanation}\n{details}"),
    };
    if !details.is_empty() {
        details.push('\n');
    }
    if kind != Kind::Unfinished {
        details += &source.schedule(found, explorer, program);
    }
    Verdict::new(kind, format!("{about}: {what}"), details)
}

/// Which thread waits for what, and the circle of those that wait for one another.
fn waits(wait_for: &WaitFor) -> String {
    let mut text = format!("{wait_for}.\n");
    let name = |&thread: &usize| wait_for.threads[thread].name.as_str();
    let circle: Vec<&str> = wait_for.cycle.iter().chain(wait_for.cycle.first()).map(name).collect();
    if !circle.is_empty() {
        let _ = writeln!(text, "\n  {}", circle.join(" ──▶ "));
    }
    text
}

/// What is said where only spurious wake-ups bring a failure about.
pub(crate) const SPURIOUS: &str = "
Here a wait returns though nobody woke it, or a weak exchange fails for no reason. Both may be. Look
in a loop whether what was waited for is so.
";

fn kind_of_panic(message: &str) -> Kind {
    if message.starts_with("not yet implemented") {
        Kind::Unfinished
    } else if message.starts_with("a data race") {
        Kind::Race
    } else if message.contains("a loop goes round") || message.contains("a loop that goes round") {
        Kind::Busy
    } else {
        Kind::Wrong
    }
}

/// What a verdict of this kind means, where its summary does not say it.
fn explanation(kind: Kind) -> &'static str {
    match kind {
        Kind::Race => {
            "Either both threads are inside at once, or nothing orders what the one did before what
the other does: a Release that an Acquire sees would."
        }
        Kind::Busy => {
            "A loop that waits for another thread says `spin_loop()` in each round. Where a thread
should sleep, it calls `futex::wait`."
        }
        _ => "",
    }
}

/// `assert_eq!` says what is left and what is right. A reader wants to know what it is, and what it
/// should be.
fn without_left_and_right(message: &str) -> String {
    let told = || {
        let rest = message.strip_prefix("assertion `left == right` failed: ")?;
        let (what, values) = rest.split_once("\n  left: ")?;
        let (left, right) = values.split_once("\n right: ")?;
        let right = right.rsplit_once(" (at ").map_or(right, |(right, _)| right);
        Some(format!("{what} {left}, and should be {right}"))
    };
    told().unwrap_or_else(|| message.to_owned())
}

pub(crate) fn missed(about: &str, executions: u64) -> Verdict {
    let executions = match executions {
        1 => "the one execution that there is".to_owned(),
        _ => format!("all {executions} executions"),
    };
    let summary = format!("your test holds in {executions} over {about}");
    Verdict::new(Kind::Missed, summary, "")
}

pub(crate) fn too_long(about: &str, executions: u64) -> Verdict {
    let summary = format!("{about}: after {executions} executions the search was not at its end");
    Verdict::new(Kind::TooLong, summary, "")
}

pub(crate) fn too_strong(orderings: &[Replaced], source: &Source) -> Verdict {
    let details = format!("It holds with a weaker ordering too:\n{}", replaced(orderings, source));
    let summary = "every execution is right, but an ordering is stronger than it need be";
    Verdict::new(Kind::TooStrong, summary, details)
}

pub(crate) fn too_weak(orderings: &[Replaced], source: &Source) -> String {
    if orderings.is_empty() {
        return String::new();
    }
    format!("\nAn ordering is too weak. With this it holds:\n{}", replaced(orderings, source))
}

fn replaced(orderings: &[Replaced], source: &Source) -> String {
    let row = |one: &Replaced| {
        let line = source.line(one.site.at.line()).unwrap_or_default();
        let to = one.to.map_or("nothing".to_owned(), |to| format!("{to:?}"));
        format!("  {line}\n       {}: {to} instead of {:?}\n", one.site.role, one.site.ordering)
    };
    orderings.iter().map(row).collect()
}

/// What a program costs in its quietest execution, and how many executions it has.
struct Costs {
    operations: usize,
    system_calls: usize,
    executions: u64,
    /// By which that execution can be run again.
    code: Option<String>,
}

impl Costs {
    fn of(program: fn()) -> Option<Self> {
        let exploration = Explorer::new().explore(program);
        let found = exploration.outcomes.first()?;
        let count = |is: fn(&&Move) -> bool| found.trace.moves.iter().filter(is).count();
        Some(Self {
            operations: count(|one| !one.is_step),
            system_calls: count(|one| one.is_system_call),
            executions: exploration.executions,
            code: found.code.clone(),
        })
    }
}

/// The answer's programs beside the same over the library's own, and what could be better.
pub(crate) fn comparison(programs: &[Program], source: &Source) -> (String, Vec<String>) {
    let (mut text, mut remarks, mut calls_more) = (String::new(), Vec::new(), false);
    for program in programs {
        let Some(library) = program.library.and_then(Costs::of) else { continue };
        let Some(yours) = Costs::of(program.run) else { continue };
        if text.is_empty() {
            // The first program tells enough: it is slow to ask.
            let allocates = source.allocating_lines(program.run, &yours);
            if !allocates.is_empty() {
                let lines = allocates.join("\n");
                remarks.push(format!("yours asks for memory as it runs, in\n{lines}"));
            }
            text += "                                  yours  the library's\n";
        }
        let _ = writeln!(text, "{}", program.about);
        let mut row = |what: &str, yours: u64, library: u64| {
            let _ = writeln!(text, "  {what:<28}{yours:>9}{library:>15}");
        };
        row("operations, at least", yours.operations as u64, library.operations as u64);
        let calls = [&yours, &library].map(|costs| costs.system_calls as u64);
        row("of them calls of the system", calls[0], calls[1]);
        row("executions", yours.executions, library.executions);
        if !calls_more && calls[0] > calls[1] {
            calls_more = true;
            let about = program.about;
            remarks
                .push(format!("{about}: yours calls the system more often, for nobody that waits"));
        }
    }
    (text, remarks)
}
