//! The reader's folder: the files to edit, and how far the reader has come.

use super::exercises::{Exercise, Room, read};
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const PROGRESS: &str = "progress.json";

pub(crate) struct Folder {
    dir: PathBuf,
    progress: Progress,
    /// Whether it was made just now.
    pub(crate) is_new: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct Progress {
    done: BTreeSet<String>,
    /// How many hints were given.
    hints: BTreeMap<String, usize>,
}

fn failed(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::Files(format!("cannot write {}: {why}", path.display()))
}

impl Folder {
    /// Opens the folder. What is not there yet is made: it may be a new folder, or there may be new
    /// exercises.
    pub(crate) fn open(dir: &Path, rooms: &[Room]) -> Result<Self, Failure> {
        fs::create_dir_all(dir).map_err(|why| failed(dir, why))?;
        let dir = fs::canonicalize(dir).map_err(|why| failed(dir, why))?;
        let file = dir.join(PROGRESS);
        let is_new = !file.exists();
        let progress = if is_new {
            Progress::default()
        } else {
            serde_json::from_str(&read(&file)?).map_err(|why| {
                let file = file.display();
                Failure::Files(format!(
                    "{file} cannot be understood: {why}. Remove it to begin anew; your answers \
                     stay."
                ))
            })?
        };
        let folder = Self { dir, progress, is_new };
        for exercise in rooms.iter().flat_map(|room| &room.exercises) {
            if !folder.file(exercise).exists() {
                folder.write(exercise)?;
            }
        }
        folder.save()?;
        Ok(folder)
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The file that the reader edits.
    pub(crate) fn file(&self, exercise: &Exercise) -> PathBuf {
        self.dir.join(&exercise.room).join(format!("{}.rs", exercise.name))
    }

    fn write(&self, exercise: &Exercise) -> Result<(), Failure> {
        let file = self.file(exercise);
        let room = self.dir.join(&exercise.room);
        let text = exercise.text()?;
        fs::create_dir_all(room)
            .and_then(|()| fs::write(&file, text))
            .map_err(|why| failed(&file, why))
    }

    /// Writes the file anew. Returns where the reader's text is kept.
    pub(crate) fn reset(&mut self, exercise: &Exercise) -> Result<PathBuf, Failure> {
        let file = self.file(exercise);
        let free = |number: &usize| !file.with_extension(format!("{number}.old")).exists();
        let number = (1..).find(free).expect("a number is free");
        let kept = file.with_extension(format!("{number}.old"));
        fs::rename(&file, &kept).map_err(|why| failed(&kept, why))?;
        self.write(exercise)?;
        self.progress.done.remove(&exercise.name);
        self.progress.hints.remove(&exercise.name);
        self.save()?;
        Ok(kept)
    }

    pub(crate) fn is_done(&self, exercise: &Exercise) -> bool {
        self.progress.done.contains(&exercise.name)
    }

    pub(crate) fn done(&mut self, exercise: &Exercise) -> Result<(), Failure> {
        self.progress.done.insert(exercise.name.clone());
        self.save()
    }

    /// The first exercise that is not done.
    pub(crate) fn next<'a>(&self, rooms: &'a [Room]) -> Option<&'a Exercise> {
        rooms.iter().flat_map(|room| &room.exercises).find(|one| !self.is_done(one))
    }

    /// The hints that were given, and one more.
    pub(crate) fn hint<'a>(&mut self, exercise: &'a Exercise) -> Result<&'a [String], Failure> {
        let given = self.progress.hints.entry(exercise.name.clone()).or_default();
        *given = (*given + 1).min(exercise.hints.len());
        let given = *given;
        self.save()?;
        Ok(&exercise.hints[..given])
    }

    fn save(&self) -> Result<(), Failure> {
        let file = self.dir.join(PROGRESS);
        let text = serde_json::to_string_pretty(&self.progress).expect("plain data");
        // Put in place at once: a crash in the middle does not lose the progress.
        let new = self.dir.join(format!("{PROGRESS}.new"));
        fs::write(&new, text + "\n")
            .and_then(|()| fs::rename(&new, &file))
            .map_err(|why| failed(&file, why))
    }
}
