//! From a check to a verdict.

use crate::check::{Check, Choice, Must, Predicted, Program};
use crate::orderings::{self, Replaced};
use crate::telling::{self, Source};
use crate::verdict::{Kind, Verdict};
use loom_platform::{Ending, Exploration, Explorer};
use std::fmt::Write as _;
use std::time::Duration;

/// How long one program is searched at most.
const MOST: Duration = Duration::from_secs(20);
/// How long to look for a shorter way to a failure that has been found.
const FOR_A_SHORTER_ONE: Duration = Duration::from_millis(500);
/// With more executions than this, nobody waits for each ordering to be weakened, unless that is
/// what the exercise is about.
const MOST_TO_WEAKEN: u64 = 20_000;

impl Check {
    /// Searches every program. `file` is the answer's, as the compiler calls it.
    pub fn judge(&self, file: &str) -> Verdict {
        match self.look(&Source::read(file)) {
            Ok(verdict) | Err(verdict) => verdict,
        }
    }

    fn look(&self, source: &Source) -> Result<Verdict, Verdict> {
        let mut executions = 0;
        if let Some(predicted) = &self.predicted {
            executions += predicted.grade(source)?;
        }
        let is_of_a_test = self.programs.iter().any(|program| program.must == Must::Fail);
        for program in &self.programs {
            executions += program.judge(source).map_err(|verdict| match verdict.kind {
                Kind::Unfinished | Kind::Missed | Kind::TooLong => verdict,
                _ if is_of_a_test => Verdict { kind: Kind::FalseAlarm, ..verdict },
                _ => verdict,
            })?;
        }
        let (mut details, mut remarks) = telling::comparison(&self.programs, source);
        for program in self.programs.iter().filter(|program| program.must == Must::Fail) {
            details += &program.what_it_finds(source);
        }
        if self.weakest || executions <= MOST_TO_WEAKEN {
            let too_strong = orderings::too_strong(&self.programs, source);
            if self.weakest && !too_strong.is_empty() {
                return Err(telling::too_strong(&too_strong, source));
            }
            if !too_strong.is_empty() {
                remarks.push(telling::too_strong(&too_strong, source).details);
            }
        }
        let right = match self.predicted {
            Some(_) => "every outcome is as you say",
            None if is_of_a_test => "your test finds what is wrong, and holds over the right one",
            None => "every execution is right",
        };
        let summary = match executions {
            1 => format!("{right}; there is one execution"),
            _ => format!("{right}; all {executions} executions were tried"),
        };
        Ok(Verdict { remarks, ..Verdict::new(Kind::Holds, summary, details) })
    }
}

impl Program {
    /// The searches that it must stand. Without spurious wake-ups a search finds lost wakes. With
    /// them it finds waits that no loop repeats.
    fn searches(&self) -> impl Iterator<Item = Explorer> {
        let spurious: &[u32] = if self.must == Must::Hold { &[0, 1] } else { &[0] };
        spurious.iter().map(|&most| Explorer::new().spurious_wakeups(most).max_duration(MOST))
    }

    /// Whether it is as it must be, with these orderings in the place of those that are written.
    pub(crate) fn stands(&self, replaced: &[Replaced]) -> bool {
        self.searches().all(|explorer| {
            let explorer = match self.must {
                Must::Hold | Must::HoldWhenWoken => explorer.stop_at_failure(),
                _ => explorer,
            };
            let explorer = replaced.iter().fold(explorer, |explorer, &one| explorer.weaken(one));
            self.is_right(&explorer.explore(self.run))
        })
    }

    fn is_right(&self, exploration: &Exploration<()>) -> bool {
        let failed = exploration.failures().next().is_some();
        match self.must {
            Must::Hold | Must::HoldWhenWoken => !failed && exploration.exhaustive,
            Must::Sleep => {
                let sleeps = |found: &_| matches!(found, Ending::Stuck(_));
                exploration.exhaustive
                    && exploration.outcomes.iter().all(|found| sleeps(&found.ending))
            }
            Must::Fail => failed,
        }
    }

