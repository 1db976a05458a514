//! The book's smallest programs on this machine, many thousand times each.
//!
//! The model says what may happen, and a machine does some of it. So nothing is asked here but that
//! what the language rules out does not happen. How often the rest does is counted and printed, and
//! never asked for.

#[path = "../../book/listings/src/ch14_orderings/s1_litmus.rs"]
mod litmus;

use litmus::{LITMUS, Litmus, Pair, pair};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::{array, env, fs, hint, thread};

const RUNS: usize = 20_000;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/src/generated/litmus.md");

#[test]
fn this_machine_never_does_what_the_language_rules_out() {
    let rows = LITMUS.map(|litmus| {
        let seen = count(&litmus);
        let row = format!("| {} | {} | {} |", litmus.name, litmus.orderings, litmus.outcome);
        println!("{row} {seen} of {RUNS} |");
        assert!(litmus.allowed || seen == 0, "{row} {seen}");
        (row, seen)
    });
    // The counts differ from run to run. The page shows one run, until it is told to show this one.
    if env::var_os("RECORD").is_some_and(|set| set == "1") {
        let idle = LITMUS.iter().zip(&rows).all(|(litmus, &(_, seen))| {
            seen > 0 || !litmus.allowed || litmus.name != "store buffering"
        });
        assert!(idle, "the threads had one processor between them: run it again when two are idle");
        let here = format!("{}, {}", env::consts::ARCH, env::consts::OS);
        let mut page =
            format!("| program | orderings | outcome | on {here} |\n|---|---|---|---|\n");
        rows.iter().for_each(|(row, seen)| page += &format!("{row} {seen} of {RUNS} |\n"));
        fs::write(PAGE, page).expect("the page can be written");
    }
    let page = fs::read_to_string(PAGE).expect("the page");
    let recorded: Vec<&str> = page.lines().skip(2).collect();
    assert_eq!(recorded.len(), rows.len(), "run this with RECORD=1");
    for (recorded, (row, _)) in recorded.iter().zip(&rows) {
        assert!(recorded.starts_with(row), "no {row} in {PAGE}: run this with RECORD=1");
    }
}

/// In how many runs the outcome comes out.
fn count(litmus: &Litmus) -> usize {
    let pairs: Arc<Vec<Pair>> = Arc::new((0..RUNS).map(|_| pair()).collect());
    let arrived = Arc::new(AtomicUsize::new(0));
    let threads: [_; 2] = array::from_fn(|me| {
        let (pairs, arrived, side) = (pairs.clone(), arrived.clone(), litmus.sides[me]);
        let run = move |(run, pair): (usize, &Pair)| {
            arrived.fetch_add(1, SeqCst);
            let mut looks = 0_u32;
            while arrived.load(SeqCst) < 2 * (run + 1) {
                looks += 1;
                // The other may be waiting for this processor.
                if looks.is_multiple_of(256) { thread::yield_now() } else { hint::spin_loop() }
            }
            // The thread that comes last goes on first. So each waits a little, by turns longer and
            // shorter than the other.
            let turns = if me == 0 { run % 16 } else { run / 16 % 16 };
            for turn in 0..turns {
                hint::black_box(turn);
            }
            side(pair)
        };
        thread::spawn(move || pairs.iter().enumerate().map(run).collect::<Vec<u32>>())
    });
    let [first, second] = threads.map(|thread| thread.join().unwrap());
    first.into_iter().zip(second).filter(|&(a, b)| [a, b] == litmus.reads).count()
}
