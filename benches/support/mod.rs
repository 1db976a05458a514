//! What every benchmark here shares: measure ours and its peers by turns, compare medians, report.
//!
//! A time alone says little on a machine that does other work beside. So a row never measures one
//! contender and then the next: it runs many short rounds, every round runs each contender once,
//! and the order changes from round to round. Whatever disturbs the machine then disturbs all of
//! them alike, and the ratio of their medians stays meaningful.
//!
//! ```text
//! cargo bench -p benches --bench lock                 everything
//! cargo bench -p benches --bench lock -- --quick      a few rounds, to see that it runs
//! cargo bench -p benches --bench lock -- uncontended  only rows whose name contains this
//! cargo bench -p benches --bench lock -- --rounds=15     fewer rounds than usual
//! cargo bench -p benches --bench lock -- --hint-times=16
//! cargo bench -p benches --bench lock -- --one-core      Linux only
//! ```
//!
//! The last two pretend other machines. On one a hint of the spin loop takes sixteen times as long,
//! and a yield four times: a copy of the library is measured in which each is repeated. On the
//! other there is one core.

// Each benchmark uses a part of this file.
#![allow(dead_code)]

mod other_machine;
mod page;
mod trades;

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

const HOW_TO_READ: &str = "Rows marked ↓ are times or bytes: below 1 ours is better. \
     Rows marked ↑ are throughputs and\n\
     shares: above 1 ours is better. `!` marks where ours is worse by more than 5 %.";

/// What a row's numbers are, and which way is good.
#[derive(Clone, Copy)]
pub(crate) enum Metric {
    /// Nanoseconds for one operation: less is better.
    Nanoseconds,
    /// Million operations a second, all threads together: more is better.
    Throughput,
    /// Bytes of memory for one item: less is better.
    Bytes,
    /// The operations of the thread that got fewest, where 1 is its fair share: more is better.
    SmallestShare,
}

impl Metric {
    fn unit(self) -> &'static str {
        match self {
            Metric::Nanoseconds => "ns/op",
            Metric::Throughput => "M ops/s",
            Metric::Bytes => "bytes",
            Metric::SmallestShare => "min share",
        }
    }

    fn less_is_better(self) -> bool {
        matches!(self, Metric::Nanoseconds | Metric::Bytes)
    }

    /// How many times as good as the peer a ratio says we are.
    fn goodness(self, ratio: f64) -> f64 {
        if self.less_is_better() { 1.0 / ratio } else { ratio }
    }
}

/// One of those compared in a row: a name, and what measures it for one round.
pub(crate) struct Contender<'a, S> {
    name: &'static str,
    round: Box<dyn FnMut() -> S + 'a>,
}

impl<'a, S> Contender<'a, S> {
    /// `round` runs for a few milliseconds and returns what it measured.
    pub(crate) fn new(name: &'static str, round: impl FnMut() -> S + 'a) -> Self {
        Self { name, round: Box::new(round) }
    }
}

/// One line of the table: what the rounds measured, for each contender, ours first.
struct Row {
    name: String,
    metric: Metric,
    samples: Vec<(&'static str, Vec<f64>)>,
}

impl Row {
    fn median_of(&self, name: &str) -> Option<f64> {
        let (_, samples) = self.samples.iter().find(|(n, _)| *n == name)?;
        Some(median(samples))
    }

