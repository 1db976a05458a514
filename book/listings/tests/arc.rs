//! What the chapter on reference counts shows of its own programs.

use listings::ch17_arc::exercises::{
    by_into_inner, by_try_unwrap, changed_by_ann, is_last, is_last_before, upgrade,
    upgrade_if_owned,
};
use listings::ch17_arc::s1_two_words::TwoWords;
use listings::{ENDINGS, endings, every_order, page, returned, table, told_in_full};
use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
use loom_platform::{Ending, Exploration, explore, name, step, thread};
use primitives::Arc;
use std::sync;

/// Ann changes the value if she is alone. Ben has an owner, or a weak one, and goes on with that.
fn two_words(owners: u32, weaks: u32, is_alone: fn(&TwoWords) -> bool, ben: fn(&TwoWords)) {
    let counts = sync::Arc::new(TwoWords::new(owners, weaks));
    name(&counts.owners, "the owners");
    name(&counts.weaks, "the weak ones");
    let (other, counts) = (counts.clone(), counts);
    let ann = thread::spawn("Ann", move || {
        if is_alone(&counts) {
            step("finds that it is alone");
            counts.change();
        }
    });
    let ben = thread::spawn("Ben", move || ben(&other));
    ann.join().unwrap();
    ben.join().unwrap();
}

fn weak_becomes_owner(counts: &TwoWords) {
    if counts.become_owner() {
        step("has become an owner");
        counts.read();
    }
}

fn owner_becomes_weak_and_owner_again(counts: &TwoWords) {
    counts.become_weak();
    step("is a weak one now");
    weak_becomes_owner(counts);
}

/// The same with the library's.
fn one_word(ben_is_an_owner: bool) {
    let mut arc = Arc::new(0);
    let weak = Arc::downgrade(&arc);
    let owner = ben_is_an_owner.then(|| arc.clone());
    let ben = thread::spawn("Ben", move || {
        drop(owner);
        let owner = weak.upgrade();
        drop(weak);
        owner.map(|arc| *arc)
    });
    let ann = thread::spawn("Ann", move || {
        if let Some(value) = Arc::get_mut(&mut arc) {
            *value += 1;
        }
    });
    ann.join().unwrap();
    ben.join().unwrap();
}

/// In how many executions somebody changes what another may look at.
fn races<O: loom_platform::Outcome>(exploration: &Exploration<O>) -> u64 {
    let races = exploration.failures().map(|found| {
        let Ending::Panicked(panic) = &found.ending else { panic!("{found}") };
        assert!(panic.message.contains("a data race"), "{found}");
        found.executions
    });
    races.sum()
}

#[test]
fn with_two_words_no_order_of_looks_tells_whether_an_owner_is_alone_and_with_one_a_look_does() {
    const WEAK: &str = "Ben's weak one becomes an owner";
    const OWNER: &str = "Ben's owner becomes a weak one, and then an owner again";
    type Look = fn(&TwoWords) -> bool;
    let looks: [(&str, Look); 2] = [
        ("owners, then weak ones", TwoWords::owners_then_weaks),
        ("weak ones, then owners", TwoWords::weaks_then_owners),
    ];
    let mut rows = Vec::new();
    for (look, is_alone) in looks {
        for (what, owners, weaks, ben) in [
            (WEAK, 1, 1, weak_becomes_owner as fn(&TwoWords)),
            (OWNER, 2, 0, owner_becomes_weak_and_owner_again),
        ] {
            let exploration = explore(move || two_words(owners, weaks, is_alone, ben));
            assert!(exploration.exhaustive);
            let races = races(&exploration);
            let right = (look, what) == (looks[1].0, WEAK);
            assert_eq!(races == 0, right, "{look}: {what}");
            if [(looks[0].0, WEAK), (looks[1].0, OWNER)].contains(&(look, what)) {
                let found = exploration.failures().next().expect("one");
                let file = look.split(',').next().expect("a word").replace(' ', "-");
                page(&format!("two-words-{file}-first.txt"), &told_in_full(found));
            }
            rows.push([
                look.to_owned(),
                what.to_owned(),
                exploration.to_string(),
                races.to_string(),
            ]);
        }
    }
    for (what, ben_is_an_owner) in [(WEAK, false), (OWNER, true)] {
        let exploration = every_order(move || one_word(ben_is_an_owner));
        assert_eq!(races(&exploration), 0);
        rows.push(["`Arc::get_mut`", what, &exploration.to_string(), "0"].map(str::to_owned));
    }
    let head = ["the look", "program", "search", "executions with a race"];
    page("arc-alone.md", &table(head, rows));
}

/// Two owners let go: how many take themselves for the last.
fn two_let_go(is_last: fn(&AtomicU32) -> bool) -> usize {
    let owners = sync::Arc::new(AtomicU32::new(2));
    name(&*owners, "the count");
    let threads = ["Ann", "Ben"].map(|name| {
        let owners = owners.clone();
        thread::spawn(name, move || is_last(&owners))
    });
    threads.map(|thread| thread.join().unwrap()).into_iter().filter(|&last| last).count()
}

#[test]
fn an_owner_that_looks_before_it_lets_go_may_leave_the_object_to_nobody() {
    let how_many = |is_last| {
        let mut found: Vec<usize> =
            every_order(move || two_let_go(is_last)).returned().map(|(last, _)| *last).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(how_many(is_last_before as fn(&AtomicU32) -> bool), [0, 1]);
    assert_eq!(how_many(is_last), [1]);
}

#[test]
fn a_weak_one_that_counts_itself_in_first_lets_another_find_an_owner_that_is_none() {
    let found = |upgrade: fn(&AtomicU32) -> bool| {
        let exploration = every_order(move || {
            let owners = sync::Arc::new(AtomicU32::new(0));
            let threads = ["Ann", "Ben"].map(|name| {
                let owners = owners.clone();
                thread::spawn(name, move || upgrade(&owners))
            });
            let found = threads.map(|thread| thread.join().unwrap());
            (found.contains(&true), owners.load(Relaxed))
        });
        exploration.returned().any(|((found, _), _)| *found)
    };
    assert!(found(upgrade) && !found(upgrade_if_owned));
}

#[test]
fn of_two_that_unwrap_none_may_get_the_value_and_of_two_that_let_go_with_it_one_does() {
    let [unwrap, into_inner] = [by_try_unwrap, by_into_inner].map(|take| every_order(take));
    assert_eq!((returned(&unwrap), returned(&into_inner)), (vec![0, 1], vec![1]));
    let rows =
        [endings("`by_try_unwrap`", &unwrap), endings("`by_into_inner`", &into_inner)].concat();
    page("exercise-arc-taken.md", &table(ENDINGS, rows));
}

#[test]
fn a_change_of_a_shared_object_is_never_seen_by_another_owner() {
    let found = every_order(changed_by_ann);
    assert_eq!(returned(&found), [(2, 1)]);
    page("exercise-arc-changed.md", &table(ENDINGS, endings("`changed_by_ann`", &found)));
}
