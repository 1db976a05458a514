//! A story that the reader plays: whose turn it is says the reader.
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
use loom_platform::{Explorer, Game, Place, Stands, Turn};
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
    /// In how many orders it can be played. As text: it may be more than a script can count.
    orders: String,
}

struct Spot {
    threads: Vec<Standing>,
    turns: Vec<Choice>,
    shown: BTreeMap<String, String>,
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
    text: String,
    to: usize,
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

/// What the reader of a page sees and does.
pub(crate) const STYLE: &str = include_str!("play/player.css");
const SCRIPT: &str = concat!(include_str!("page/make.js"), include_str!("play/player.js"));

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
    let explorer = Explorer::new().spurious_wakeups(spurious);
    let game = explorer.play(MOST_PLACES, variant.run);
    let mut played = Played {
        name: variant.name,
        about: variant.about,
        goes_wrong_unseen: false,
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
        let goes_on = told.map(|(_, at)| (file(at.file()), at.line()));
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
        let waits_at = waits_at.filter(|(file, _)| file.starts_with("scenarios/"));
        // One that has ended is nowhere. One that has nothing to tell is where it last did.
        let last = place.last_steps[thread].filter(|_| *stands != Stands::Ended);
        let last = last.map(|at| (file(at.file()), at.line()));
        let line = waits_at.or(goes_on).or(last);
        Standing { says, line }
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
        Choice { thread: turn.thread, text, to: turn.to }
    };
    Spot {
        threads: place.threads.iter().enumerate().map(standing).collect(),
        turns: place.turns.iter().map(choice).collect(),
        shown: place.shown.clone(),
        end,
    }
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

    /// The first five need an old value, in the others a thread is overtaken in the midst of a
    /// step.
    const UNSEEN: [&str; 8] = [
        "message-passing/relaxed",
        "store-buffering/relaxed",
        "store-buffering/release-acquire",
        "double-checked-init/relaxed",
        "reference-count/relaxed",
        "dining-philosophers/all-back-off",
        "readers-writers/readers-first",
        "readers-writers/readers-first-four-reads",
    ];

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
}
