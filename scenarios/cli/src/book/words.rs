//! What the command itself says on a page of the book, in the book's language. English is the text
//! itself. What stories say stays as it is, as does whatever a program prints.

use crate::page::for_script;
use serde_json::{Map, Value};

/// For each language a table: a text, and the same in that language. In both, `{}` stands where
/// words of a story are put in, and `{…}` where another text of the table is.
const LANGUAGES: [(&str, &str); 1] = [("zh-CN", include_str!("words/zh-CN.json"))];

/// The names of the steps of an exercise. They are HTML, which is no text to translate.
const STEPS: [&str; 2] = ["Hint", "Answer"];

/// The words of one language: none for English, and for a language that has no table.
#[derive(Default)]
pub(super) struct Words(Map<String, Value>);

impl Words {
    pub(super) fn of(language: &str) -> Self {
        let table = LANGUAGES.iter().find(|(name, _)| *name == language);
        let table = table.map(|(_, table)| serde_json::from_str(table).expect("a table of words"));
        Self(table.unwrap_or_default())
    }

    /// The text in this language.
    pub(super) fn say<'a>(&'a self, text: &'a str) -> &'a str {
        self.0.get(text).and_then(Value::as_str).unwrap_or(text)
    }

    /// The chapter with the steps of its exercises named in this language.
    pub(super) fn name_steps(&self, chapter: &str) -> String {
        let summary = |name: &str| format!("<summary>{name}</summary>");
        STEPS.iter().fold(chapter.to_owned(), |chapter, step| {
            chapter.replace(&summary(step), &summary(self.say(step)))
        })
    }

    /// What the players of a chapter need to say it in this language, too.
    pub(super) fn for_players(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        format!("\n<script>\nvar bookWords = {};\n</script>\n", for_script(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_step_of_a_chapter_has_a_name_in_each_language() {
        let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src");
        for file in fs::read_dir(book).expect("the book").map(|entry| entry.unwrap().path()) {
            let Ok(chapter) = fs::read_to_string(&file) else { continue };
            let names = chapter.split("<summary>").skip(1);
            for name in names.filter_map(|rest| rest.split("</summary>").next()) {
                for (language, _) in LANGUAGES {
                    let words = Words::of(language);
                    let named = words.name_steps(&format!("<summary>{name}</summary>"));
                    assert!(!named.contains(name), "{}: {name}, {language}", file.display());
                }
            }
        }
    }

    #[test]
    fn a_translation_puts_in_as_much_as_the_text_does() {
        for (language, _) in LANGUAGES {
            for (text, said) in Words::of(language).0 {
                let said = said.as_str().expect("a text");
                let places = |text: &str| ["{}", "{…}"].map(|place| text.matches(place).count());
                assert_eq!(places(&text), places(said), "{language}: {text}");
            }
        }
    }
}