    fn ours(&self) -> f64 {
        median(&self.samples[0].1)
    }
}

/// A benchmark: its options, and the rows measured so far.
pub(crate) struct Suite {
    name: &'static str,
    /// The run whose place in the page this takes, if it takes one.
    run: Option<&'static str>,
    quick: bool,
    rounds: Option<usize>,
    filter: Option<String>,
    rows: Vec<Row>,
}

impl Suite {
    /// Reads the command line. `name` names the report.
    pub(crate) fn from_args(name: &'static str) -> Self {
        let (flags, words): (Vec<_>, Vec<_>) =
            std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
        let has = |flag: &str| flags.iter().any(|arg| arg == flag);
        let number = |flag: &str| {
            let text = flags.iter().find_map(|arg| arg.strip_prefix(flag))?;
            let number = text.parse().ok().filter(|number| (1..=1000).contains(number));
            Some(number.unwrap_or_else(|| {
                eprintln!("{flag} needs a number from 1 to 1000, as in {flag}15");
                exit(2)
            }))
        };
        // `cargo bench` passes `--bench`; without it this is `cargo test --all-targets`, which only
        // wants to see that the benchmark runs.
        let quick = has("--quick") || !has("--bench");
        let filter = words.into_iter().next();
        let one_core = has("--one-core");
        if one_core {
            other_machine::stay_on_one_core();
        }
        let hint_times = other_machine::hint_times();
        // What a part of the rows or a quick run has measured does not take the place of a whole.
        let whole = !quick && filter.is_none();
        let run = match (hint_times, one_core) {
            (None, false) if whole => Some(page::AS_IT_IS),
            (Some(16), false) if whole => Some(page::DEAR_HINTS),
            (None, true) if whole => Some(page::ONE_CORE),
            _ => None,
        };
        if let Some(times) = number("--hint-times=") {
            let rest = std::env::args().skip(1).filter(|arg| !arg.starts_with("--hint-times"));
            other_machine::measure(name, times, rest);
            if whole && times == 16 {
                write_page();
            }
            exit(0);
        }
        assert!(page::BENCHMARKS.contains(&name), "the page leaves {name} out");
        Self { name, run, quick, rounds: number("--rounds="), filter, rows: Vec::new() }
    }

    /// `full`, or much less when all that is asked for is a smoke run.
    pub(crate) fn rounds(&self, full: usize) -> usize {
        if self.quick { 3 } else { self.rounds.unwrap_or(full) }
    }

    /// Whether the command line asks for this row.
    pub(crate) fn wants(&self, row: &str) -> bool {
        self.filter.as_ref().is_none_or(|part| row.contains(part.as_str()))
    }

    /// Measures one row of one number for each contender. The first contender is ours.
    pub(crate) fn row(
        &mut self,
        name: &str,
        metric: Metric,
        rounds: usize,
        contenders: Vec<Contender<'_, f64>>,
    ) {
        if !self.wants(name) {
            return;
        }
        let samples = alternate(name, rounds, contenders);
        self.push(name, metric, samples);
    }

    /// Measures one contended row: its throughput, and the share of the thread that got least.
    pub(crate) fn contended_row(
        &mut self,
        name: &str,
        rounds: usize,
        contenders: Vec<Contender<'_, Contention>>,
    ) {
        if !self.wants(name) {
            return;
        }
        let samples = alternate(name, rounds, contenders);
        let project = |pick: fn(&Contention) -> f64| {
            let of_one = |(name, all): &(_, Vec<_>)| (*name, all.iter().map(pick).collect());
            samples.iter().map(of_one).collect()
        };
        let (throughput, share) = (project(|c| c.throughput), project(|c| c.smallest_share));
        self.push(name, Metric::Throughput, throughput);
        self.push(name, Metric::SmallestShare, share);
    }

    /// Measures two rows by the same rounds.
    pub(crate) fn pair_of_rows(
        &mut self,
        names: &[String; 2],
        metrics: [Metric; 2],
        rounds: usize,
        contenders: Vec<Contender<'_, [f64; 2]>>,
    ) {
        if !names.iter().any(|name| self.wants(name)) {
            return;
        }
        let samples = alternate(&names[0], rounds, contenders);
        for (which, (name, metric)) in names.iter().zip(metrics).enumerate() {
            let of_one = |(peer, all): &(_, Vec<[f64; 2]>)| {
                (*peer, all.iter().map(|both| both[which]).collect())
            };
            self.push(name, metric, samples.iter().map(of_one).collect());
        }
    }

    /// Measures the distribution of a time, of which a round gives many. The tail is a row, too.
    pub(crate) fn distribution_rows(
        &mut self,
        name: &str,
        rounds: usize,
        contenders: Vec<Contender<'_, Vec<f64>>>,
    ) {
        if !self.wants(name) {
            return;
        }
        let mut samples = alternate(name, rounds, contenders);
        let rounds = samples.iter_mut().flat_map(|(_, rounds)| rounds);
        rounds.for_each(|times| times.sort_by(f64::total_cmp));
        for (part, of) in [("half within", 0.5), ("99 % within", 0.99), ("the longest", 1.0)] {
            let pick = |times: &Vec<f64>| times[((times.len() - 1) as f64 * of) as usize];
            let of_one = |(peer, rounds): &(_, Vec<_>)| (*peer, rounds.iter().map(pick).collect());
            let of_all = samples.iter().map(of_one).collect();
            self.push(&format!("{name}, {part}"), Metric::Nanoseconds, of_all);
        }
    }

