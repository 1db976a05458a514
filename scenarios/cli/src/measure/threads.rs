//! How many threads are best.

use super::{Contender, Sizes, Table, instruction, instructions_in, rows};
use indicatif::ProgressBar;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Tasks a second, for tasks that wait so many times as long as they compute.
pub(super) fn tables(sizes: &Sizes, cores: usize, bar: &ProgressBar) -> Vec<Table> {
    let instructions = instructions_in(sizes.task);
    let table = |ratio: u32| {
        // (waiting + computing) / computing × cores
        let formula = (ratio as usize + 1) * cores;
        let wait = sizes.task * ratio;
        let mut counts = vec![1, cores, formula / 2, formula, formula * 3 / 2, 2 * formula];
        counts.sort_unstable();
        counts.dedup();
        let contender = |threads: usize| {
            let run =
                move || (throughput(threads, wait, instructions, sizes.period), String::new());
            Contender::new(format!("threads: {threads}"), run)
        };
        let mut rows = rows(sizes, bar, counts.iter().map(|&threads| contender(threads)).collect());
        let place = counts.iter().position(|&threads| threads == formula).expect("it is there");
        "the formula's number".clone_into(&mut rows[place].note);
        let title = format!("Tasks that compute for {:?} and wait for {wait:?}", sizes.task);
        Table { title, unit: "tasks a second", rows }
    };
    [0, 1, 4].map(table).into()
}

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
