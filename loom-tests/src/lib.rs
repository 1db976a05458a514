//! What the checks share: the searches, each with the claim that it was exhaustive.

use loom_platform::{Explorer, Model, Outcome, thread, weakenings};
use std::sync::Arc;

/// Runs the program in every order, with spurious wake-ups off (to find a lost wake-up, which a
/// spurious one would hide) and on (to find a wait that trusts its return). No execution may panic
/// or get stuck.
#[track_caller]
pub fn check(program: impl Fn() + Clone + Send + Sync + 'static) {
    check_without_spurious(program.clone());
    let exploration = Explorer::new().spurious_wakeups(1).check(program);
    assert!(exploration.exhaustive);
    println!("{exploration}, spurious wake-ups included, in {:.2?}", exploration.elapsed);
}

/// As [`check`] with spurious wake-ups off: for three threads, whose orders are too many with them.
#[track_caller]
pub fn check_without_spurious(program: impl Fn() + Send + Sync + 'static) {
    let exploration = Explorer::new().check(program);
    assert!(exploration.exhaustive);
    println!("{exploration} in {:.2?}", exploration.elapsed);
}

/// Runs the program in all orders that interrupt threads at most three times, and with spurious wake-ups
/// at most twice: for programs with so many steps that all their orders are out of reach. No execution
/// may panic or get stuck.
#[track_caller]
pub fn check_bounded(program: impl Fn() + Clone + Send + Sync + 'static) {
    check_bounded_to([3, 2], program);
}

/// As [`check_bounded`], to so many preemptions without spurious wake-ups, and so many with them.
#[track_caller]
pub fn check_bounded_to(most: [usize; 2], program: impl Fn() + Clone + Send + Sync + 'static) {
    for (spurious, included) in [(0, ""), (1, ", spurious wake-ups included,")] {
        let preemptions = most[spurious as usize];
        let explorer = Explorer::new().preemptions(preemptions).spurious_wakeups(spurious);
        let exploration = explorer.check(program.clone());
        assert!(exploration.finished);
        println!("{exploration}{included} in {:.2?}", exploration.elapsed);
    }
}

/// What a thread does with something shared, and how it is called.
pub type Operation<'a, S> = (&'a str, fn(&S));

/// Runs every operation against every other and against itself, as two threads that share what `new`
/// makes, in every order; and with spurious wake-ups in those that interrupt threads at most twice. When
/// both are done, `afterwards` looks at what is left.
#[track_caller]
pub fn check_every_pair<S: Send + Sync + 'static>(
    new: fn() -> S,
    operations: &[Operation<'_, S>],
    afterwards: fn(&S),
) {
    for (number, &(first_name, first)) in operations.iter().enumerate() {
        for &(second_name, second) in &operations[number..] {
            let program = move || {
                let shared = Arc::new(new());
                let other = {
                    let shared = shared.clone();
                    thread::spawn("second", move || second(&shared))
                };
                first(&shared);
                other.join().unwrap();
                afterwards(&shared);
            };
            print!("{first_name} against {second_name}: ");
            check_without_spurious(program);
            Explorer::new().preemptions(2).spurious_wakeups(1).check(program);
        }
    }
}

/// All values that the program can return, in order. No execution may panic or get stuck.
#[track_caller]
pub fn answers<O: Outcome + Ord>(program: impl Fn() -> O + Send + Sync + 'static) -> Vec<O> {
    let exploration = Explorer::new().explore(program);
    if let Some(failure) = exploration.failures().next() {
        panic!("{failure}");
    }
    assert!(exploration.exhaustive);
    println!("{exploration} in {:.2?}", exploration.elapsed);
    let mut answers: Vec<O> = exploration.returned().map(|(answer, _)| answer.clone()).collect();
    answers.sort();
    answers
}

/// Weakens each ordering in `file` that the programs use, one step at a time, and demands that a
/// program fails for each. Returns how many there were.
#[track_caller]
pub fn every_ordering_is_needed(file: &str, programs: &[(&'static str, fn())]) -> usize {
    let model = |&(name, program)| Model { name, explorer: Explorer::new(), program };
    let models: Vec<Model> = programs.iter().map(model).collect();
    let mut table = weakenings(&models);
    table.retain(|row| row.weaken.ordered.at.file().ends_with(file));
    table.iter().for_each(|row| println!("{row}"));
    let uncaught: Vec<_> = table.iter().filter(|row| row.caught.is_none()).collect();
    assert!(uncaught.is_empty(), "these orderings are not needed, or not checked: {uncaught:?}");
    table.len()
}
