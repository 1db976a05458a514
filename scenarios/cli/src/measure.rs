//! What is measured on this machine. Here nothing is modelled: what a run finds differs from
//! machine to machine, and from run to run.

mod choice;
mod gil;
mod picture;
mod pool;
mod threads;

use crate::failure::Done;
use crate::page::Target;
use crate::report::{Colour, paint, table};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::fs;
use std::hint::black_box;
use std::io::{Write, stdout};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What can be measured. To add one, write a function that returns its tables.
#[derive(Clone, Copy, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    /// An interpreter lock: what it costs threads that compute, and what threads that wait
    Gil,
    /// A pool: what it gives to tasks that wait, that compute, and that are small
    Pool,
    /// How many threads are best, for tasks that wait more or less
    Threads,
    /// Threads, processes or an event loop: the same work in each, once computing, once waiting
    Choice,
}

/// How much of it. The quick form only shows that it runs.
struct Sizes {
    rounds: usize,
    /// How long one thread takes for a countdown.
    countdown: Duration,
    /// How long a device takes.
    device: Duration,
    /// How long a task of the throughput computes.
    task: Duration,
    /// How long a throughput is measured.
    period: Duration,
    /// Primes are looked for from here on.
    primes_from: u64,
    small_tasks: usize,
}

const FULL: Sizes = Sizes {
    rounds: 5,
    countdown: Duration::from_millis(200),
    device: Duration::from_millis(50),
    task: Duration::from_millis(2),
    period: Duration::from_millis(400),
    primes_from: 100_000_000_000_000,
    small_tasks: 2_000,
};

const QUICK: Sizes = Sizes {
    rounds: 1,
    countdown: Duration::from_millis(1),
    device: Duration::from_millis(2),
    task: Duration::from_micros(100),
    period: Duration::from_millis(5),
    primes_from: 1_000_000,
    small_tasks: 200,
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
    /// What the tutorials measured of the same kind, on their machines.
    tutorials: &'static [Told],
    note: String,
}

/// What a tutorial measured.
#[derive(Serialize)]
struct Told {
    program: &'static str,
    seconds: f64,
}

pub(crate) fn measure(what: What, quick: bool, json: bool, svg: Option<&Path>) -> Done {
    let picture = svg.map(Target::open).transpose()?;
    let sizes = if quick { QUICK } else { FULL };
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let bar = ProgressBar::new_spinner().with_style(
        ProgressStyle::with_template("{spinner} {msg}, {elapsed}").expect("a correct template"),
    );
    let tables = match what {
        What::Gil => gil::tables(&sizes, &bar),
        What::Pool => pool::tables(&sizes, cores, &bar),
        What::Threads => threads::tables(&sizes, cores, &bar),
        What::Choice => choice::tables(&sizes, &bar),
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
    if let Some(picture) = picture {
        eprintln!("{}", picture.write(&measured.picture())?);
    }
    Ok(true)
}

/// As the system calls it, where it does.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned())
}

/// A tutorial fetched pages one after another, and by a pool of four.
const PAGES_IN_TURN: &[Told] = &[Told { program: "pages", seconds: 3.53 }];
const PAGES_BY_FOUR: &[Told] = &[Told { program: "pages", seconds: 0.77 }];

/// What is measured in a round, under a name.
struct Contender<'a> {
    name: String,
    tutorials: &'static [Told],
    /// Gives a number, and a note on it.
    run: Box<dyn Fn() -> (f64, String) + 'a>,
}

impl<'a> Contender<'a> {
    fn new(name: impl Into<String>, run: impl Fn() -> (f64, String) + 'a) -> Self {
        Self { name: name.into(), tutorials: &[], run: Box::new(run) }
    }

    fn beside(self, tutorials: &'static [Told]) -> Self {
        Self { tutorials, ..self }
    }
}

/// Measures by turns, so that what disturbs the machine disturbs all alike.
fn rows(sizes: &Sizes, bar: &ProgressBar, contenders: Vec<Contender<'_>>) -> Vec<Row> {
    let mut found: Vec<Vec<(f64, String)>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 1..=sizes.rounds {
        for (one, found) in contenders.iter().zip(&mut found) {
            bar.set_message(format!("round {round} of {}: {}", sizes.rounds, one.name));
            bar.tick();
            found.push((one.run)());
        }
    }
    let row = |(Contender { name, tutorials, .. }, mut found): (_, Vec<(f64, String)>)| {
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (median, note) = found[found.len() / 2].clone();
        Row { name, median, least: found[0].0, most: found[found.len() - 1].0, tutorials, note }
    };
    contenders.into_iter().zip(found).map(row).collect()
}

/// How many instructions one thread does in a time.
fn instructions_in(time: Duration) -> u64 {
    const PROBE: Duration = Duration::from_millis(1);
    let probe = || {
        let (start, mut done) = (Instant::now(), 0.);
        while start.elapsed() < PROBE {
            (0..1_000).for_each(|_| instruction());
            done += 1_000.;
        }
        done / start.elapsed().as_secs_f64()
    };
    // The best of several: other programs may have had the core in between.
    let each_second = (0..20).map(|_| probe()).fold(0., f64::max);
    (each_second * time.as_secs_f64()) as u64
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

impl Measured {
    fn text(&self) -> String {
        let mut text = format!("{}\n", self.when_and_where());
        for one in &self.tables {
            text +=
                &format!("\n{}, {}\n\n{}", paint(Colour::Bold, &one.title), one.unit, one.text());
        }
        text
    }

    fn when_and_where(&self) -> String {
        let plural = if self.cores == 1 { "" } else { "s" };
        let Self { date, processor, cores, .. } = self;
        format!("Measured on {date}: {processor}, {cores} core{plural}")
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
                let bar = "█".repeat((WIDTH * row.median / longest).round() as usize);
                let [median, least, most] = [row.median, row.least, row.most].map(short);
                vec![row.name.clone(), median, least, most, bar, row.remarks().join("; ")]
            })
            .collect();
        table(&["", "median", "least", "most", "", ""], &rows)
    }
}

impl Row {
    /// What stands beside the numbers.
    fn remarks(&self) -> Vec<String> {
        let told = self
            .tutorials
            .iter()
            .map(|Told { program, seconds }| format!("tutorials, {program}: {seconds} s"));
        told.chain((!self.note.is_empty()).then(|| self.note.clone())).collect()
    }
}

/// Four digits, or more where there are more before the point.
fn short(number: f64) -> String {
    let before = if number < 1. { 1 } else { number.log10() as usize + 1 };
    format!("{number:.*}", 4_usize.saturating_sub(before))
}
