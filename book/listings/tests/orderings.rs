//! What the chapter on orderings prints.

use crate::support::{every_order_of, source_of};
use listings::ch14_orderings::exercises::{
    count_after_join, fenced_message, form, message_fenced_too_late,
};
use listings::ch14_orderings::s1_litmus::{LITMUS, Litmus, pair};
use listings::ch14_orderings::s2_marked_once::MarkedOnce;
use listings::ch14_orderings::s3_once::Once;
use listings::{page, table, told_in_full};
use loom_platform::{Ending, Explorer, Model, Weakening, explore, name, step, thread, weakenings};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicU32,
    Ordering::{Relaxed, SeqCst},
};

#[test]
fn the_model_shows_what_the_language_allows_but_for_load_buffering() {
    let (mut rows, mut differ) = (Vec::new(), Vec::new());
    for litmus in LITMUS {
        let Litmus { name, orderings, outcome, sides, reads, allowed } = litmus;
        let exploration = explore(move || {
            let pair = Arc::new(pair());
            let threads = [("Ann", sides[0]), ("Ben", sides[1])].map(|(name, side)| {
                let pair = pair.clone();
                thread::spawn(name, move || side(&pair))
            });
            threads.map(|thread| thread.join().unwrap())
        });
        assert!(exploration.exhaustive);
        assert_eq!(exploration.failures().count(), 0);
        let found = exploration.returned().any(|(read, _)| *read == reads);
        if found != allowed {
            differ.push((name, orderings));
        }
        rows.push([
            name.to_owned(),
            orderings.to_owned(),
            outcome.to_owned(),
            if allowed { "allows it" } else { "rules it out" }.to_owned(),
            if found { "finds it" } else { "does not find it" }.to_owned(),
            exploration.to_string(),
        ]);
    }
    assert_eq!(differ, [("load buffering", "`Relaxed`")]);
    let head = ["program", "orderings", "outcome", "the language", "the model", "search"];
    page("litmus-model.md", &table(head, rows));
}

trait AnyOnce: Send + Sync + 'static {
    fn empty() -> Self;
    fn get_or_init(&self, make: impl FnOnce() -> u32) -> &u32;
}

const RELEASED: &str = "`MarkedOnce::released`";
const ONCE: &str = "`Once`";

/// `MarkedOnce::relaxed`.
struct RelaxedOnce(MarkedOnce<u32>);

impl AnyOnce for RelaxedOnce {
    fn empty() -> Self {
        Self(MarkedOnce::relaxed())
    }
    fn get_or_init(&self, make: impl FnOnce() -> u32) -> &u32 {
        self.0.get_or_init(make)
    }
}

impl AnyOnce for MarkedOnce<u32> {
    fn empty() -> Self {
        Self::released()
    }
    fn get_or_init(&self, make: impl FnOnce() -> u32) -> &u32 {
        self.get_or_init(make)
    }
}

impl AnyOnce for Once<u32> {
    fn empty() -> Self {
        Self::new()
    }
    fn get_or_init(&self, make: impl FnOnce() -> u32) -> &u32 {
        self.get_or_init(make)
    }
}

fn use_once<O: AnyOnce, const N: usize>(names: [&str; N]) {
    // Not the model's: it counts, and orders nothing.
    let made = Arc::new(AtomicU32::new(0));
    let once = Arc::new(O::empty());
    name(&*once, "the once");
    let users = names.map(|name| {
        let (once, made) = (once.clone(), made.clone());
        thread::spawn(name, move || {
            let used = *once.get_or_init(|| {
                made.fetch_add(1, SeqCst);
                42
            });
            step(format!("uses {used}"));
            used
        })
    });
    let used = users.map(|user| user.join().unwrap());
    assert_eq!((used, made.load(SeqCst)), ([42; N], 1));
}

/// Ann and Ben use the value, and who is first makes it.
fn two_users<O: AnyOnce>() {
    use_once::<O, 2>(["Ann", "Ben"]);
}

fn three_users<O: AnyOnce>() {
    use_once::<O, 3>(["Ann", "Ben", "Cat"]);
}

/// Ann cannot make the value, and panics. Ben can.
fn one_that_panics<O: AnyOnce>() {
    let once = Arc::new(O::empty());
    let ann = {
        let once = once.clone();
        thread::spawn("Ann", move || {
            let made = catch_unwind(AssertUnwindSafe(|| *once.get_or_init(|| panic!("no value"))));
            made.is_ok_and(|value| value == 42)
        })
    };
    assert_eq!(*once.get_or_init(|| 42), 42);
    ann.join().unwrap();
}

