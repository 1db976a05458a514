//! A story that the reader plays: whose turn it is says the reader, and what a load reads, where
//! the story is about that.
//!
//! What can happen is found by the model, and goes as data into a page that needs nothing else.

mod code;
mod pack;
mod terminal;

use crate::catalogue::Selection;
use crate::explore::{ending, file};
use crate::failure::{Done, Failure};
use crate::page::{Page, Target, data};
use code::Listing;
use loom_platform::{Explorer, Game, Load, Place, Stands, Turn, View, Written};
use loom_scenarios::{Expect, Outcome, STORIES, Variant};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Write as _, stdout};
use std::path::Path;

/// With more places than this a page would be larger than anybody wants to load.
const MOST_PLACES: usize = 6_000;

/// A story, and all that can be done with it.
pub(crate) struct Story {
    story: &'static str,
    about: &'static str,
    variants: Vec<Played>,
}

struct Played {
    name: &'static str,
    about: &'static str,
    /// Whether no order of steps shows how it goes wrong: a thread reads an old value, or is
    /// overtaken in the midst of a step.
    goes_wrong_unseen: bool,
    threads: Vec<String>,
    code: Vec<Listing>,
    /// Empty if there are too many.
    places: Vec<Spot>,
    /// Whether the reader says what loads read, too.
    picks_values: bool,
    /// In how many orders it can be played, each choice of values being another. As text: it may be
    /// more than a script can count.
    orders: String,
}

struct Spot {
    threads: Vec<Standing>,
    turns: Vec<Choice>,
    shown: BTreeMap<String, String>,
    /// For each thread what it may read of each word.
    views: Vec<Vec<(String, Vec<Seen>)>>,
    end: Option<End>,
}

struct Standing {
    /// Nothing if it can go on.
    says: Option<String>,
    /// Where it goes on, or waits.
    line: Option<(String, u32)>,
}

struct Choice {
    thread: usize,
    /// By which the reader calls it.
    key: String,
    text: String,
    /// What it reads, if it could read something else.
    reads: Option<String>,
    to: usize,
}

/// A value that a word has or has had, as a thread sees it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Seen {
    value: String,
    /// With which step it was written.
    by: String,
    /// Why it cannot be read any more.
    out: Option<String>,
}

struct End {
    kind: &'static str,
    text: String,
}

/// Lets the user play in the terminal, or writes the page.
pub(crate) fn play(selection: &Selection, html: Option<&Path>) -> Done {
    let story = story(selection);
    if story.variants.is_empty() {
        let why = format!("{} tells no step, so there is nothing to play", story.story);
        return Err(Failure::Usage(why));
    }
    let Some(path) = html else { return terminal::play(&story) };
    let written = Target::open(path)?.write(&page(&story))?;
    writeln!(stdout(), "{written}")?;
    Ok(true)
}

const STORIES_ARE_IN: &str = "scenarios/src/";

/// What the reader of a page sees and does.
pub(crate) const STYLE: &str = include_str!("play/player.css");
const SCRIPT: &str = concat!(
    include_str!("page/make.js"),
    include_str!("play/words.js"),
    include_str!("play/player.js")
);

/// What a chapter with players needs once, behind them.
pub(crate) fn style_and_script() -> String {
    format!("\n<style>\n{STYLE}</style>\n\n<script>\n{SCRIPT}</script>\n")
}

pub(crate) fn story(selection: &Selection) -> Story {
    let story = &STORIES[selection.story];
    let played = |&variant: &usize| played(&story.variants[variant]);
    // Where no step is told there is nothing to play.
    let tells = |played: &Played| played.places.is_empty() || !played.code.is_empty();
    let variants = selection.variants.iter().map(played).filter(tells).collect();
    Story { story: story.name, about: story.about, variants }
}

fn played(variant: &Variant) -> Played {
    let spurious = variant.search.spurious_wakeups;
    let mut explorer = Explorer::new().spurious_wakeups(spurious);
    if variant.search.picks_values {
        // What a primitive reads inside is no choice of the story's.
        explorer = explorer.pick_values(|at| file(at.file()).starts_with(STORIES_ARE_IN));
    }
    let game = explorer.play(MOST_PLACES, variant.run);
    let mut played = Played {
        name: variant.name,
        about: variant.about,
        goes_wrong_unseen: false,
        picks_values: variant.search.picks_values,
        threads: Vec::new(),
        code: Vec::new(),
        places: Vec::new(),
        orders: String::new(),
    };
    if let Some(game) = game {
        let back = if spurious > 0 { "for no reason" } else { "as its time is up" };
        played.places = game.places.iter().map(|place| spot(&game, place, back)).collect();
        let goes_wrong = |spot: &Spot| spot.end.as_ref().is_some_and(|end| end.kind != "holds");
        played.goes_wrong_unseen =
            variant.expect != Expect::Holds && !played.places.iter().any(goes_wrong);
        // Those that have turns: where the main thread waits for the others tells nothing.
        let turns = played.places.iter().flat_map(|spot| &spot.turns);
        let active: BTreeSet<usize> = turns.map(|turn| turn.thread).collect();
        let of = |spot: &'_ Spot| {
            let lines = spot.threads.iter().enumerate().filter(|(one, _)| active.contains(one));
            lines.filter_map(|(_, standing)| standing.line.clone()).collect::<Vec<_>>()
        };
        played.code = code::listings(played.places.iter().flat_map(of));
        played.orders = game.places[0].orders.to_string();
        played.threads = game.threads;
    }
    played
}

