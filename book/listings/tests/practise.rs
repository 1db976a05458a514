//! The exercises that a reader writes, in the chapters that they go with.

use listings::{book, page, table};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

const SENTENCE: &str = "To write yourself, and be [judged by every interleaving](practise.md):";

#[derive(Deserialize)]
struct Rooms {
    room: Vec<Room>,
}

#[derive(Deserialize)]
struct Room {
    name: String,
    about: String,
    exercises: Vec<String>,
}

#[derive(Deserialize)]
struct About {
    title: String,
    chapter: String,
}

fn exercises() -> PathBuf {
    book().join("../practice/exercises")
}

fn rooms() -> Vec<Room> {
    let text = fs::read_to_string(exercises().join("rooms.toml")).expect("rooms");
    toml::from_str::<Rooms>(&text).expect("rooms").room
}

fn about(room: &Room, name: &str) -> About {
    let file = exercises().join(&room.name).join(name).join("about.toml");
    let text = fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    toml::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

#[test]
fn every_chapter_names_the_exercises_that_go_with_it() {
    let mut chapters: BTreeMap<String, String> = BTreeMap::new();
    for room in &rooms() {
        for name in &room.exercises {
            let About { title, chapter } = about(room, name);
            let lines = chapters.entry(chapter).or_default();
            let _ = writeln!(lines, "- `practise {name}`: {title} ({})", room.name);
        }
    }
    for (chapter, lines) in chapters {
        let generated = format!("practise-{chapter}");
        page(&generated, &lines);
        let text = fs::read_to_string(book().join("src").join(&chapter)).expect("a chapter");
        // The sentence stands in the chapter, so that it is translated with it.
        let include = format!("{SENTENCE}\n\n{{{{#include generated/{generated}}}}}");
        assert!(text.contains(&include), "{chapter} needs the lines\n{include}");
    }
}

#[test]
fn the_page_on_practising_names_every_room_and_exercise() {
    let rows = rooms().into_iter().map(|room| {
        let names: Vec<String> = room
            .exercises
            .iter()
            .map(|name| {
                let chapter = about(&room, name).chapter;
                format!("[{name}]({chapter})")
            })
            .collect();
        [room.name, room.about, names.join(", ")]
    });
    page("practise.md", &table(["room", "what you do", "exercises, each with its chapter"], rows));
}