    fn push(&mut self, name: &str, metric: Metric, samples: Vec<(&'static str, Vec<f64>)>) {
        self.rows.push(Row { name: name.to_owned(), metric, samples });
    }

    /// Prints the table and writes the report beside the build's other output.
    pub(crate) fn finish(self) {
        let heading = format!("\n{}: medians, and in brackets ours / peer.", self.name);
        println!("{heading}\n{HOW_TO_READ}\n\n{}", self.table());
        if self.quick {
            println!("A quick run: three rounds a row, so believe none of these numbers.");
        }
        let path =
            directory().join(self.run.unwrap_or("parts")).join(format!("{}.json", self.name));
        match write_report(&path, &self.report()) {
            Ok(()) => println!("Every sample: {}", path.display()),
            Err(error) => eprintln!("cannot write {}: {error}", path.display()),
        }
        // Of a pretended machine the process that pretends it writes the page.
        if self.run.is_some() && other_machine::hint_times().is_none() {
            write_page();
        }
    }

    fn table(&self) -> String {
        let mut peers: Vec<&str> = Vec::new();
        for (name, _) in self.rows.iter().flat_map(|row| &row.samples[1..]) {
            if !peers.contains(name) {
                peers.push(name);
            }
        }
        let widest = self.rows.iter().map(|row| row.name.chars().count()).max();
        let width = widest.unwrap_or(0);
        let mut out = String::new();
        let _ = write!(out, "{:width$}    {:9}  {:>8}", "", "", "ours");
        for peer in &peers {
            let _ = write!(out, "  {peer:>18}");
        }
        out.push('\n');
        for row in &self.rows {
            let arrow = if row.metric.less_is_better() { '↓' } else { '↑' };
            let (name, unit, ours) = (&row.name, row.metric.unit(), row.ours());
            let _ = write!(out, "{name:width$}  {arrow} {unit:9}  {ours:8.2}");
            for peer in &peers {
                let cell = row.median_of(peer).map_or_else(String::new, |theirs| {
                    let ratio = ours / theirs;
                    let worse = row.metric.goodness(ratio) < 1.0 / 1.05;
                    // A peer's share can be next to nothing, and then the ratio says no more.
                    let ratio = match ratio {
                        r if r < 100.0 => format!("{r:.2}"),
                        _ => ">99".to_owned(),
                    };
                    format!("{theirs:.2} ({ratio}){}", if worse { '!' } else { ' ' })
                });
                let _ = write!(out, "  {cell:>18}");
            }
            out.push('\n');
        }
        out
    }

    fn report(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let ours = row.ours();
            let contenders = row.samples.iter().map(|(name, samples)| {
                let median = median(samples);
                json!({
                    "name": name,
                    "median": median,
                    "ours_over_this": ours / median,
                    "samples": samples,
                })
            });
            json!({
                "name": row.name,
                "unit": row.metric.unit(),
                "better": if row.metric.less_is_better() { "less" } else { "more" },
                "contenders": contenders.collect::<Vec<_>>(),
            })
        });
        json!({
            "benchmark": self.name,
            "date": humantime::format_rfc3339_seconds(SystemTime::now()).to_string()[..10],
            "processor": processor(),
            "table": self.table(),
            "quick": self.quick,
            "cores": thread::available_parallelism().map_or(0, usize::from),
            "rows": rows.collect::<Vec<_>>(),
        })
    }
}

