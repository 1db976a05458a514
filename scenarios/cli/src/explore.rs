//! A story in the model: every order, every outcome.

mod html;
mod no_way_back;
mod outcome;

use crate::catalogue::Selection;
use crate::failure::{Done, Failure};
use crate::lanes::Detail;
use crate::report::{
    Colour, Report, grouped, heading, not_as_declared, paint, print_each, table, terminal_width,
};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use loom_platform::{Exploration, Explorer, Progress};
use loom_scenarios::{Expect, Extent, Outcome, STORIES, Search, Story, Variant};
use no_way_back::no_way_back;
pub(crate) use outcome::{Kind, ending, file};
use outcome::{OutcomeReport, indented};
use practice::Source;
use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use std::io::{IsTerminal, Write as _, stdout};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::available_parallelism;
use std::time::Duration;

#[derive(Serialize)]
struct Exploring {
    story: &'static str,
    variant: &'static str,
    expected: &'static str,
    as_expected: bool,
    exhaustive: bool,
    preemption_bound: Option<usize>,
    locks_in_one_step: bool,
    spurious_wakeups: u32,
    executions: u64,
    /// Runs beside these that came to nothing: where locks are taken in one step, a thread came to
    /// one too early.
    blocked: u64,
    /// Which part of the search that is, if that is known: an estimate.
    explored: Option<f64>,
    seconds: f64,
    outcomes: Vec<OutcomeReport>,
    #[serde(skip)]
    interrupted: bool,
    #[serde(skip)]
    detail: Detail,
    /// The reader's own program, which declares nothing.
    #[serde(skip)]
    own: Option<Rc<Source>>,
    /// What loom found, if both searches were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    loom: Option<OfLoom>,
}

#[derive(Serialize)]
struct OfLoom {
    executions: u64,
    exhaustive: bool,
    agrees: bool,
}

fn plural(one: bool) -> &'static str {
    if one { "" } else { "s" }
}

impl Exploring {
    /// What is said if the program did as it should, and if not.
    fn verdicts(&self) -> [String; 2] {
        match self.own.is_some() {
            true => ["holds", "does not hold"].map(str::to_owned),
            false => [format!("{}, as declared", self.expected), not_as_declared(self.expected)],
        }
    }

    /// How far the search went.
    fn how(&self) -> String {
        let mut how = match (self.exhaustive, self.preemption_bound) {
            (true, _) => "exhaustive".to_owned(),
            (false, Some(most)) => {
                format!("not exhaustive: at most {most} preemption{}", plural(most == 1))
            }
            (false, None) => {
                let why = if self.interrupted { "Ctrl-C" } else { "the time limit" };
                let explored = self.explored.map(|explored| format!(" after {}", share(explored)));
                format!("not exhaustive: stopped by {why}{}", explored.unwrap_or_default())
            }
        };
        if self.locks_in_one_step {
            let (blocked, plural) = (grouped(self.blocked), plural(self.blocked == 1));
            how += &format!(", {ONE_STEP}, {blocked} blocked run{plural}");
        }
        how
    }

    /// How executions end, each once, in order.
    fn endings(&self) -> Vec<(Kind, &str)> {
        let mut endings: Vec<_> =
            self.outcomes.iter().map(|one| (one.kind, one.ending.as_str())).collect();
        endings.sort_unstable();
        endings.dedup();
        endings
    }
}

/// How a search is told whose executions are those of the locks' promise, not of their code.
const ONE_STEP: &str = "locks taken in one step";

/// Which search goes through a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Judge {
    /// That of this project, which runs each execution once, and knows no bound
    Own,
    /// Loom's, which knows bounds, and runs many executions more than once
    Loom,
    /// Both: fails if they do not find the same outcomes
    Both,
}

/// What is asked of a search.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) preemptions: Option<u8>,
    pub(crate) max_duration: Option<Duration>,
    /// `None`: our own, or loom's if there is a bound.
    pub(crate) judge: Option<Judge>,
    /// What to show of a way to a bad outcome.
    pub(crate) detail: Detail,
}

