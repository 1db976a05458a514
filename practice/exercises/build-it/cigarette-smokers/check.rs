use super::answer::{MATCHES, PAPER, TOBACCO, Table};
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("tobacco and paper lie there, and the smoker with tobacco comes", || {
            table_with(&[TOBACCO, PAPER]).smoke(TOBACCO);
        })
        .holds("tobacco and paper come, then paper and matches", in_turn)
        .holds("Ann puts tobacco, Ben puts paper", two_suppliers)
        .holds("Ann puts tobacco, Ben puts paper, Cat has matches", a_smoker_waits)
}

fn table_with(things: &[usize]) -> Table {
    let table = Table::new();
    things.iter().for_each(|&thing| table.put(thing));
    table
}

fn may_smoke(table: &Table) -> [bool; 3] {
    [TOBACCO, PAPER, MATCHES].map(|has| table.try_smoke(has))
}

const WHO: &str = "whether those with tobacco, paper and matches may smoke is";

fn in_turn() {
    let table = table_with(&[TOBACCO]);
    assert_eq!(may_smoke(&table), [false; 3], "{WHO}");
    table.put(PAPER);
    table.smoke(MATCHES);
    table.put(PAPER);
    table.put(MATCHES);
    assert_eq!(may_smoke(&table), [true, false, false], "{WHO}");
}

const ANN: fn(&Table) = |table| table.put(TOBACCO);
const BOB: fn(&Table) = |table| table.put(PAPER);

fn two_suppliers() {
    let (table, _) = together(Table::new(), [("Ann", ANN), ("Ben", BOB)]);
    assert_eq!(may_smoke(&table), [false, false, true], "{WHO}");
    assert_eq!(may_smoke(&table), [false; 3], "after that, {WHO}");
}

fn a_smoker_waits() {
    let cat: fn(&Table) = |table| table.smoke(MATCHES);
    together(Table::new(), [("Ann", ANN), ("Ben", BOB), ("Cat", cat)]);
}
