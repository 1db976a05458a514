//! What is measured on this machine. Here nothing is modelled: what a run finds differs from
//! machine to machine, and from run to run.

use crate::failure::Done;
use crate::report::{Colour, grouped, paint, table};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use primitives::{Event, Gil};
use serde::Serialize;
use std::fs;
use std::hint::black_box;
use std::io::{Write, stdout};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What can be measured. To add one, write a function that returns its tables.
#[derive(Clone, Copy, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    /// An interpreter lock: what it costs threads that compute, and what threads that wait
    Gil,
    /// How many threads are best, for tasks that wait more or less
    Threads,
}

/// How much of it. The quick form only shows that it runs.
struct Sizes {
    rounds: usize,
    /// Instructions of a countdown.
    countdown: u64,
    /// How long a device takes.
    device: Duration,
    /// How long a task of the throughput computes.
    task: Duration,
    /// How long a throughput is measured.
    period: Duration,
}

const FULL: Sizes = Sizes {
    rounds: 5,
    countdown: 4_000_000,
    device: Duration::from_millis(50),
    task: Duration::from_millis(2),
    period: Duration::from_millis(400),
};

const QUICK: Sizes = Sizes {
    rounds: 1,
    countdown: 20_000,
    device: Duration::from_millis(2),
    task: Duration::from_micros(100),
    period: Duration::from_millis(5),
};

#[derive(Serialize)]
struct Measured {
    what: What,
    date: String,
    processor: String,
    cores: usize,
    tables: Vec<Table>,
}

#[derive(Serialize)]
struct Table {
    title: String,
    unit: &'static str,
    rows: Vec<Row>,
}

/// The median of the rounds, and the least and the most.
#[derive(Serialize)]
struct Row {
    name: String,
    median: f64,
    least: f64,
    most: f64,
    note: String,
}

pub(crate) fn measure(what: What, quick: bool, json: bool) -> Done {
    let sizes = if quick { QUICK } else { FULL };
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let bar = ProgressBar::new_spinner().with_style(
        ProgressStyle::with_template("{spinner} {msg}, {elapsed}").expect("a correct template"),
    );
    let tables = match what {
        What::Gil => {
            vec![countdowns(&sizes, &bar), devices(&sizes, &bar), convoy(&sizes, &bar)]
        }
        What::Threads => throughputs(&sizes, cores, &bar),
    };
    bar.finish_and_clear();
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let date = now.split('T').next().expect("a date").to_owned();
    let measured = Measured { what, date, processor: processor(), cores, tables };
    let text = if json {
        serde_json::to_string_pretty(&measured).expect("plain data") + "\n"
    } else {
        measured.text()
    };
    stdout().write_all(text.as_bytes())?;
    Ok(true)
}

/// As the system calls it, where it does.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned())
}

/// What is measured in a round, under a name: a number, and a note on it.
type Contender<'a> = (String, Box<dyn Fn() -> (f64, String) + 'a>);

/// Measures by turns, so that what disturbs the machine disturbs all alike.
fn rows(sizes: &Sizes, bar: &ProgressBar, contenders: Vec<Contender<'_>>) -> Vec<Row> {
    let mut found: Vec<Vec<(f64, String)>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 1..=sizes.rounds {
        for ((name, run), found) in contenders.iter().zip(&mut found) {
            bar.set_message(format!("round {round} of {}: {name}", sizes.rounds));
            bar.tick();
            found.push(run());
        }
    }
    let row = |((name, _), mut found): ((String, _), Vec<(f64, String)>)| {
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (median, note) = found[found.len() / 2].clone();
        Row { name, median, least: found[0].0, most: found[found.len() - 1].0, note }
    };
    contenders.into_iter().zip(found).map(row).collect()
}

