//! Every small program over each primitive.
//!
//! A plain `cargo test` judges the small ones, each up to so many executions. With the variable
//! `PROGRAMS`, which says up to how many, the ignored tests go through all of them, with and
//! without spurious wake-ups. They keep what they find in `loom-tests/programs/found`, and do not
//! do it again. So the command can be stopped, and the tests shared among machines.

use humantime::format_rfc3339_seconds;
use indicatif::{ProgressBar, ProgressStyle};
use listings::{page, table};
use primitives::{
    Barrier, Event, FairLock, Latch, Local, Lock, Once, Queue, RLock, RwLock, Semaphore,
};
use serde::{Deserialize, Serialize};
use small_programs::subjects::condition::Monitor;
use small_programs::subjects::timer::Counting;
use small_programs::subjects::{self, ranked, watched};
use small_programs::{Judged, Shape, Subject, judge, programs};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};
use std::{env, fs};

/// Up to how many executions a program is searched here.
const MOST: u64 = 1_000;

/// How large programs are, where all are asked for.
const SHAPES: [Shape; 3] = [Shape::TWO_AND_ONE, Shape::THREE, Shape::TWO_AND_TWO];

/// What was found of all programs of a shape.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Found {
    shape: String,
    spurious_wakeups: bool,
    #[serde(default)]
    locks_in_one_step: bool,
    programs: usize,
    /// How many of them were searched to their end.
    whole: usize,
    executions: u64,
    histories: usize,
    /// Up to how many executions each was searched.
    most: u64,
    seconds: f64,
    date: String,
}

/// Judges all programs of a shape.
fn all<S: Subject>(name: &str, shape: Shape, spurious_wakeups: u32, most: u64) -> Found {
    let programs = programs::<S::Specification>(shape);
    let template = "{prefix} {wide_bar} {pos} of {len} programs, {eta} left";
    let style = ProgressStyle::with_template(template).expect("a template");
    let bar = ProgressBar::new(programs.len() as u64).with_style(style);
    bar.set_prefix(name.to_owned());
    let start = Instant::now();
    let judged = bar.wrap_iter(programs.iter()).map(|program| {
        let judged = judge::<S>(program, spurious_wakeups, most);
        if let Some(fault) = &judged.fault {
            panic!("{name}: {}\n{}\n{}", fault.program, fault.history, fault.trace);
        }
        judged
    });
    let judged: Vec<Judged> = judged.collect();
    let date = format_rfc3339_seconds(SystemTime::now()).to_string();
    let found = Found {
        shape: shape.to_string(),
        spurious_wakeups: spurious_wakeups > 0,
        locks_in_one_step: S::LOCKS_IN_ONE_STEP,
        programs: programs.len(),
        whole: judged.iter().filter(|one| one.whole).count(),
        executions: judged.iter().map(|one| one.executions).sum(),
        histories: judged.iter().map(|one| one.histories).sum(),
        most,
        seconds: start.elapsed().as_secs_f64(),
        date: date.split('T').next().expect("a date").to_owned(),
    };
    println!("{name}, {found:?}");
    found
}

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("found");
    folder.join(format!("{name}.json"))
}

fn kept(name: &str) -> Vec<Found> {
    let Ok(json) = fs::read_to_string(path(name)) else { return Vec::new() };
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Judges all programs, if that was asked for, and keeps what was found.
fn whole<S: Subject>(name: &str) {
    let Ok(most) = env::var("PROGRAMS") else { return };
    let most = most.parse().expect("PROGRAMS is a number of executions");
    for shape in SHAPES {
        for spurious_wakeups in [0, 1] {
            let mut kept = kept(name);
            let of = shape.to_string();
            let is_this =
                |one: &Found| one.shape == of && one.spurious_wakeups == (spurious_wakeups > 0);
            if kept.iter().any(|one| is_this(one) && one.most >= most) {
                continue;
            }
            let found = all::<S>(name, shape, spurious_wakeups, most);
            kept.retain(|one| !is_this(one));
            kept.push(found);
            let json = serde_json::to_string_pretty(&kept).expect("it can be written") + "\n";
            fs::create_dir_all(path(name).parent().expect("a folder")).expect("a folder");
            fs::write(path(name), json).expect("the file can be written");
        }
    }
}

macro_rules! subjects {
    ($($module:ident: $name:literal, $subject:ty;)+) => {
        $(mod $module {
            use super::*;

            #[test]
            fn answers_every_small_program_as_it_promises() {
                for shape in [Shape::TWO_AND_ONE, Shape::THREE] {
                    all::<$subject>($name, shape, 0, MOST);
                }
            }

            #[test]
            #[ignore = "takes hours, and only if PROGRAMS says up to how many executions"]
            fn answers_every_program_as_it_promises() {
                whole::<$subject>($name);
            }
        })+

        /// The names of the files of what was found.
        const NAMES: &[&str] = &[$($name),+];
    };
}

subjects! {
    lock: "Lock", Lock<()>;
    fair_lock: "FairLock", FairLock;
    rlock: "RLock", RLock<()>;
    condition: "Condition", Monitor;
    event: "Event", Event;
    latch: "Latch", Latch;
    once: "Once", Once;
    semaphore: "Semaphore", Semaphore;
    rwlock: "RwLock", RwLock<()>;
    barrier: "Barrier", Barrier;
    queue: "Queue", Queue<u32>;
    watched_lock: "WatchedLock", watched::Pair;
    ranked_lock: "RankedLock", ranked::Pair;
    local: "Local", Local<Cell<u32>>;
    timer: "Timer", Counting;
    ticking_gil: "Gil-ticks", subjects::gil::Ticking;
    asked_gil: "Gil-interval", subjects::gil::Asked;
    thread: "Thread", subjects::thread::Counting;
    scheduler: "Scheduler", subjects::scheduler::Planned;
    arc: "Arc", subjects::arc::Owners;
    future: "Future", subjects::future::Both;
    pool: "ThreadPool", subjects::pool::Counting;
}

#[test]
fn the_book_tells_what_was_found_of_every_program() {
    let rows = NAMES.iter().flat_map(|name| {
        let kept = kept(name);
        let forms = SHAPES.into_iter().flat_map(|shape| [(shape, false), (shape, true)]);
        forms.map(move |(shape, spurious_wakeups)| {
            let shape = shape.to_string();
            let mut these = kept.iter().filter(|one| one.spurious_wakeups == spurious_wakeups);
            let found = these.find(|one| one.shape == shape);
            let in_one_step = found.is_some_and(|found| found.locks_in_one_step);
            let mut row = [const { String::new() }; 9];
            row[0] = format!("`{name}`");
            row[1] = shape
                + if spurious_wakeups { ", spurious wake-ups" } else { "" }
                + if in_one_step { ", locks in one step" } else { "" };
            row[8] = "not run".to_owned();
            if let Some(found) = found {
                row[2] = found.programs.to_string();
                row[3] = found.whole.to_string();
                row[4] = (found.programs - found.whole).to_string();
                row[5] = found.most.to_string();
                row[6] = found.executions.to_string();
                row[7] = found.histories.to_string();
                row[8] = found.date.clone();
            }
            row
        })
    });
    let head = [
        "of",
        "programs",
        "how many",
        "whole",
        "cut",
        "each up to",
        "executions",
        "histories",
        "on",
    ];
    page("programs/every.md", &table(head, rows));
}
