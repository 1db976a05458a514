//! Searches that take too long for every `cargo test`, gone through whole on request.
//!
//! A check whose name ends with `_bounded` tries executions with few preemptions. If the variable
//! `WHOLE_SEARCHES` says how many minutes each may take, it is searched without a bound instead, by
//! all cores and with locks in one step: the book's page on every model has the command. What a
//! search found is kept in `loom-tests/whole`. One that has come to its end is not done again, nor
//! one that was given up after as many minutes. So the command can be stopped, and goes on where it
//! was. To do a search again, delete its file.

use indicatif::{ProgressBar, ProgressStyle};
use loom_platform::{Exploration, Explorer, Outcome};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::{Duration, SystemTime};
use std::{env, fs};

/// How far a search without a bound has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Whole {
    /// Whether waits also returned without a wake, and weak exchanges failed.
    pub spurious_wakeups: bool,
    /// How many executions were run.
    pub executions: u64,
    /// How many runs beside these came to a lock too early.
    pub blocked: u64,
    /// Whether that was all.
    pub finished: bool,
    /// An estimate of which part that was, from 0 to 1.
    pub explored: f64,
    /// How long it took.
    pub seconds: f64,
    /// After how many minutes it would have been given up.
    pub minutes: f64,
    /// On how many cores.
    pub workers: usize,
    /// On which day it ended, such as `2026-11-29`.
    pub date: String,
}

/// After how many minutes a search is to be given up, if whole searches were asked for.
pub fn minutes() -> Option<f64> {
    let minutes = env::var("WHOLE_SEARCHES").ok()?;
    Some(minutes.parse().expect("WHOLE_SEARCHES is a number of minutes"))
}

/// What was found of a check, or a story's variant, in the order of its searches.
///
/// # Panics
///
/// When the file is none of ours.
pub fn whole(name: &str) -> Vec<Whole> {
    let path = path(name);
    let Ok(json) = fs::read_to_string(&path) else { return Vec::new() };
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("whole");
    folder.join(format!("{}.json", name.replace("::", ".").replace('/', ".")))
}

/// If whole searches were asked for, searches a program without a bound, the `nth` of those of this
/// name, unless that was done before. `demand` panics where something is wrong with what was found:
/// that is not kept, so that it is found again.
///
/// # Panics
///
/// As `demand` does, and when what was found cannot be kept.
pub fn search_whole<O: Outcome>(
    name: &str,
    nth: usize,
    spurious_wakeups: u32,
    program: impl Fn() -> O + Send + Sync + 'static,
    demand: impl FnOnce(&Exploration<O>),
) {
    let Some(minutes) = minutes() else { return };
    let mut all = whole(name);
    if all.get(nth).is_some_and(|one| one.finished || one.minutes >= minutes) {
        return;
    }
    let workers = available_parallelism().map_or(1, Into::into);
    let bar = ProgressBar::new_spinner().with_style(
        ProgressStyle::with_template("{spinner} {prefix}: {msg}, {elapsed}").expect("a template"),
    );
    bar.set_prefix(name.to_owned());
    let progress = bar.clone();
    let exploration = Explorer::new()
        .spurious_wakeups(spurious_wakeups)
        .locks_in_one_step()
        .workers(workers)
        .max_duration(Duration::from_secs_f64(60. * minutes))
        .on_progress(move |now| {
            let share = 100. * now.explored.unwrap_or_default();
            progress.set_message(format!("{} executions, about {share:.2} %", now.executions));
        })
        .explore(program);
    bar.finish_and_clear();
    println!("{name}: {exploration} in {:.2?}", exploration.elapsed);
    demand(&exploration);
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let found = Whole {
        spurious_wakeups: spurious_wakeups > 0,
        executions: exploration.executions,
        blocked: exploration.blocked,
        finished: exploration.finished,
        explored: exploration.explored.unwrap_or_default(),
        seconds: exploration.elapsed.as_secs_f64(),
        minutes,
        workers,
        date: now.split('T').next().expect("a date").to_owned(),
    };
    if nth < all.len() {
        all[nth] = found;
    } else {
        assert_eq!(nth, all.len(), "{name}: an earlier search is missing");
        all.push(found);
    }
    let path = path(name);
    let json = serde_json::to_string_pretty(&all).expect("it can be written") + "\n";
    fs::create_dir_all(path.parent().expect("a folder"))
        .and_then(|()| fs::write(&path, json))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