fn seconds(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

/// An instruction of an interpreter takes some ten nanoseconds.
fn instruction() {
    let mut number = 1_u64;
    for _ in 0..8 {
        number = black_box(number).wrapping_mul(0x5851_f42d_4c95_7f2d);
    }
}

/// How an interpreter lock is made, or none.
type MakeGil = fn() -> Option<Gil>;

/// The kinds of interpreter lock, as Python had them.
const KINDS: [(&str, MakeGil); 3] = [
    ("no lock", || None),
    ("100 ticks", || Some(Gil::ticks(100))),
    ("5 ms", || Some(Gil::interval(Duration::from_millis(5)))),
];

fn switches(gil: Option<&Gil>) -> String {
    gil.map_or(String::new(), |gil| {
        let [switches, back] = [gil.switches(), gil.taken_back()].map(|n| grouped(n as u64));
        format!("switches: {switches}, taken back: {back}")
    })
}

// ANCHOR: countdown
/// Counts down from `n`, in a thread of an interpreter that may have a lock.
fn count_down(gil: Option<&Gil>, n: u64) {
    let mut guard = gil.map(Gil::acquire);
    for _ in 0..n {
        instruction();
        if let Some(guard) = &mut guard {
            guard.tick();
        }
    }
}
// ANCHOR_END: countdown

/// A countdown that threads share.
fn countdowns(sizes: &Sizes, bar: &ProgressBar) -> Table {
    let mut contenders: Vec<Contender<'_>> = Vec::new();
    for (kind, new) in KINDS {
        for threads in [1, 2, 4] {
            let n = sizes.countdown / threads;
            let run = move || {
                let gil = new();
                let taken = seconds(|| {
                    thread::scope(|scope| {
                        for _ in 0..threads {
                            scope.spawn(|| count_down(gil.as_ref(), n));
                        }
                    });
                });
                (taken, switches(gil.as_ref()))
            };
            contenders.push((format!("{kind}, threads: {threads}"), Box::new(run)));
        }
    }
    let title = format!("A countdown from {}, shared by threads", grouped(sizes.countdown));
    Table { title, unit: "seconds", rows: rows(sizes, bar, contenders) }
}

/// Four requests to a device, which computes nothing.
fn devices(sizes: &Sizes, bar: &ProgressBar) -> Table {
    const REQUESTS: usize = 4;
    let device = || thread::sleep(sizes.device);
    let request = move |gil: &Gil, released: bool| {
        let mut guard = gil.acquire();
        if released { guard.allow_threads(device) } else { device() }
    };
    let in_threads = move |released: bool| {
        let gil = Gil::interval(Duration::from_millis(5));
        let taken = seconds(|| {
            thread::scope(|scope| {
                for _ in 0..REQUESTS {
                    scope.spawn(|| request(&gil, released));
                }
            });
        });
        (taken, switches(Some(&gil)))
    };
    let in_turn = move || {
        let gil = Gil::interval(Duration::from_millis(5));
        let taken = seconds(|| (0..REQUESTS).for_each(|_| request(&gil, true)));
        (taken, switches(Some(&gil)))
    };
    let contenders: Vec<Contender<'_>> = vec![
        ("one after another".to_owned(), Box::new(in_turn)),
        (format!("{REQUESTS} threads, lock kept"), Box::new(move || in_threads(false))),
        (format!("{REQUESTS} threads, lock released"), Box::new(move || in_threads(true))),
    ];
    let title = format!("{REQUESTS} requests to a device that takes {:?}", sizes.device);
    Table { title, unit: "seconds", rows: rows(sizes, bar, contenders) }
}

/// One thread counts down, another comes back from a device again and again, and then needs the
/// lock.
fn convoy(sizes: &Sizes, bar: &ProgressBar) -> Table {
    const TIMES: u32 = 20;
    let pause = sizes.device / 50;
    let beside = move |new: MakeGil| {
        let gil = new();
        let (begun, stop) = (Event::new(), AtomicBool::new(false));
        let mut waited = Duration::ZERO;
        thread::scope(|scope| {
            scope.spawn(|| {
                begun.set();
                while !stop.load(Relaxed) {
                    count_down(gil.as_ref(), 100_000);
                }
            });
            begun.wait();
            for _ in 0..TIMES {
                thread::sleep(pause);
                let back = Instant::now();
                drop(gil.as_ref().map(Gil::acquire));
                waited += back.elapsed();
            }
            stop.store(true, Relaxed);
        });
        (1000. * (waited / TIMES).as_secs_f64(), switches(gil.as_ref()))
    };
    let contenders = KINDS.map(|(kind, new)| {
        let run: Box<dyn Fn() -> (f64, String)> = Box::new(move || beside(new));
        (kind.to_owned(), run)
    });
    let title = "How long a thread that comes back from a device waits, beside a countdown";
    let rows = rows(sizes, bar, contenders.into());
    Table { title: title.to_owned(), unit: "milliseconds", rows }
}