    /// Returns how many executions there were, none of a search that ends with the first failure.
    fn judge(&self, source: &Source) -> Result<u64, Verdict> {
        let mut executions = 0;
        for explorer in self.searches() {
            let explorer = match self.must {
                Must::Hold | Must::HoldWhenWoken => explorer.stop_after_failure(FOR_A_SHORTER_ONE),
                Must::Sleep => explorer,
                Must::Fail => explorer.stop_at_failure(),
            };
            let exploration = explorer.explore(self.run);
            executions += if self.must == Must::Fail { 0 } else { exploration.executions };
            if !self.is_right(&exploration) {
                return Err(self.refuse(&exploration, &explorer, source));
            }
        }
        Ok(executions)
    }

    /// The failure that a test is there to find.
    fn what_it_finds(&self, source: &Source) -> String {
        let explorer = Explorer::new().max_duration(MOST).stop_after_failure(FOR_A_SHORTER_ONE);
        let exploration = explorer.explore(self.run);
        let found = exploration.failures().next().expect("it has been found before");
        let told = telling::failure(self.about, found, &explorer, self.run, source);
        format!("Found over {}\n\n{}", told.summary, told.details)
    }

    fn refuse(
        &self,
        exploration: &Exploration<()>,
        explorer: &Explorer,
        source: &Source,
    ) -> Verdict {
        let bad = exploration.outcomes.iter().find(|found| match self.must {
            Must::Hold | Must::HoldWhenWoken => found.is_failure(),
            Must::Sleep => !matches!(found.ending, Ending::Stuck(_)),
            Must::Fail => false,
        });
        let Some(found) = bad else {
            return match self.must {
                Must::Fail => telling::missed(self.about, exploration.executions),
                _ => telling::too_long(self.about, exploration.executions),
            };
        };
        let mut verdict = telling::failure(self.about, found, explorer, self.run, source);
        if exploration.spurious_wakeups > 0 {
            verdict.details += telling::SPURIOUS;
        }
        let may_be_too_weak = self.must != Must::Sleep;
        if may_be_too_weak && !matches!(verdict.kind, Kind::Busy | Kind::Unfinished) {
            let too_weak = orderings::too_weak(self, source);
            verdict.details += &telling::too_weak(&too_weak, source);
        }
        verdict
    }
}

impl Predicted {
    /// Compares what the reader says with what comes out. Returns how many executions there were.
    fn grade(&self, source: &Source) -> Result<u64, Verdict> {
        let unsure = self.choices.iter().filter(|(_, choice)| *choice == Choice::Unsure).count();
        if unsure > 0 {
            let summary = format!("{unsure} outcomes are `Unsure` still: say `Can` or `Never`");
            return Err(Verdict::new(Kind::Unfinished, summary, ""));
        }
        let explorer = Explorer::new();
        let exploration = explorer.explore(self.program);
        let mut details = String::new();
        let mut wrong = 0;
        for &(said, choice) in self.choices {
            let is_it = |ending: &_| matches!(ending, Ending::Returned(text) if text == said);
            let found = exploration.outcomes.iter().find(|found| is_it(&found.ending));
            match (choice, found) {
                (Choice::Can, None) => {
                    let _ = writeln!(details, "\"{said}\" comes out of no execution.\n");
                }
                (Choice::Never, Some(found)) => {
                    let schedule = source.schedule(found, &explorer, self.program);
                    let _ = writeln!(details, "\"{said}\" can come out:\n\n{schedule}");
                }
                _ => continue,
            }
            wrong += 1;
        }
        if let Some(found) = exploration.failures().next() {
            return Err(telling::failure("the program", found, &explorer, self.program, source));
        }
        if wrong > 0 {
            let all = self.choices.len();
            let summary = format!("{} of {all} outcomes are as you say", all - wrong);
            return Err(Verdict::new(Kind::Mispredicted, summary, details));
        }
        Ok(exploration.executions)
    }
}
