//! Players in the book: mdBook asks this command to put them where chapters say
//! `{{#play STORY}}`.

use super::{SCRIPT, STYLE, fragment, story};
use crate::catalogue;
use crate::failure::{Done, Failure};
use serde_json::Value;
use std::io::{Write as _, stdin, stdout};

/// Reads the book from standard input, and writes it with its players.
pub(crate) fn preprocess() -> Done {
    let (_, mut book): (Value, Value) = serde_json::from_reader(stdin().lock()).map_err(|why| {
        Failure::Usage(format!("mdBook calls this, and gives it a book as JSON: {why}"))
    })?;
    put_into(&mut book)?;
    writeln!(stdout(), "{book}")?;
    Ok(true)
}

/// Chapters are in chapters, and how they are called there differs from version to version.
fn put_into(value: &mut Value) -> Result<(), Failure> {
    match value {
        Value::Array(all) => all.iter_mut().try_for_each(put_into),
        Value::Object(object) => {
            let path = object.get("path").and_then(Value::as_str).unwrap_or("a chapter").to_owned();
            if let Some(Value::String(content)) = object.get_mut("content") {
                *content = with_players(content, &path)?;
            }
            object.values_mut().try_for_each(put_into)
        }
        _ => Ok(()),
    }
}

fn with_players(content: &str, path: &str) -> Result<String, Failure> {
    let mut out = String::with_capacity(content.len());
    let mut has_players = false;
    for (number, line) in content.lines().enumerate() {
        let wanted = line.strip_prefix("{{#play ").and_then(|rest| rest.strip_suffix("}}"));
        match wanted {
            Some(wanted) => {
                let selection =
                    catalogue::find(wanted.trim()).map_err(|failure| match failure {
                        Failure::Usage(why) => {
                            Failure::Usage(format!("{path}:{}: {why}", number + 1))
                        }
                        other => other,
                    })?;
                out += &fragment(&story(&selection));
                has_players = true;
            }
            None => out += line,
        }
        out.push('\n');
    }
    if has_players {
        out += &format!("\n<style>\n{STYLE}</style>\n\n<script>\n{SCRIPT}</script>\n");
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_player_stands_where_the_chapter_asks_for_it() {
        let mut book = serde_json::json!({"items": [{"Chapter": {
            "path": "a.md", "content": "Before.\n\n{{#play lost-wakeup}}\n\nAfter.", "sub_items": []
        }}]});
        put_into(&mut book).unwrap();
        let content = book["items"][0]["Chapter"]["content"].as_str().unwrap();
        assert!(content.starts_with("Before.\n\n<section class=\"player\""));
        assert!(content.contains("\nAfter.\n\n<style>"));
        // A blank line would end the HTML.
        let section = content.split("</section>").next().unwrap();
        assert!(!section["Before.\n\n".len()..].contains("\n\n"));
    }

    #[test]
    fn an_unknown_story_is_told_with_its_line() {
        let Err(Failure::Usage(why)) = with_players("One.\n{{#play bank-witdraw}}", "b.md") else {
            panic!("it is no story")
        };
        assert!(why.starts_with("b.md:2: ") && why.contains("`bank-withdraw`"), "{why}");
    }
}