/// Tasks a second, for tasks that wait so many times as long as they compute.
fn throughputs(sizes: &Sizes, cores: usize, bar: &ProgressBar) -> Vec<Table> {
    // The best of several: other programs may have had the core in between.
    let probes = (0..20).map(|_| instructions_in(Duration::from_millis(1)));
    let each_second = probes.fold(0., f64::max) * 1000.;
    let instructions = (each_second * sizes.task.as_secs_f64()) as u64;
    let table = |ratio: u32| {
        // ANCHOR: formula
        // (waiting + computing) / computing × cores
        let formula = (ratio as usize + 1) * cores;
        // ANCHOR_END: formula
        let wait = sizes.task * ratio;
        let mut counts = vec![1, cores, formula / 2, formula, formula * 3 / 2, 2 * formula];
        counts.sort_unstable();
        counts.dedup();
        let contender = |threads: usize| {
            let run =
                move || (throughput(threads, wait, instructions, sizes.period), String::new());
            let run: Box<dyn Fn() -> (f64, String)> = Box::new(run);
            (format!("threads: {threads}"), run)
        };
        let mut rows = rows(sizes, bar, counts.iter().map(|&threads| contender(threads)).collect());
        let place = counts.iter().position(|&threads| threads == formula).expect("it is there");
        "the formula's number".clone_into(&mut rows[place].note);
        let title = format!("Tasks that compute for {:?} and wait for {wait:?}", sizes.task);
        Table { title, unit: "tasks a second", rows }
    };
    [0, 1, 4].map(table).into()
}

/// How many instructions one thread does in a time.
fn instructions_in(time: Duration) -> f64 {
    let (start, mut done) = (Instant::now(), 0.);
    while start.elapsed() < time {
        (0..1_000).for_each(|_| instruction());
        done += 1_000.;
    }
    done * time.as_secs_f64() / start.elapsed().as_secs_f64()
}

// ANCHOR: throughput
fn throughput(threads: usize, wait: Duration, instructions: u64, period: Duration) -> f64 {
    let (start, done) = (Instant::now(), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while start.elapsed() < period {
                    if !wait.is_zero() {
                        thread::sleep(wait);
                    }
                    (0..instructions).for_each(|_| instruction());
                    done.fetch_add(1, Relaxed);
                }
            });
        }
    });
    done.into_inner() as f64 / start.elapsed().as_secs_f64()
}
// ANCHOR_END: throughput

impl Measured {
    fn text(&self) -> String {
        let plural = if self.cores == 1 { "" } else { "s" };
        let Self { date, processor, cores, .. } = self;
        let mut text = format!("Measured on {date}: {processor}, {cores} core{plural}\n");
        for one in &self.tables {
            text +=
                &format!("\n{}, {}\n\n{}", paint(Colour::Bold, &one.title), one.unit, one.text());
        }
        text
    }
}

impl Table {
    fn text(&self) -> String {
        const WIDTH: f64 = 30.;
        let longest = self.rows.iter().map(|row| row.median).fold(f64::MIN_POSITIVE, f64::max);
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                let length = (WIDTH * row.median / longest).round() as usize;
                let [median, least, most] = [row.median, row.least, row.most].map(short);
                vec![row.name.clone(), median, least, most, "█".repeat(length), row.note.clone()]
            })
            .collect();
        table(&["", "median", "least", "most", "", ""], &rows)
    }
}

/// Four digits, or more where there are more before the point.
fn short(number: f64) -> String {
    let before = if number < 1. { 1 } else { number.log10() as usize + 1 };
    format!("{number:.*}", 4_usize.saturating_sub(before))
}
