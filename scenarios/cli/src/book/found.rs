//! What the searches found of stories, as text for the book.

use crate::catalogue::{self, Selection};
use crate::explore::{Limits, explorer, progress_bar};
use crate::failure::Failure;
use loom_platform::picture::{End, svg};
use loom_platform::{Ending, Exploration, Found};
use loom_scenarios::{Outcome, STORIES, Variant};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::thread::available_parallelism;

/// Begins what shows a way to an end that is not as it should be.
pub(super) const BAD_END: &str = "<!-- a bad end -->\n";

/// Each variant is explored once, however often chapters show something of it.
#[derive(Default)]
pub(super) struct Finds {
    explored: HashMap<(usize, usize), Exploration<Outcome>>,
}

/// `STORY/VARIANT` or `STORY/VARIANT: trace`, of a story that only a machine can run: what it
/// tells, and how it ends.
pub(super) fn told(asked: &str) -> Result<String, Failure> {
    let (asked, traced) = asked.strip_suffix(": trace").map_or((asked, false), |it| (it, true));
    let Selection { story, variants } = catalogue::find(asked)?;
    let [number] = variants[..] else {
        return Err(Failure::Usage(format!("`{asked}` is not STORY/VARIANT")));
    };
    if catalogue::can_be_explored(story) {
        return Err(Failure::Usage(format!(
            "`{asked}` can be explored: show an outcome of it, by {{{{#trace {asked}: OUTCOME}}}}"
        )));
    }
    let (said, outcome) =
        machine_stories::run(catalogue::story(story).variants[number].run, traced);
    let verdict = if outcome.holds { "holds" } else { "breaks" };
    Ok(format!("{}\n\n{verdict}: {}\n", said.join("\n"), outcome.text))
}

impl Finds {
    /// `STORY` or `STORY: VARIANT, VARIANT`: what each does, and how it ends.
    pub(super) fn tables(&mut self, asked: &str) -> Result<String, Failure> {
        let (story, wanted) = asked.split_once(':').unwrap_or((asked, ""));
        let wanted = wanted.split(',').map(str::trim).filter(|name| !name.is_empty());
        let mut selections = wanted
            .map(|name| catalogue::find_explorable(&format!("{story}/{name}")))
            .collect::<Vec<_>>();
        if selections.is_empty() {
            selections.push(catalogue::find_explorable(story));
        }
        let mut searches = table_head(["variant", "what it does", "search", "verdict"]);
        let mut endings = table_head(["variant", "outcome", "as it should be", "executions"]);
        for selection in selections {
            let Selection { story, variants } = selection?;
            for number in variants {
                let Variant { name, about, expect, .. } = STORIES[story].variants[number];
                let exploration = self.explored(story, number)?;
                let name = format!("`{name}`");
                searches += &row([&name, about, &exploration.to_string(), expect.word()]);
                for ((Reverse(holds), text), executions) in counted(exploration) {
                    let as_it_should_be = if holds { "yes" } else { "no" };
                    endings += &row([&name, &text, as_it_should_be, &executions.to_string()]);
                }
            }
        }
        Ok(format!("{searches}\n{endings}"))
    }

    /// `STORY/VARIANT: OUTCOME`: the shortest way there, a thread a column.
    pub(super) fn trace(&mut self, asked: &str) -> Result<String, Failure> {
        let found = self.found(asked)?;
        let mut out = mark(found).to_owned() + &found.trace.columns();
        if let Ending::Stuck(waiting) = &found.ending {
            out += "\nstuck: nobody can go on\n";
            for one in waiting {
                let _ = writeln!(out, "  {} waits for {}", one.thread, one.waits_for);
            }
        }
        Ok(out)
    }

    /// `STORY/VARIANT: OUTCOME | TITLE | WHAT IS SEEN`: the same as a picture.
    pub(super) fn picture(&mut self, asked: &str) -> Result<String, Failure> {
        let [of, title, seen] = parts(asked, "STORY/VARIANT: OUTCOME | TITLE | WHAT IS SEEN")?;
        let found = self.found(of)?;
        let text = words(found).1;
        let end = match &found.ending {
            Ending::Returned(outcome) if outcome.holds => End::Well(&text),
            Ending::Stuck(waiting) => End::Stuck(waiting),
            _ => End::Badly(&text),
        };
        Ok(mark(found).to_owned() + &image(&svg(&found.trace, title, end), seen))
    }

    /// `STORY/VARIANT: stuck | TITLE`: which thread waits for which.
    pub(super) fn wait_for(&mut self, asked: &str) -> Result<String, Failure> {
        let [of, title] = parts(asked, "STORY/VARIANT: stuck | TITLE")?;
        let Some(graph) = &self.found(of)?.wait_for else {
            return Err(Failure::Usage(format!("in `{of}` no thread waits for ever")));
        };
        Ok(image(&graph.svg(title), &graph.to_string()))
    }