/// `back` says how a thread that waits may come back by itself.
fn spot(game: &Game<Outcome>, place: &Place<Outcome>, back: &str) -> Spot {
    let standing = |(thread, stands): (usize, &Stands)| {
        let turn = place.turns.iter().find(|turn| turn.thread == thread);
        let told = turn.and_then(|turn| turn.told.as_ref());
        // Where the reader says what a load reads, the thread stands before that load.
        let load = turn.and_then(|turn| turn.loads.iter().find(|load| load.has_choice()));
        let goes_on = load.map(|load| load.at).or(told.map(|&(_, at)| at));
        let goes_on = goes_on.map(|at| (file(at.file()), at.line()));
        let (says, waits_at) = match stands {
            Stands::Ready => (None, None),
            Stands::WaitsForATime(waiting) => {
                let says = format!("waits for {}, or comes back {back}", waiting.waits_for);
                (Some(says), Some(waiting.at))
            }
            Stands::Waits(Some(waiting)) => {
                (Some(format!("waits for {}", waiting.waits_for)), Some(waiting.at))
            }
            Stands::Waits(None) => (Some("looks again and again".to_owned()), None),
            Stands::Ended => (Some("has ended".to_owned()), None),
        };
        // What a primitive waits at inside is no line of the story.
        let waits_at = waits_at.map(|at| (file(at.file()), at.line()));
        let waits_at = waits_at.filter(|(file, _)| file.starts_with(STORIES_ARE_IN));
        // One that has ended is nowhere. One that has nothing to tell is where it last did.
        let last = place.last_steps[thread].filter(|_| *stands != Stands::Ended);
        let last = last.map(|at| (file(at.file()), at.line()));
        let line = waits_at.or(goes_on).or(last);
        Standing { says, line }
    };
    let views = |(thread, stands): (usize, &Stands)| {
        let next: Vec<&Turn> = place.turns.iter().filter(|turn| turn.thread == thread).collect();
        let views = place.views.get(thread).filter(|_| *stands != Stands::Ended);
        views.into_iter().flatten().map(|view| seen(view, &next)).collect()
    };
    let end = place.ending.as_ref().map(|end| {
        let (text, kind) = ending(end);
        End { kind: kind.word(), text }
    });
    let choice = |turn: &Turn| {
        let text = match place.threads[turn.thread] {
            Stands::WaitsForATime(_) => format!("comes back {back}"),
            _ => text(game, turn),
        };
        let reads: Vec<String> = turn.loads.iter().filter_map(reads).collect();
        Choice {
            thread: turn.thread,
            key: key(&place.turns, turn),
            text,
            reads: (!reads.is_empty()).then(|| format!("reads {}", reads.join(", "))),
            to: turn.to,
        }
    };
    Spot {
        threads: place.threads.iter().enumerate().map(standing).collect(),
        turns: place.turns.iter().map(choice).collect(),
        shown: place.shown.clone(),
        views: place.threads.iter().enumerate().map(views).collect(),
        end,
    }
}

/// The thread's number, and a letter if the thread has several turns and this is not the first.
fn key(turns: &[Turn], turn: &Turn) -> String {
    let of_thread = turns.iter().filter(|one| one.thread == turn.thread);
    let nth = of_thread.take_while(|&one| !std::ptr::eq(one, turn)).count();
    let letter = ('b'..='z').nth(nth.wrapping_sub(1));
    format!("{}{}", turn.thread, letter.map_or_else(String::new, String::from))
}

/// What a load reads, if it could read something else.
fn reads(load: &Load) -> Option<String> {
    let Load { view: View { word, readable, .. }, reads, .. } = load;
    let old = if *reads > 0 { " (old)" } else { "" };
    load.has_choice().then(|| format!("{word}: {}{old}", readable[*reads].value))
}