/// What the model objects to.
const RACE: &str = "a data race";

#[test]
fn a_relaxed_mark_shows_itself_before_the_value() {
    let exploration = every_order_of(two_users::<RelaxedOnce>);
    for found in exploration.failures() {
        let Ending::Panicked(panic) = &found.ending else { panic!("{found}") };
        assert!(panic.message.starts_with(RACE), "{}", panic.message);
    }
    let first = exploration.failures().next().expect("a value that is not there");
    page("once-relaxed.txt", &told_in_full(first));
}

#[test]
fn every_user_finds_the_value_and_it_is_made_once() {
    let marked: [(&str, fn()); 2] = [
        ("Ann and Ben use the value", two_users::<MarkedOnce<u32>>),
        ("Ann panics as she makes it", one_that_panics::<MarkedOnce<u32>>),
    ];
    let one_word: [(&str, fn()); 2] = [
        ("Ann and Ben use the value", two_users::<Once<u32>>),
        ("Ann panics as she makes it", one_that_panics::<Once<u32>>),
    ];
    let mut rows = Vec::new();
    for (once, programs) in [(RELEASED, marked), (ONCE, one_word)] {
        for (program, run) in programs {
            let exploration = every_order_of(run);
            assert_eq!(exploration.failures().count(), 0, "{once}: {program}");
            rows.push([once, program, &exploration.to_string(), "none"].map(str::to_owned));
        }
    }
    page("once.md", &table(["once", "program", "search", "failures"], rows));
}

#[test]
fn three_users_find_the_value() {
    for program in [three_users::<MarkedOnce<u32>> as fn(), three_users::<Once<u32>>] {
        assert_eq!(every_order_of(program).failures().count(), 0);
    }
}

#[test]
fn every_ordering_of_a_once_is_needed() {
    let mut rows = Vec::new();
    for (once, program) in
        [(RELEASED, two_users::<MarkedOnce<u32>> as fn()), (ONCE, two_users::<Once<u32>>)]
    {
        let mut weakenings = weakenings(&[model(program)]);
        // Those of the lock are in its own chapter.
        weakenings.retain(|one| one.weakened.site.at.file().contains("listings"));
        for weakening in weakenings {
            let (_, in_execution) = weakening.caught.expect("caught");
            assert!(weakening.failure.starts_with(RACE), "{}", weakening.failure);
            rows.push([
                once.to_owned(),
                operation(&weakening),
                format!("execution {in_execution}"),
            ]);
        }
    }
    assert_eq!(rows.len(), 2 + 3);
    page("once-orderings.md", &table(["once", "weakened to `Relaxed`", "caught in"], rows));
}

fn model(program: fn()) -> Model {
    Model { name: "", explorer: Explorer::new(), program }
}

fn operation(weakening: &Weakening) -> String {
    assert_eq!(weakening.weakened.to, Some(Relaxed));
    let site = weakening.weakened.site;
    format!("`{:?}` in `{}`", site.ordering, source_of(site.at))
}

#[test]
fn a_fence_works_before_the_flag_is_set_and_after_it_is_seen_and_nowhere_else() {
    let reads = |program: fn() -> Option<u32>| {
        let exploration = explore(program);
        assert!(exploration.exhaustive);
        exploration.returned().map(|(read, _)| *read).collect::<BTreeSet<_>>()
    };
    assert_eq!(reads(fenced_message), BTreeSet::from([None, Some(42)]));
    assert_eq!(reads(message_fenced_too_late), BTreeSet::from([None, Some(0), Some(42)]));
}

#[test]
fn of_a_form_only_the_handing_over_needs_to_be_ordered() {
    let (needed, not): (Vec<_>, Vec<_>) =
        weakenings(&[model(form)]).into_iter().partition(|one| one.caught.is_some());
    assert_eq!((needed.len(), not.len()), (2, 4));
    let row = |answer: &str, one| [operation(one), answer.to_owned()];
    let rows = needed.iter().map(|one| row("yes", one)).chain(not.iter().map(|one| row("no", one)));
    page("form-orderings.md", &table(["ordering", "needed"], rows));
}

#[test]
fn a_join_orders_what_relaxed_counts_do_not() {
    let exploration = explore(count_after_join);
    assert!(exploration.exhaustive);
    let counts: Vec<u32> = exploration.returned().map(|(count, _)| *count).collect();
    assert_eq!((counts, exploration.failures().count()), (vec![2], 0));
}