    fn found(&mut self, asked: &str) -> Result<&Found<Outcome>, Failure> {
        let wrong = || Failure::Usage(format!("`{asked}` is not STORY/VARIANT: OUTCOME"));
        let (variant, wanted) = asked.split_once(": ").ok_or_else(wrong)?;
        let Selection { story, variants } = catalogue::find_explorable(variant)?;
        let [number] = variants[..] else { return Err(wrong()) };
        let exploration = self.explored(story, number)?;
        let is_wanted = |found: &&Found<Outcome>| match (&found.ending, wanted) {
            (Ending::Stuck(_), "stuck") => true,
            (Ending::Stuck(_), _) => wanted.strip_prefix("stuck: ") == Some(&who_waits(found)),
            _ => words(found).1 == wanted,
        };
        let shortest = exploration.outcomes.iter().filter(is_wanted);
        shortest.min_by_key(|found| found.trace.steps().count()).ok_or_else(|| {
            let there = exploration.outcomes.iter().map(|found| match found.ending {
                Ending::Stuck(_) => format!("`stuck: {}`", who_waits(found)),
                _ => format!("`{}`", words(found).1),
            });
            let there = there.collect::<Vec<_>>().join(", ");
            Failure::Usage(format!("{variant} has no outcome `{wanted}`. It has {there}."))
        })
    }

    fn explored(&mut self, story: usize, number: usize) -> Result<&Exploration<Outcome>, Failure> {
        let variant = &STORIES[story].variants[number];
        let explore = || explore(&format!("{}/{}", STORIES[story].name, variant.name), variant);
        let explored = self.explored.entry((story, number)).or_insert_with(explore);
        match explored.finished {
            true => Ok(explored),
            false => Err(Failure::Usage(format!("{}: {explored}", variant.name))),
        }
    }
}

fn explore(name: &str, variant: &Variant) -> Exploration<Outcome> {
    let explorer = explorer(variant, Limits::NONE);
    let bar = progress_bar(name, &explorer);
    let progress = bar.clone();
    let exploration = explorer
        .workers(available_parallelism().map_or(1, Into::into))
        .on_progress(move |now| progress.set_message(now.executions.to_string()))
        .explore(variant.run);
    bar.finish_and_clear();
    exploration
}

/// How executions end, the worst first, and how many do.
fn counted(exploration: &Exploration<Outcome>) -> BTreeMap<(Reverse<bool>, String), u64> {
    let mut counted = BTreeMap::new();
    for found in &exploration.outcomes {
        let (holds, text) = words(found);
        *counted.entry((Reverse(holds), text)).or_default() += found.executions;
    }
    counted
}

/// Whether the outcome is as it should be, and what it is called.
fn words(found: &Found<Outcome>) -> (bool, String) {
    match &found.ending {
        Ending::Returned(outcome) => (outcome.holds, outcome.text.clone()),
        // Which threads are stuck differs from execution to execution.
        Ending::Stuck(_) => (false, "stuck: nobody can go on".to_owned()),
        Ending::Panicked(panic) => (false, format!("{} panicked: {}", panic.thread, panic.message)),
    }
}

fn mark(found: &Found<Outcome>) -> &'static str {
    if words(found).0 { "" } else { BAD_END }
}

/// The threads that wait, main left out.
fn who_waits(found: &Found<Outcome>) -> String {
    let Ending::Stuck(waiting) = &found.ending else { return String::new() };
    let names = waiting.iter().map(|one| one.thread.as_str()).filter(|name| *name != "main");
    names.collect::<Vec<_>>().join(", ")
}

fn parts<'a, const N: usize>(asked: &'a str, form: &str) -> Result<[&'a str; N], Failure> {
    let parts: Vec<&str> = asked.split(" | ").collect();
    parts.try_into().map_err(|_| Failure::Usage(format!("`{asked}` is not {form}")))
}

/// An image in the text, so that its style is its own and the page needs no other file.
fn image(svg: &str, seen: &str) -> String {
    const KEPT_OUT: &AsciiSet =
        &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>');
    let data = utf8_percent_encode(svg, KEPT_OUT);
    let seen = seen.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!("<p><img alt=\"{seen}\" src=\"data:image/svg+xml;charset=utf-8,{data}\"></p>\n")
}

fn row<const N: usize>(cells: [&str; N]) -> String {
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

fn table_head<const N: usize>(names: [&str; N]) -> String {
    format!("{}|{}\n", row(names), "---|".repeat(N))
}
