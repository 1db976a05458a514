//! The exercises that there are, by room.

use crate::catalogue::unknown;
use crate::failure::Failure;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Rooms {
    room: Vec<RoomFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoomFile {
    name: String,
    about: String,
    exercises: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    title: String,
    chapter: String,
    hints: [String; 3],
}

pub(crate) struct Room {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) exercises: Vec<Exercise>,
}

pub(crate) struct Exercise {
    pub(crate) name: String,
    pub(crate) room: String,
    pub(crate) title: String,
    /// A page of the book.
    pub(crate) chapter: String,
    pub(crate) hints: [String; 3],
    folder: PathBuf,
}

/// All rooms, in the order in which they are met.
pub(crate) fn rooms(checkout: &Path) -> Result<Vec<Room>, Failure> {
    let folder = checkout.join("practice/exercises");
    let file: Rooms = parse(&folder.join("rooms.toml"))?;
    let room = |room: RoomFile| {
        let exercise = |name: String| {
            let folder = folder.join(&room.name).join(&name);
            let About { title, chapter, hints } = parse(&folder.join("about.toml"))?;
            Ok(Exercise { name, room: room.name.clone(), title, chapter, hints, folder })
        };
        let exercises: Result<_, Failure> = room.exercises.into_iter().map(exercise).collect();
        Ok(Room { exercises: exercises?, about: room.about, name: room.name })
    };
    file.room.into_iter().map(room).collect()
}

fn parse<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, Failure> {
    toml::from_str(&read(path)?).map_err(|why| Failure::Files(format!("{}: {why}", path.display())))
}

pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|why| Failure::Files(format!("cannot read {}: {why}", path.display())))
}

/// The exercise of this name, which may have its room's before it.
pub(crate) fn find<'a>(rooms: &'a [Room], name: &str) -> Result<&'a Exercise, Failure> {
    let all = || rooms.iter().flat_map(|room| &room.exercises);
    let is_it = |one: &&Exercise| one.name == name || format!("{}/{}", one.room, one.name) == name;
    all().find(is_it).ok_or_else(|| {
        let names = all().map(|one| one.name.as_str());
        unknown("exercise", name, names, "interleave practise list")
    })
}

impl Exercise {
    pub(crate) fn check(&self) -> PathBuf {
        self.folder.join("check.rs")
    }

    /// What the reader gets.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        read(&self.folder.join("exercise.rs"))
    }

    pub(crate) fn solution(&self) -> Result<String, Failure> {
        read(&self.folder.join("solution.rs"))
    }
}
