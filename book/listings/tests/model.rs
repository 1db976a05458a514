//! What the model tries, on programs of a few lines: the page on what it checks and what it cannot.

use listings::reference::limits::{
    change_and_wake_nobody, expect_the_flag, letter, look_until_set, raise_and_look,
    read_after_a_wake, swap_against_store, wait_for_an_hour,
};
use listings::{ENDINGS, endings, page, table, told_in_full};
use loom_platform::{Ending, Exploration, Explorer, Judge, Model, Outcome, explore, weakenings};
use loom_tests::source_of;
use scenarios::STORIES;

fn ends<O: Outcome>(exploration: &Exploration<O>) -> Vec<String> {
    endings("", exploration).into_iter().map(|[_, ending, _]| ending).collect()
}

#[test]
fn a_timed_wait_is_woken_in_some_executions_and_times_out_in_others() {
    let exploration = explore(wait_for_an_hour);
    assert!(exploration.exhaustive);
    assert_eq!(ends(&exploration), ["returns `false`", "returns `true`"]);
    page("model-time-out.md", &table(ENDINGS, endings("`wait_for_an_hour`", &exploration)));
}

#[test]
fn a_sleeper_that_nobody_wakes_is_an_ending_beside_the_others() {
    let exploration = explore(change_and_wake_nobody);
    assert!(exploration.exhaustive);
    assert_eq!(ends(&exploration), ["returns `()`", "stuck: nobody can go on"]);
    page("model-stuck.md", &table(ENDINGS, endings("`change_and_wake_nobody`", &exploration)));
    let stuck = exploration.failures().next().expect("the sleeper");
    page("model-stuck.txt", &told_in_full(stuck));
}

/// How many executions end as they should not, and how many there are, without spurious wake-ups
/// and with them.
fn wrong<O: Outcome>(program: fn() -> O, is_right: fn(&O) -> bool) -> [(u64, u64); 2] {
    [0, 1].map(|spurious| {
        let exploration = Explorer::new().spurious_wakeups(spurious).explore(program);
        assert!(exploration.exhaustive);
        let right = exploration.returned().filter(|(outcome, _)| is_right(outcome));
        let right: u64 = right.map(|(_, executions)| executions).sum();
        (exploration.executions - right, exploration.executions)
    })
}

#[test]
fn spurious_wake_ups_show_more_of_a_missing_loop_and_hide_a_lost_wake_up() {
    let eater = |name| {
        let story = STORIES.iter().find(|one| one.name == "spurious-wakeup").expect("the story");
        let variant = story.variants.iter().find(|one| one.name == name).expect("the variant");
        wrong(variant.run, |outcome| outcome.holds)
    };
    let programs = [
        ("story `spurious-wakeup`, `if`", eater("if"), [true, true]),
        ("story `spurious-wakeup`, `loop`", eater("loop"), [false, false]),
        ("`change_and_wake_nobody`", wrong(change_and_wake_nobody, |()| true), [true, false]),
    ];
    let [[(quietly, _), (spuriously, _)], ..] = programs.map(|(_, counts, _)| counts);
    assert!(quietly < spuriously);
    let rows = programs.map(|(name, counts, fails)| {
        assert_eq!(counts.map(|(wrong, _)| wrong > 0), fails, "{name}");
        let [without, with] = counts.map(|(wrong, of)| format!("{wrong} of {of}"));
        [name.to_owned(), without, with]
    });
    let head = ["program", "wrong, without spurious wake-ups", "wrong, with them"];
    page("model-spurious.md", &table(head, rows));
}

#[test]
fn an_ordering_without_which_nothing_fails_is_shown_as_such() {
    let model = Model { name: "letter", explorer: Explorer::new(), program: letter };
    let table_of = weakenings(&[model]);
    let caught: Vec<bool> = table_of.iter().map(|row| row.caught.is_some()).collect();
    assert_eq!(caught, [false, true, true]);
    let rows = table_of.iter().map(|row| {
        let (site, to) = (row.weakened.site, row.weakened.to.expect("not a fence"));
        [
            format!("`{}`", source_of(site.at)),
            format!("`{:?}` → `{to:?}`", site.ordering),
            match row.caught {
                Some((_, execution)) => format!("fails in execution {execution}"),
                None => "nothing fails".to_owned(),
            },
        ]
    });
    page("model-orderings.md", &table(["operation", "weakened", "then"], rows));
}

/// What loom's search finds and what ours does, in a table. Both come to their end.
fn by_both<O: Outcome>(program: fn() -> O) -> ([Exploration<O>; 2], String) {
    let found = [Judge::Loom, Judge::Own].map(|judge| {
        let exploration = Explorer::new().judge(judge).explore(program);
        assert!(exploration.exhaustive);
        exploration
    });
    let rows = ["loom's", "ours"].into_iter().zip(&found);
    let rows = rows.flat_map(|(name, exploration)| endings(name, exploration));
    let text = table(["search", "ending", "executions"], rows);
    (found, text)
}

#[test]
fn sequentially_consistent_loads_and_stores_are_weaker_in_looms_search_and_fences_are_not() {
    let both_down =
        |found: &Exploration<_>| ends(found).iter().any(|end| end == "returns `[0, 0]`");
    let (found, text) = by_both(|| raise_and_look(false));
    assert_eq!(found.map(|found| both_down(&found)), [true, false]);
    page("model-store-buffering.md", &text);
    let (found, _) = by_both(|| raise_and_look(true));
    assert_eq!(found.map(|found| both_down(&found)), [false, false]);
}

#[test]
fn a_store_that_came_after_a_swap_may_end_up_before_it_in_looms_search() {
    let ([loom, ours], text) = by_both(swap_against_store);
    let impossible = Ending::Returned([0, 2]);
    let of = |found: &Exploration<_>| {
        found.outcomes.iter().find(|found| found.ending == impossible).cloned()
    };
    page("model-swap.txt", &told_in_full(&of(&loom).expect("what no machine does")));
    assert!(of(&ours).is_none());
    page("model-swap.md", &text);
}

#[test]
fn a_loop_that_lets_nobody_else_go_on_is_given_up_here_and_one_that_yields_is_not() {
    let busy = explore(|| look_until_set(false));
    let [end] = &ends(&busy)[..] else { panic!("more than one ending") };
    assert!(end.starts_with("panics: no end after"), "{end}");
    let yields = explore(|| look_until_set(true));
    assert!(yields.exhaustive);
    assert_eq!(ends(&yields), ["returns `()`"]);
    let rows = endings("`look_until_set(false)`", &busy);
    let rows = rows.into_iter().chain(endings("`look_until_set(true)`", &yields));
    page("model-loop.md", &table(ENDINGS, rows));
}

#[test]
fn a_woken_thread_sees_what_was_done_before_the_wake_in_looms_search_alone() {
    let ([loom, ours], text) = by_both(read_after_a_wake);
    assert_eq!(ends(&loom), ["returns `42`", "stuck: nobody can go on"]);
    assert_eq!(ends(&ours), ["returns `0`", "returns `42`", "stuck: nobody can go on"]);
    page("model-wake.md", &text);
}

#[test]
fn a_panic_hides_what_other_executions_do_in_looms_search_alone() {
    let ([loom, ours], text) = by_both(expect_the_flag);
    let [end] = &ends(&loom)[..] else { panic!("more than one ending") };
    assert!(end.contains("too early"), "{end}");
    assert_eq!(ours.returned().count(), 1);
    page("model-panic.md", &text);
}
