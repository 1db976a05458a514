//! What was made for the book before, as long as the sources are the same.

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::env::current_exe;
use std::fs;
use std::path::PathBuf;

/// Of all that a search runs through.
const SOURCES: &str = env!("SOURCES");

/// By what a chapter asks for.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Cache {
    sources: String,
    made: BTreeMap<String, String>,
    /// What no chapter asks for any more is not kept.
    #[serde(skip)]
    used: BTreeMap<String, String>,
}

impl Cache {
    /// Empty if there is none that is of use.
    pub(super) fn open() -> Self {
        let kept = path().and_then(|path| fs::read(path).ok());
        let kept = kept.and_then(|json| serde_json::from_slice::<Self>(&json).ok());
        let fresh = || Self { sources: SOURCES.to_owned(), ..Self::default() };
        kept.filter(|kept| kept.sources == SOURCES).unwrap_or_else(fresh)
    }

    pub(super) fn get_or_make(
        &mut self,
        asked: &str,
        make: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<String, Failure> {
        let made = match self.made.get(asked) {
            Some(made) => made.clone(),
            None => make()?,
        };
        self.used.insert(asked.to_owned(), made.clone());
        Ok(made)
    }

    pub(super) fn save(self) {
        let kept = Self { sources: self.sources, made: self.used, used: BTreeMap::new() };
        let json = serde_json::to_vec(&kept).expect("plain data");
        // Without a cache the next build takes longer, and nothing else.
        drop(path().map(|path| fs::write(path, json)));
    }
}

/// Beside the command itself, in the folder for what can be built again.
fn path() -> Option<PathBuf> {
    Some(current_exe().ok()?.with_file_name("shown-in-the-book.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_not_made_again() {
        let mut cache = Cache::default();
        cache.made.insert("asked".to_owned(), "made before".to_owned());
        let again = cache.get_or_make("asked", || panic!("it is made again"));
        assert_eq!(again.unwrap(), "made before");
        let other = cache.get_or_make("other", || Ok("made now".to_owned()));
        assert_eq!(other.unwrap(), "made now");
    }
}
