//! The data of a page, small: a text stands there once, and is called by its number.

use super::code::Listing;
use super::{Played, Seen, Story};
use serde::Serialize;
use std::collections::HashMap;

#[derive(Serialize)]
struct Packed<'a> {
    story: &'a str,
    variants: Vec<PackedVariant<'a>>,
}

#[derive(Serialize)]
struct PackedVariant<'a> {
    name: &'a str,
    about: &'a str,
    goes_wrong_unseen: bool,
    picks_values: bool,
    orders: &'a str,
    threads: &'a [String],
    code: &'a [Listing],
    places: Vec<PackedPlace>,
    texts: Vec<String>,
    lines: Vec<(String, u32)>,
    /// For each thread, what it waits for, and its line.
    standings: Vec<Vec<(Number, Number)>>,
    /// Each thing that is shown, and its value.
    shown: Vec<Vec<(Number, Number)>>,
    /// Each a list of values: the value, with which step it was written, and why it is out.
    seen: Vec<Vec<[Number; 3]>>,
}

/// Nothing is -1.
type Number = isize;

#[derive(Serialize)]
struct PackedPlace(
    /// How the threads stand.
    Number,
    Vec<PackedTurn>,
    /// What is shown.
    Number,
    /// The kind of the end, and the end.
    Option<(Number, Number)>,
    /// For each thread each word and what the thread sees of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    Vec<Vec<(Number, Number)>>,
);

#[derive(Serialize)]
struct PackedTurn(
    /// The thread, what it does, and the place after it.
    usize,
    Number,
    usize,
    /// What it reads, if it could read something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    Option<Number>,
);

/// Things with numbers.
struct Table<T> {
    all: Vec<T>,
    numbers: HashMap<T, Number>,
}

impl<T: Clone + Eq + std::hash::Hash> Table<T> {
    fn new() -> Self {
        Self { all: Vec::new(), numbers: HashMap::new() }
    }

    fn number(&mut self, thing: &T) -> Number {
        if let Some(&number) = self.numbers.get(thing) {
            return number;
        }
        let number = self.all.len() as Number;
        self.all.push(thing.clone());
        self.numbers.insert(thing.clone(), number);
        number
    }

    fn number_if_any(&mut self, thing: Option<&T>) -> Number {
        thing.map_or(-1, |thing| self.number(thing))
    }
}

fn pack(played: &Played) -> PackedVariant<'_> {
    let mut texts = Table::new();
    let mut lines = Table::new();
    let mut all_seen = Table::new();
    let (mut standings, mut all_shown) = (Table::new(), Table::new());
    let mut places = Vec::new();
    for spot in &played.places {
        let threads = spot.threads.iter().map(|one| {
            (texts.number_if_any(one.says.as_ref()), lines.number_if_any(one.line.as_ref()))
        });
        let threads = standings.number(&threads.collect());
        let turns = spot.turns.iter().map(|one| {
            let text = texts.number(&one.text);
            let reads = one.reads.as_ref().map(|reads| texts.number(reads));
            PackedTurn(one.thread, text, one.to, reads)
        });
        let turns = turns.collect();
        let shown =
            spot.shown.iter().map(|(what, value)| (texts.number(what), texts.number(value)));
        let shown = all_shown.number(&shown.collect());
        let end = spot.end.as_ref();
        let end = end.map(|end| (texts.number(&end.kind.to_owned()), texts.number(&end.text)));
        let mut view = |(word, seen): &(String, Vec<Seen>)| {
            let one = |seen: &Seen| {
                let out = texts.number_if_any(seen.out.as_ref());
                [texts.number(&seen.value), texts.number(&seen.by), out]
            };
            let seen = all_seen.number(&seen.iter().map(one).collect());
            (texts.number(word), seen)
        };
        let views = spot.views.iter().filter(|_| played.picks_values);
        let views = views.map(|views| views.iter().map(&mut view).collect()).collect();
        places.push(PackedPlace(threads, turns, shown, end, views));
    }
    PackedVariant {
        name: played.name,
        about: played.about,
        goes_wrong_unseen: played.goes_wrong_unseen,
        picks_values: played.picks_values,
        orders: &played.orders,
        threads: &played.threads,
        code: &played.code,
        places,
        texts: texts.all,
        lines: lines.all,
        standings: standings.all,
        shown: all_shown.all,
        seen: all_seen.all,
    }
}

/// A story's data.
pub(super) fn story(story: &Story) -> impl Serialize {
    Packed { story: story.story, variants: story.variants.iter().map(pack).collect() }
}

/// A variant's data.
#[cfg(test)]
pub(super) fn variant(played: &Played) -> String {
    serde_json::to_string(&pack(played)).expect("plain data")
}
