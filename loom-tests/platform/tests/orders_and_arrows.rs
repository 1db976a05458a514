//! The orders of steps that a search notes, and the arrows between steps.

use loom_platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use loom_platform::{Ending, Explorer, Judge, Trace, explore, futex, step, thread};
use std::sync::Arc;

/// Each arrow as "thread step -> thread step".
fn told(trace: &Trace) -> Vec<String> {
    let steps: Vec<_> = trace.steps().collect();
    let one = |at: usize| format!("{} {}", trace.threads[steps[at].thread], steps[at].text);
    trace.arrows.iter().map(|&(from, to)| format!("{} -> {}", one(from), one(to))).collect()
}

/// Two threads that add one, each in two steps.
fn counter() -> u32 {
    let counter = Arc::new(AtomicU32::new(0));
    let threads = ["Ann", "Ben"].map(|name| {
        let counter = counter.clone();
        thread::spawn(name, move || {
            let seen = counter.load(Relaxed);
            step("reads");
            counter.store(seen + 1, Relaxed);
            step("writes");
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    counter.load(Relaxed)
}

#[test]
fn every_order_is_noted_with_its_ending_and_all_its_executions() {
    for explorer in
        [Explorer::new(), Explorer::new().workers(4), Explorer::new().judge(Judge::Loom)]
    {
        let exploration = explorer.every_order().explore(counter);
        let executions: u64 = exploration.orders.iter().map(|order| order.executions).sum();
        assert_eq!(executions, exploration.executions);
        let mut orders: Vec<_> = exploration
            .orders
            .iter()
            .map(|one| (&one.steps, format!("{:?}", one.ending)))
            .collect();
        orders.sort();
        let count = orders.len();
        orders.dedup();
        assert_eq!(orders.len(), count, "an order stands there twice");
        // 4! / (2! 2!) orders of the steps. In each, what was read may be told late.
        orders.dedup_by_key(|(steps, _)| *steps);
        assert_eq!(orders.len(), 6);
        for found in &exploration.outcomes {
            let ends_so = exploration.orders.iter().filter(|order| order.ending == found.ending);
            assert_eq!(ends_so.map(|order| order.executions).sum::<u64>(), found.executions);
        }
    }
}

#[test]
fn an_order_has_a_code_that_runs_it_again_and_none_if_loom_has_found_it() {
    let ours = Explorer::new().every_order().workers(2).explore(counter);
    for order in &ours.orders {
        let found = Explorer::new().replay(&order.code.concat(), counter).unwrap();
        assert_eq!(found.ending, order.ending);
        let again = found.trace.steps();
        let again = again.map(|one| (found.trace.threads[one.thread].clone(), one.text.clone()));
        assert!(again.eq(order.steps.iter().map(|step| (**step).clone())), "{:?}", order.code);
    }
    let theirs = Explorer::new().every_order().judge(Judge::Loom).explore(counter);
    assert!(theirs.orders.iter().all(|order| order.code.is_empty()));
}

#[test]
fn a_search_that_meets_more_orders_than_were_asked_for_stops_and_says_so() {
    let all = Explorer::new().every_order().explore(counter).orders.len();
    for workers in [1, 4] {
        let explorer = Explorer::new().every_order().workers(workers);
        let whole = explorer.clone().most_orders(all).explore(counter);
        assert!(whole.exhaustive);
        let cut = explorer.most_orders(all - 1).explore(counter);
        assert_eq!((cut.orders.len(), cut.exhaustive), (all - 1, false));
    }
}

#[test]
fn an_arrow_leads_from_the_step_of_the_release_to_the_step_of_the_acquire() {
    let exploration = explore(|| {
        let flag = Arc::new(AtomicU32::new(0));
        let sets = thread::spawn("sets", {
            let flag = flag.clone();
            move || {
                step("prepares");
                flag.store(1, Release);
                futex::wake_all(&flag);
                step("sets");
                step("goes home");
            }
        });
        step("asks for the flag");
        while flag.load(Acquire) == 0 {
            futex::wait(&flag, 0);
        }
        step("is free");
        sets.join().unwrap();
        step("has joined");
    });
    let [found] = &exploration.outcomes[..] else { panic!("{exploration}") };
    assert_eq!(
        told(&found.trace),
        ["sets sets -> main is free", "sets goes home -> main has joined"]
    );
}

#[test]
fn where_a_release_is_not_told_the_arrow_leads_from_the_step_before_it() {
    let exploration = explore(|| {
        let word = Arc::new(AtomicU32::new(0));
        let first = thread::spawn("first", {
            let word = word.clone();
            move || {
                step("writes");
                word.store(1, Release);
                step("asks for more");
            }
        });
        let seen = word.load(Acquire);
        step(format!("reads {seen}"));
        first.join().unwrap();
        seen
    });
    let arrows_of = |seen: u32| {
        let found = exploration.outcomes.iter().find(|one| one.ending == Ending::Returned(seen));
        told(&found.expect("both are possible").trace)
    };
    assert_eq!(arrows_of(1), ["first writes -> main reads 1"]);
    assert!(arrows_of(0).is_empty());
}

#[test]
fn what_a_thread_knows_through_another_has_no_arrow_of_its_own() {
    let exploration = explore(|| {
        let words = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
        let passes = |name: &str, from: usize| {
            let words = words.clone();
            thread::spawn(name, move || {
                let seen = from == 0 || words[0].load(Acquire) == 1;
                step(format!("passes on {seen}"));
                words[from].store(u32::from(seen), Release);
            })
        };
        let threads = [passes("Ann", 0), passes("Ben", 1)];
        let seen = words[1].load(Acquire);
        step(format!("reads {seen}"));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        seen
    });
    let one = exploration.outcomes.iter().find(|one| one.ending == Ending::Returned(1)).unwrap();
    assert_eq!(
        told(&one.trace),
        ["Ann passes on true -> Ben passes on true", "Ben passes on true -> main reads 1"]
    );
}

#[test]
fn relaxed_accesses_have_no_arrows() {
    for order in Explorer::new().every_order().explore(counter).orders {
        assert!(order.arrows.is_empty(), "{order:?}");
    }
}