impl Limits {
    /// The search that the variant asks for.
    pub(crate) const NONE: Self =
        Self { preemptions: None, max_duration: None, judge: None, detail: Detail::Steps };

    fn with(self, judge: Option<Judge>) -> Self {
        Self { judge, ..self }
    }
}

/// What is explored: variants of a story, or the reader's own program.
pub(crate) struct Program {
    story: &'static Story,
    selection: Selection,
    /// The file, if it is the reader's own.
    source: Option<Rc<Source>>,
}

impl Program {
    pub(crate) fn story(selection: Selection) -> Self {
        Self { story: &STORIES[selection.story], selection, source: None }
    }

    /// The reader's own, from a file. It declares that it holds.
    pub(crate) fn own(file: &Path, run: fn() -> Outcome) -> Self {
        let compiled = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let source = Some(Rc::new(Source::read(&compiled.to_string_lossy())));
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        let search = Search::WHOLE;
        let variant = Variant { name: "program", about: "", expect: Expect::Holds, search, run };
        // There is one, for as long as the command runs.
        let (name, variants) = (String::leak(name), vec![variant].leak());
        let story = Box::leak(Box::new(Story { name, about: "", seed: "–", variants }));
        Self { story, selection: Selection { story: 0, variants: vec![0] }, source }
    }
}

pub(crate) fn explore(program: &Program, limits: Limits, json: bool, html: Option<&Path>) -> Done {
    let mut page = html.map(|path| html::Page::open(path, program.story)).transpose()?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = stop.clone();
    // Where no handler can be set, Ctrl-C ends the command as it always does.
    let _ = ctrlc::set_handler(move || stopping.store(true, Relaxed));
    let search = |variant, judge| explore_variant(program, variant, limits.with(judge), &stop);
    let explore = |variant| {
        if limits.judge != Some(Judge::Both) {
            return search(variant, limits.judge);
        }
        let theirs = search(variant, Some(Judge::Loom));
        let mut ours = search(variant, Some(Judge::Own));
        // A search that was cut short may have missed some.
        let both_whole = theirs.exhaustive && ours.exhaustive;
        ours.as_expected &= theirs.as_expected;
        ours.loom = Some(OfLoom {
            executions: theirs.executions,
            exhaustive: theirs.exhaustive,
            agrees: !both_whole || theirs.endings() == ours.endings(),
        });
        ours
    };
    let done = print_each(&program.selection, json, |_, variant| {
        if stop.load(Relaxed) {
            return None;
        }
        let explored = explore(variant);
        if let Some(page) = &mut page {
            page.add(&explored, &program.story.variants[variant], limits, &stop);
        }
        Some(explored)
    });
    // Also if the text could not be written.
    if let Some(page) = page {
        let written = page.write()?;
        if !json {
            writeln!(stdout(), "\n{written}")?;
        }
    }
    if stop.load(Relaxed) { Err(Failure::Interrupted) } else { done }
}

/// Runs one execution of one variant again.
pub(crate) fn replay(program: &Program, code: &str, detail: Detail, json: bool) -> Done {
    let story = program.story;
    let [variant] = program.selection.variants[..] else {
        return Err(Failure::Usage(format!(
            "a code is of one variant: write {}/VARIANT. `interleave list` shows them.",
            story.name
        )));
    };
    let variant = &story.variants[variant];
    let explorer = Explorer::new().spurious_wakeups(variant.search.spurious_wakeups);
    let found = explorer.replay(code, variant.run).map_err(|why| {
        Failure::Usage(format!("{why}. Take a code that `interleave explore` prints."))
    })?;
    let outcome = OutcomeReport::new(found);
    let mut out = stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&outcome).expect("plain data"))?;
        return Ok(true);
    }
    let name = paint(Colour::Bold, &format!("{}/{}", story.name, variant.name));
    writeln!(out, "{name}, {}: {}\n", outcome.kind.word(), outcome.outcome)?;
    write!(out, "{}", outcome.drawn(detail))?;
    Ok(true)
}

