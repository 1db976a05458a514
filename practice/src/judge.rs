//! From a check to a verdict.

use crate::check::{Check, Choice, Must, Predicted, Program};
use crate::verdict::{Kind, Verdict};
use loom_platform::{
    Ending, Exploration, Explorer, Found, OrderingSite, Outcome, Trace, Weakened, explore,
};
use std::fmt::Write as _;
use std::time::Duration;

/// How long one program is searched at most.
const MOST: Duration = Duration::from_secs(20);
/// How long to look for a shorter way to a failure that has been found.
const FOR_A_SHORTER_ONE: Duration = Duration::from_millis(500);

type Refused = Result<(), Verdict>;

impl Check {
    /// Searches every program. `file` is the answer's, as the compiler calls it.
    pub fn judge(&self, file: &str) -> Verdict {
        match self.look(file) {
            Ok(verdict) | Err(verdict) => verdict,
        }
    }

    fn look(&self, file: &str) -> Result<Verdict, Verdict> {
        let mut executions = 0;
        if let Some(predicted) = &self.predicted {
            executions += grade(predicted)?;
        }
        for program in &self.programs {
            executions += program.judge(file)?;
        }
        if self.weakest {
            self.no_ordering_is_too_strong(file)?;
        }
        let plural = if executions == 1 { "execution" } else { "executions" };
        let summary = format!("{executions} {plural}, and every one is right.");
        Ok(Verdict { kind: Kind::Holds, summary, details: String::new() })
    }

    /// Weakens each ordering of the answer in turn: something must fail.
    fn no_ordering_is_too_strong(&self, file: &str) -> Refused {
        let mut sites: Vec<OrderingSite> = Vec::new();
        for program in &self.programs {
            let exploration = Explorer::new().collect_orderings().explore(program.run);
            sites.extend(exploration.orderings);
        }
        sites.retain(|site| site.at.file() == file);
        sites.sort_unstable();
        sites.dedup();
        for weakened in sites.into_iter().flat_map(OrderingSite::weaker) {
            let fails = |program: &Program| {
                let explorer = Explorer::new().weaken(weakened).stop_at_failure();
                explorer.explore(program.run).failures().next().is_some()
            };
            if !self.programs.iter().any(fails) {
                return Err(too_strong(weakened));
            }
        }
        Ok(())
    }
}

impl Program {
    /// Returns how many executions there were.
    fn judge(&self, file: &str) -> Result<u64, Verdict> {
        let mut executions = 0;
        // Without spurious wake-ups a search finds lost wakes. With them it finds waits that no
        // loop repeats.
        let spurious: &[u32] = if self.must == Must::Hold { &[0, 1] } else { &[0] };
        for &most in spurious {
            let explorer = Explorer::new().spurious_wakeups(most).max_duration(MOST);
            let explorer = explorer.stop_after_failure(FOR_A_SHORTER_ONE);
            let exploration = explorer.explore(self.run);
            executions += exploration.executions;
            self.accept(&exploration, file)?;
        }
        Ok(executions)
    }

    fn accept(&self, exploration: &Exploration<()>, _file: &str) -> Refused {
        let about = self.about;
        let bad = exploration.outcomes.iter().find(|found| match self.must {
            Must::Hold => found.is_failure(),
            Must::Sleep => !matches!(found.ending, Ending::Stuck(_)),
            Must::Fail => false,
        });
        if let Some(found) = bad {
            return Err(told(about, self.must, found));
        }
        if self.must == Must::Fail && exploration.failures().next().is_none() {
            let summary = format!("Your test does not see what is wrong with {about}.");
            return Err(Verdict { kind: Kind::Missed, summary, details: String::new() });
        }
        if self.must != Must::Fail && !exploration.exhaustive {
            let summary = format!(
                "After {} executions of \"{about}\" the search had not come to its end.",
                exploration.executions
            );
            return Err(Verdict { kind: Kind::TooLong, summary, details: String::new() });
        }
        Ok(())
    }
}

/// What is wrong with an execution.
fn told<O: Outcome>(about: &str, must: Must, found: &Found<O>) -> Verdict {
    let (kind, what) = match &found.ending {
        Ending::Panicked(panic) => {
            let kind = match panic.message.as_str() {
                message if message.contains("not yet implemented") => Kind::Unfinished,
                message if message.starts_with("a data race") => Kind::Race,
                message if message.contains("a loop that goes round") => Kind::Busy,
                message if message.starts_with("a loop goes round") => Kind::Busy,
                _ => Kind::Wrong,
            };
            (kind, format!("{}: {}", panic.thread, panic.message))
        }
        Ending::Stuck(_) => (Kind::Stuck, "nobody can go on".to_owned()),
        Ending::Returned(_) => {
            debug_assert_eq!(must, Must::Sleep);
            (Kind::Wrong, "every thread came to its end, but one should sleep".to_owned())
        }
    };
    let mut details = String::new();
    if let Ending::Stuck(waiting) = &found.ending {
        for one in waiting {
            let _ = writeln!(details, "{one}");
        }
    }
    details += &beginning(&found.trace);
    Verdict { kind, summary: format!("{about}: {what}"), details }
}

/// The most steps of a trace that are shown. Only a loop that goes round has more.
const SHOWN: usize = 30;

fn beginning(trace: &Trace) -> String {
    let mut trace = trace.clone();
    let left_out = trace.moves.len().saturating_sub(SHOWN);
    trace.moves.truncate(SHOWN);
    let mut text = trace.operations();
    if left_out > 0 {
        let _ = writeln!(text, "  and so on, {left_out} steps more");
    }
    text
}

fn too_strong(weakened: Weakened) -> Verdict {
    let kind = Kind::TooStrong;
    Verdict {
        kind,
        summary: format!("It holds with a weaker one too: {weakened}"),
        details: String::new(),
    }
}

/// Compares what the reader says with what comes out. Returns how many executions there were.
fn grade(predicted: &Predicted) -> Result<u64, Verdict> {
    let exploration = explore(predicted.program);
    let mut details = String::new();
    let mut unsure = 0;
    let outcome = |said: &str| {
        exploration
            .outcomes
            .iter()
            .find(|found| matches!(&found.ending, Ending::Returned(text) if text == said))
    };
    for &(said, choice) in predicted.choices {
        match (choice, outcome(said)) {
            (Choice::Unsure, _) => unsure += 1,
            (Choice::Can, None) => {
                let _ = writeln!(details, "\"{said}\" comes out of no execution.");
            }
            (Choice::Never, Some(found)) => {
                let _ =
                    writeln!(details, "\"{said}\" can come out:\n\n{}", beginning(&found.trace));
            }
            _ => {}
        }
    }
    if unsure > 0 {
        let summary = format!("{unsure} outcomes are still `Unsure`. Say `Can` or `Never`.");
        return Err(Verdict { kind: Kind::Unfinished, summary, details: String::new() });
    }
    if !details.is_empty() {
        let summary = "Not every outcome is as you say.".to_owned();
        return Err(Verdict { kind: Kind::Mispredicted, summary, details });
    }
    Ok(exploration.executions)
}
