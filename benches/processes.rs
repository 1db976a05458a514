//! Processes: pipes and queues against `ipc-channel`, `interprocess` and CPython's
//! `multiprocessing`, the pool and the start against `multiprocessing` alone. See `support` for how
//! to run it.

#[path = "processes/lines.rs"]
mod lines;
#[path = "processes/python.rs"]
mod python;
mod support;

use lines::{Line, ipc, local, pipe, queues};
use processes::{Builder, Process, ProcessPool, Sender, Start, register};
use python::Python;
use std::cell::RefCell;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};
use support::{Contender, Metric, Suite, nanoseconds_each};

/// Tasks of a pool in one round.
const TASKS: u32 = 1_000;
/// So many tasks of a map go to a worker at once.
const CHUNK: usize = 50;

fn main() {
    processes::init();
    let mut suite = Suite::from_args("processes");
    let python = Python::start();
    messages(&mut suite, python.as_ref());
    pools(&mut suite, python.as_ref());
    starts(&mut suite, python.as_ref());
    suite.finish();
}

/// A contender, if there is a Python.
fn multiprocessing<'a>(python: Option<&'a Python>, task: String) -> Option<Contender<'a, f64>> {
    python.map(|python| Contender::new("multiprocessing", move || python.measure(&task)))
}

fn messages(suite: &mut Suite, python: Option<&Python>) {
    let [pipe, queues] = [&RefCell::new(pipe()) as &RefCell<dyn Line>, &RefCell::new(queues())];
    let [ipc, local] = [&RefCell::new(ipc()) as &RefCell<dyn Line>, &RefCell::new(local())];
    for (size, shown, count) in [(16, "16 bytes", 2_000), (65_536, "64 KiB", 100)] {
        for (back, way) in [(false, "there"), (true, "there and back")] {
            let suffix = if back { "-back" } else { "" };
            for (kind, ours) in [("pipe", pipe), ("queue", queues)] {
                let mut contenders = vec![
                    Contender::new("ours", || measure(ours, size, count, back)),
                    Contender::new("ipc-channel", || measure(ipc, size, count, back)),
                    Contender::new("interprocess", || measure(local, size, count, back)),
                ];
                let task = format!("{kind}{suffix} {size} {count}");
                contenders.extend(multiprocessing(python, task));
                let rounds = suite.rounds(31);
                let row = format!("{kind}, {shown}, {way}");
                suite.row(&row, Metric::Nanoseconds, rounds, contenders);
            }
        }
    }
}

/// The nanoseconds for one message. The last one is answered, so that all have come.
fn measure(line: &RefCell<dyn Line>, size: usize, count: u32, back: bool) -> f64 {
    let mut line = line.borrow_mut();
    let (told, mut asked) = (vec![0; size], vec![0; size]);
    asked[0] = 1;
    let mut number = 0;
    nanoseconds_each(count, || {
        number += 1;
        if back || number == count {
            line.send(&asked);
            assert_eq!(line.receive().map(|answer| answer.len()), Some(size));
        } else {
            line.send(&told);
        }
    })
}

fn square(number: u64) -> u64 {
    number * number
}

fn pools(suite: &mut Suite, python: Option<&Python>) {
    let pool = ProcessPool::new(2).unwrap();
    let apply = || nanoseconds_each(TASKS, || assert_eq!(pool.apply(square, (3,)).unwrap(), 9));
    let mut contenders = vec![Contender::new("ours", apply)];
    contenders.extend(multiprocessing(python, format!("apply {TASKS}")));
    let rounds = suite.rounds(31);
    suite.row("pool, a task there and back", Metric::Nanoseconds, rounds, contenders);

    let map = || {
        let start = Instant::now();
        pool.map(square, 0..u64::from(TASKS), CHUNK).unwrap();
        start.elapsed().as_nanos() as f64 / f64::from(TASKS)
    };
    let mut contenders = vec![Contender::new("ours", map)];
    contenders.extend(multiprocessing(python, format!("map {TASKS} {CHUNK}")));
    let rounds = suite.rounds(31);
    suite.row("pool, a task of a map", Metric::Nanoseconds, rounds, contenders);
}

fn nothing() {}

fn sleeps(mut there: Sender) {
    there.send(&()).unwrap();
    thread::sleep(Duration::MAX);
}

fn starts(suite: &mut Suite, python: Option<&Python>) {
    for start in Start::ALL {
        let name = format!("{start:?}").to_lowercase();
        let one =
            || nanoseconds_each(1, || _ = Process::start(*start, nothing, ()).unwrap().join());
        let mut contenders = vec![Contender::new("ours", one)];
        contenders.extend(multiprocessing(python, format!("start {name}")));
        let rounds = suite.rounds(31);
        let row = format!("start and join, {name}");
        suite.row(&row, Metric::Nanoseconds, rounds, contenders);

        let one = || {
            let (mut is_there, there) = processes::pipe().unwrap();
            let child = Builder::new().daemon(true).start(*start, sleeps, (there,)).unwrap();
            is_there.recv::<()>().unwrap();
            private_bytes(child.pid())
        };
        let mut contenders = vec![Contender::new("ours", one)];
        contenders.extend(multiprocessing(python, format!("memory {name}")));
        suite.row(&format!("a process, {name}"), Metric::Bytes, 3, contenders);
    }
}

/// The memory that a process shares with no other.
fn private_bytes(process: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap();
    let lines = text.lines().filter(|line| line.starts_with("Private"));
    let kib = |line: &str| line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap();
    1024. * lines.map(kib).sum::<f64>()
}

register!(square, nothing, sleeps);