fn explore_variant(
    program: &Program,
    variant: usize,
    limits: Limits,
    stop: &Arc<AtomicBool>,
) -> Exploring {
    let story = program.story;
    let variant = &story.variants[variant];
    let name = format!("{}/{}", story.name, variant.name);
    let explorer = explorer(variant, limits);
    let mut exploration = searched(&name, variant, explorer.clone(), stop);
    if let Some(source) = &program.source {
        for found in exploration.outcomes.iter_mut().filter(|found| found.is_failure()) {
            found.trace = source.trace(found, &explorer, variant.run);
        }
    }
    let own = program.source.is_some();
    let orders = if own { None } else { no_way_back::orders(&exploration, &explorer, variant) };
    let mut report = report(story.name, variant, exploration);
    for outcome in &mut report.outcomes {
        outcome.no_way_back = orders.as_deref().and_then(|all| no_way_back(all, &outcome.trace));
    }
    report.own = program.source.clone();
    report.interrupted = stop.load(Relaxed);
    report.detail = limits.detail;
    report
}

pub(crate) fn explorer(variant: &Variant, limits: Limits) -> Explorer {
    let Search { extent, spurious_wakeups, .. } = variant.search;
    let bound = limits.preemptions.or(extent.preemptions()).map(usize::from);
    let mut explorer = Explorer::new().spurious_wakeups(spurious_wakeups);
    explorer = match (limits.judge, extent) {
        (Some(Judge::Loom | Judge::Both), _) => {
            explorer.judge(loom_platform::Judge::Loom).preemptions(bound)
        }
        _ if limits.preemptions.is_some() => explorer.preemptions(bound),
        (_, Extent::LocksInOneStep { .. }) => explorer.locks_in_one_step(),
        (None, Extent::Preemptions(_)) => explorer.preemptions(bound),
        _ => explorer,
    };
    if let Some(duration) = limits.max_duration {
        explorer = explorer.max_duration(duration);
    }
    explorer
}

/// The search, on all cores, with a bar that says `name`.
fn searched(
    name: &str,
    variant: &Variant,
    explorer: Explorer,
    stop: &Arc<AtomicBool>,
) -> Exploration<Outcome> {
    let workers = available_parallelism().map_or(1, Into::into);
    let bar = progress_bar(name, &explorer);
    let progress = bar.clone();
    let exploration = explorer
        .workers(workers)
        .stop_when(stop.clone())
        .on_progress(move |now| show(&progress, now))
        .explore(variant.run);
    bar.finish_and_clear();
    exploration
}

/// On a pipe the bar draws nothing.
pub(crate) fn progress_bar(name: &str, explorer: &Explorer) -> ProgressBar {
    let how =
        if explorer.takes_locks_in_one_step() { format!(", {ONE_STEP}") } else { String::new() };
    let bar = ProgressBar::new(WHOLE).with_style(
        ProgressStyle::with_template("{spinner} {prefix}: {msg}, {elapsed}  {bar:25}")
            .expect("a correct template"),
    );
    bar.set_prefix(name.to_owned() + &how);
    bar
}

/// In how many parts the bar shows a search.
const WHOLE: u64 = 10_000;

fn show(bar: &ProgressBar, now: Progress) {
    let executions = format!("{} executions", grouped(now.executions));
    let Some(explored) = now.explored else {
        return bar.set_message(executions);
    };
    bar.set_position((explored * WHOLE as f64) as u64);
    bar.set_message(format!("{executions}, {}", share(explored)));
}

/// Parts of the search are taken for parts of one size, so the share is an estimate.
fn share(explored: f64) -> String {
    format!("about {:.2} % of the search", 100. * explored)
}