/// What a thread may read of a word. If it reads the word with its next turn, that read counts: a
/// fence before it may tell the thread more.
fn seen(view: &View, next: &[&Turn]) -> (String, Vec<Seen>) {
    let loads = next.iter().flat_map(|turn| &turn.loads).map(|load| &load.view);
    let loads: Vec<&View> = loads.filter(|one| one.word == view.word).collect();
    let of: &[&View] = if loads.is_empty() { &[view] } else { &loads };
    let seen = |written: &Written| {
        let out = of.iter().flat_map(|one| &one.out).find(|(one, _)| one == written);
        let can_be_read = of.iter().any(|one| one.readable.contains(written));
        Seen {
            value: written.value.clone(),
            by: written.by.clone().unwrap_or_else(|| "from the start".to_owned()),
            out: out.filter(|_| !can_be_read).map(|(_, why)| why.clone()),
        }
    };
    let all = view.readable.iter().chain(view.out.iter().map(|(written, _)| written));
    (view.word.clone(), all.map(seen).collect())
}

fn text(game: &Game<Outcome>, turn: &Turn) -> String {
    if let Some((text, _)) = &turn.told {
        return text.clone();
    }
    let word = match game.places[turn.to].threads[turn.thread] {
        Stands::Ended => "goes on to its end",
        _ => "goes on until it waits",
    };
    word.to_owned()
}

/// What the book and the page have in common: the data, and the place for the player.
pub(crate) fn fragment(story: &Story) -> String {
    let data = data(&pack::story(story));
    let Story { story: name, about, .. } = story;
    format!(
        "<section class=\"player\" aria-label=\"{name}: {about}\">\n\
         {data}</section>\n"
    )
}

fn page(story: &Story) -> String {
    let about = format!("{}. You say whose turn it is.", story.about);
    let body = &fragment(story);
    Page { title: story.story, about: &about, style: STYLE, script: SCRIPT, body }.html()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those with more places than a page can have.
    const TOO_LARGE: [&str; 2] =
        ["blocked-not-deadlocked/three-against-one", "blocked-not-deadlocked/three-closed"];

    /// Those that tell no step, so that there is nothing to play.
    const SILENT: [&str; 1] = ["pool-primes/one-chunk"];

    /// A thread is overtaken in the midst of a step.
    const UNSEEN: [&str; 4] = [
        "interpreter-lock/three-switched",
        "dining-philosophers/all-back-off",
        "readers-writers/readers-first",
        "readers-writers/readers-first-four-reads",
    ];

    #[test]
    fn the_largest_page_is_under_300_kilobytes() {
        let Ok(selection) = crate::catalogue::find_explorable("four-keys") else {
            panic!("it is a story")
        };
        let largest = page(&story(&selection));
        assert!(largest.len() < 300_000, "{} bytes", largest.len());
    }

    #[test]
    fn each_variant_is_played_to_the_ends_that_it_declares() {
        let (mut too_large, mut unseen, mut silent) = (Vec::new(), Vec::new(), Vec::new());
        for (story, variant) in
            STORIES.iter().flat_map(|story| story.variants.iter().map(move |one| (story, one)))
        {
            let name = format!("{}/{}", story.name, variant.name);
            let played = played(variant);
            let size = pack::variant(&played).len();
            assert!(size < 300_000, "{name}: {size} bytes");
            let kinds: BTreeSet<&str> =
                played.places.iter().filter_map(|spot| Some(spot.end.as_ref()?.kind)).collect();
            if played.places.is_empty() {
                too_large.push(name);
            } else if played.goes_wrong_unseen {
                unseen.push(name);
            } else {
                let does = Expect::of(kinds.contains("breaks"), kinds.contains("stuck"));
                assert_eq!((does, kinds.contains("panic")), (variant.expect, false), "{name}");
                silent.extend(played.code.is_empty().then_some(name));
            }
        }
        assert_eq!(too_large, TOO_LARGE);
        assert_eq!(unseen, UNSEEN);
        assert_eq!(silent, SILENT);
    }

    #[test]
    fn where_the_reader_says_what_is_read_every_outcome_can_be_caused_and_no_other() {
        for story in STORIES {
            for variant in story.variants.iter().filter(|one| one.search.picks_values) {
                let played = played(variant);
                let ends = played.places.iter().filter_map(|spot| spot.end.as_ref());
                let caused: BTreeSet<(String, &str)> =
                    ends.map(|end| (end.text.clone(), end.kind)).collect();
                let found = Explorer::new().explore(variant.run).outcomes;
                let word = |(text, kind): (String, crate::explore::Kind)| (text, kind.word());
                let found = found.iter().map(|found| word(ending(&found.ending))).collect();
                assert_eq!(caused, found, "{}/{}", story.name, variant.name);
            }
        }
    }
}