/// Runs every contender once a round, in an order that changes from round to round.
fn alternate<S>(
    row: &str,
    rounds: usize,
    mut contenders: Vec<Contender<'_, S>>,
) -> Vec<(&'static str, Vec<S>)> {
    let progress = std::io::stderr().is_terminal();
    let n = contenders.len();
    let mut samples: Vec<Vec<S>> = contenders.iter().map(|_| Vec::new()).collect();
    // Round 0 warms up: it touches the code and the memory, and its numbers are thrown away.
    for round in 0..=rounds {
        if progress {
            eprint!("\r\x1b[K{row}: round {round} of {rounds}");
            let _ = std::io::stderr().flush();
        }
        for place in 0..n {
            // Rotate so that everybody starts equally often; reverse every other time so that
            // nobody always runs behind the same neighbour.
            let place = if (round / n).is_multiple_of(2) { place } else { n - 1 - place };
            let which = (place + round) % n;
            let sample = (contenders[which].round)();
            if round > 0 {
                samples[which].push(sample);
            }
        }
    }
    if progress {
        eprint!("\r\x1b[K");
    }
    contenders.iter().map(|c| c.name).zip(samples).collect()
}

/// The nanoseconds that one call of `op` takes, over `n` calls on this thread.
#[inline]
pub(crate) fn nanoseconds_each(n: u32, mut op: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..n {
        op();
    }
    start.elapsed().as_nanos() as f64 / f64::from(n)
}

/// What a round of several threads against one another measured.
pub(crate) struct Contention {
    throughput: f64,
    smallest_share: f64,
}

/// Calls `op` from `threads` threads at once for as long as `duration`.
pub(crate) fn contend(threads: usize, duration: Duration, op: impl Fn() + Sync) -> Contention {
    let stop = AtomicBool::new(false);
    let start = Barrier::new(threads + 1);
    let (counts, elapsed) = thread::scope(|scope| {
        let count = || {
            start.wait();
            let mut done = 0_u64;
            while !stop.load(Relaxed) {
                op();
                done += 1;
            }
            done
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(count)).collect();
        start.wait();
        let begun = Instant::now();
        thread::sleep(duration);
        stop.store(true, Relaxed);
        let elapsed = begun.elapsed();
        let join = |worker: thread::ScopedJoinHandle<'_, u64>| worker.join().unwrap() as f64;
        (workers.into_iter().map(join).collect::<Vec<_>>(), elapsed)
    });
    let total: f64 = counts.iter().sum();
    let smallest = counts.iter().copied().fold(f64::INFINITY, f64::min);
    Contention {
        throughput: total / elapsed.as_secs_f64() / 1e6,
        smallest_share: smallest * threads as f64 / total,
    }
}

/// A value on cache lines of its own, so that contenders do not disturb their neighbours.
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

/// Keeps the processor busy for `steps` steps, each of which needs the one before.
#[inline]
pub(crate) fn work(steps: u32) {
    if steps == 0 {
        return;
    }
    let mut x = black_box(1_u64);
    for _ in 0..steps {
        // The shift keeps the compiler from folding several steps into one.
        x = (x ^ (x >> 29)).wrapping_mul(0x5851_f42d_4c95_7f2d);
    }
    black_box(x);
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

fn write_page() {
    if let Err(error) = page::write(&directory()) {
        eprintln!("cannot write the page of all benchmarks: {error}");
        exit(1);
    }
}

/// `target/bench`, wherever the target directory is.
fn directory() -> PathBuf {
    other_machine::directory().unwrap_or_else(|| target().join("bench"))
}

fn target() -> &'static Path {
    // Cargo sets this for benchmarks at compile time: `tmp` in the target directory.
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().unwrap_or(tmp)
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find_map(|line| line.strip_prefix("model name"));
    let name = line.and_then(|line| line.split_once(": "));
    name.map_or(std::env::consts::ARCH, |(_, name)| name).to_owned()
}

fn write_report(path: &Path, report: &Value) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(path, serde_json::to_vec_pretty(report)?)
}

/// One thing after another, each between one and two hours ahead.
pub(crate) struct Deadlines {
    start: Instant,
    random: AtomicU64,
}

impl Deadlines {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), random: AtomicU64::new(1) }
    }

    pub(crate) fn next(&self) -> Instant {
        let random = self.random.load(Relaxed).wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        self.random.store(random, Relaxed);
        self.start + Duration::from_secs(3600) + Duration::from_micros(random >> 32)
    }
}