fn report(story: &'static str, variant: &Variant, exploration: Exploration<Outcome>) -> Exploring {
    let mut outcomes: Vec<OutcomeReport> = Vec::new();
    for found in exploration.outcomes.into_iter().map(OutcomeReport::new) {
        // Threads may be stuck at different lines and in the same way: that reads alike, and is
        // told once. What is easiest to read comes first.
        let alike =
            |one: &&mut OutcomeReport| (one.kind, &one.outcome) == (found.kind, &found.outcome);
        match outcomes.iter_mut().find(alike) {
            Some(one) => one.executions += found.executions,
            None => outcomes.push(found),
        }
    }
    // The worst first, and of those the most frequent.
    outcomes
        .sort_by_key(|outcome| (std::cmp::Reverse(outcome.kind), u64::MAX - outcome.executions));
    let some = |kind| outcomes.iter().any(|outcome| outcome.kind == kind);
    let does = Expect::of(some(Kind::Breaks), some(Kind::Stuck));
    let as_expected = does == variant.expect && !some(Kind::Panic);
    Exploring {
        story,
        variant: variant.name,
        expected: variant.expect.word(),
        as_expected,
        exhaustive: exploration.exhaustive,
        preemption_bound: exploration.preemption_bound,
        locks_in_one_step: exploration.locks_in_one_step,
        spurious_wakeups: variant.search.spurious_wakeups,
        executions: exploration.executions,
        blocked: exploration.blocked,
        explored: exploration.explored,
        seconds: exploration.elapsed.as_secs_f64(),
        outcomes,
        interrupted: false,
        detail: Detail::Steps,
        own: None,
        loom: None,
    }
}

impl Report for Exploring {
    fn as_expected(&self) -> bool {
        self.as_expected && self.loom.as_ref().is_none_or(|loom| loom.agrees)
    }

    fn text(&self) -> String {
        let name = (self.story, self.variant);
        let [good, bad] = self.verdicts();
        let mut text = heading(name, self.as_expected, &good, &bad);
        let how = self.how();
        let spurious = if self.spurious_wakeups > 0 { ", spurious wake-ups included" } else { "" };
        // Times differ from run to run, so only a terminal shows them.
        let time =
            if stdout().is_terminal() { format!(", {:.2} s", self.seconds) } else { String::new() };
        let executions = grouped(self.executions);
        let plural = plural(self.executions == 1);
        let _ = writeln!(text, "  {executions} execution{plural}, {how}{spurious}{time}\n");
        if let Some(loom) = &self.loom {
            let of_loom = grouped(loom.executions);
            let verdict = match (loom.exhaustive && self.exhaustive, loom.agrees) {
                (false, _) => "not compared: a search was bounded",
                (true, true) => "the same outcomes",
                (true, false) => "OTHER OUTCOMES",
            };
            let _ = writeln!(text, "  loom: {of_loom} executions, {verdict}\n");
        }
        let mut headings = vec!["executions", "kind", "code", "outcome"];
        let mut rows: Vec<Vec<String>> = self
            .outcomes
            .iter()
            .map(|outcome| {
                vec![
                    grouped(outcome.executions),
                    outcome.kind.word().to_owned(),
                    outcome.code.clone().unwrap_or_default(),
                    outcome.outcome.clone(),
                ]
            })
            .collect();
        if self.outcomes.iter().all(|outcome| outcome.code.is_none()) {
            headings.remove(2);
            rows.iter_mut().for_each(|row| drop(row.remove(2)));
        }
        text += &table(&headings, &rows);
        let bad = self.outcomes.iter().filter(|outcome| outcome.kind != Kind::Holds);
        if let Some(bad) = bad.min_by_key(|outcome| outcome.steps.len()) {
            let says = format!("The shortest way to \"{}\":", bad.outcome);
            let lines = terminal_width().map_or_else(
                || vec![says.as_str().into()],
                |width| textwrap::wrap(&says, width - 2),
            );
            let says = indented(&lines.join("\n"), 2);
            let drawn = match &self.own {
                Some(source) => bad.beside(source),
                None => bad.drawn(self.detail),
            };
            let _ = write!(text, "\n{says}\n{drawn}");
        }
        text
    }
}
