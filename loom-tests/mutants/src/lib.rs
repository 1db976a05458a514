//! What became of the mutants of each primitive.

use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

mod subjects;
pub use subjects::{SUBJECTS, Subject};

/// What became of the mutants of one primitive.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// How many the checks in the model were the first to notice, or the small programs.
    pub caught_in_the_model: usize,
    /// How many the native tests were the first to notice.
    pub caught_natively: usize,
    /// How many let a test run on for ever, or for very long.
    pub timed_out: usize,
    /// How many `.cargo/mutants.toml` leaves out.
    pub excluded: usize,
    /// What nobody has caught.
    pub missed: Vec<String>,
    /// When this was found.
    pub date: String,
    /// The version of `cargo mutants`.
    pub by: String,
}

impl Found {
    /// How many can be compiled, those that are left out not counted.
    pub fn viable(&self) -> usize {
        let caught = self.caught_in_the_model + self.caught_natively;
        caught + self.timed_out + self.missed.len()
    }
}

/// Where it is kept.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("found/{name}.json"))
}

/// What is kept, if there is something.
///
/// # Panics
///
/// When it is none of ours.
pub fn found(name: &str) -> Option<Found> {
    let json = fs::read_to_string(path(name)).ok()?;
    Some(serde_json::from_str(&json).unwrap_or_else(|error| panic!("{name}: {error}")))
}
