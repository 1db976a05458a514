//! What the book shows of the stories. mdBook calls this command, which finds it by running the
//! searches, and puts it where a line of a chapter asks for it:
//!
//! - `{{#play STORY}}`: a player;
//! - `{{#outcomes STORY}}`: tables of all variants;
//! - `{{#outcomes STORY: VARIANT, ANOTHER}}`: of these;
//! - `{{#trace STORY/VARIANT: OUTCOME}}`: the shortest way to an outcome, a thread a column;
//! - `{{#picture STORY/VARIANT: OUTCOME | TITLE | WHAT IS SEEN}}`: the same as a picture;
//! - `{{#wait-for STORY/VARIANT: stuck | TITLE}}`: which thread waits for which, as a picture;
//! - `{{#run STORY/VARIANT}}`: what a story tells that only a machine can run.
//! - `{{#run STORY/VARIANT: trace}}`: the same, with the lists of its event loop after each step.
//!
//! A way to a bad end stands behind a step, if the chapter has a player for the story: the reader
//! may find it first.
//!
//! An outcome is named by its text. `stuck` is the shortest way to where nobody can go on, and
//! `stuck: Ann, Ben` the one to where these wait (the main thread is not named).
//!
//! Traces become tables, those that a chapter includes as well: mdBook's `links` has to run before.

mod cache;
mod found;
mod table;
mod words;

use crate::catalogue;
use crate::failure::{Done, Failure};
use crate::play;
use cache::Cache;
use found::{BAD_END, Finds};
use serde_json::Value;
use std::io::{Write as _, stdin, stdout};
use table::with_tables;
use words::Words;

/// Reads the book from standard input, and writes it with what its chapters ask for.
pub(crate) fn preprocess() -> Done {
    let (context, mut book): (Value, Value) =
        serde_json::from_reader(stdin().lock()).map_err(|why| {
            Failure::Usage(format!("mdBook calls this, and gives it a book as JSON: {why}"))
        })?;
    let language = context["config"]["book"]["language"].as_str().unwrap_or("en");
    let words = Words::of(language);
    let mut puts = Puts { cache: Cache::open(), finds: Finds::default(), words };
    puts.put_into(&mut book)?;
    puts.cache.save();
    writeln!(stdout(), "{book}")?;
    Ok(true)
}

/// Others are of mdBook itself.
const DIRECTIVES: [&str; 6] = ["play", "outcomes", "trace", "picture", "wait-for", "run"];

/// A block of text in a chapter.
const BLOCK: &str = "```text\n";
const BLOCK_END: &str = "```";
const STEP_END: &str = "\n\n</details>";

/// Begins a step that the reader opens, with a link to the player. If it begins in a block, then
/// before the block, and `true` says that it ends behind it.
fn begin_step(out: &mut String, variant: &str, words: &Words) -> bool {
    let in_block = out.ends_with(BLOCK);
    if in_block {
        out.truncate(out.len() - BLOCK.len());
    }
    let text = words.say("One way to this end. {}Try to find it yourself{} first.");
    let link = format!("<a href=\"#{variant}/\">");
    let text = text.replacen("{}", &link, 1).replacen("{}", "</a>", 1);
    out.push_str(&format!("<details><summary>{text}</summary>\n\n"));
    out.push_str(if in_block { BLOCK } else { "" });
    in_block
}

struct Puts {
    cache: Cache,
    finds: Finds,
    words: Words,
}

impl Puts {
    /// Chapters are in chapters, and how they are called there differs from version to version.
    fn put_into(&mut self, value: &mut Value) -> Result<(), Failure> {
        match value {
            Value::Array(all) => all.iter_mut().try_for_each(|one| self.put_into(one)),
            Value::Object(object) => {
                let path = object.get("path").and_then(Value::as_str);
                let path = path.unwrap_or("a chapter").to_owned();
                if let Some(Value::String(content)) = object.get_mut("content") {
                    let answered = self.answered(content, &path)?;
                    *content = self.words.name_steps(&with_tables(&answered));
                }
                object.values_mut().try_for_each(|one| self.put_into(one))
            }
            _ => Ok(()),
        }
    }

    /// The chapter with what it asks for.
    fn answered(&mut self, content: &str, path: &str) -> Result<String, Failure> {
        let mut out = String::with_capacity(content.len());
        let (mut has_players, mut step_ends_with_block) = (false, false);
        for (number, line) in content.lines().enumerate() {
            let asked = line.strip_prefix("{{#").and_then(|rest| rest.strip_suffix("}}"));
            match asked.and_then(|asked| asked.split_once(' ')) {
                Some((what, of)) if DIRECTIVES.contains(&what) => {
                    has_players |= what == "play";
                    let make = || self.finds.make(what, of.trim());
                    let made = self.cache.get_or_make(line, make).map_err(|failure| {
                        let Failure::Usage(why) = failure else { return failure };
                        Failure::Usage(format!("{path}:{}: {why}", number + 1))
                    })?;
                    let made = made.trim_end_matches('\n');
                    let variant = of.split(':').next().unwrap_or(of);
                    let story = variant.split('/').next().unwrap_or(variant);
                    let playable = content.contains(&format!("{{{{#play {story}}}}}"));
                    match made.strip_prefix(BAD_END) {
                        Some(made) if playable => {
                            step_ends_with_block = begin_step(&mut out, variant, &self.words);
                            out += made;
                            out += if step_ends_with_block { "" } else { STEP_END };
                        }
                        made_of_a_bad_end => out += made_of_a_bad_end.unwrap_or(made),
                    }
                }
                _ if step_ends_with_block && line == BLOCK_END => {
                    step_ends_with_block = false;
                    out += BLOCK_END;
                    out += STEP_END;
                }
                _ => out += line,
            }
            out.push('\n');
        }
        if has_players {
            out += &self.words.for_players();
            out += &play::style_and_script();
        }
        Ok(out)
    }
}

impl Finds {
    fn make(&mut self, what: &str, of: &str) -> Result<String, Failure> {
        match what {
            "play" => Ok(play::fragment(&play::story(&catalogue::find_explorable(of)?))),
            "outcomes" => self.tables(of),
            "picture" => self.picture(of),
            "wait-for" => self.wait_for(of),
            "run" => found::told(of),
            _ => self.trace(of),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn puts() -> Puts {
        Puts { cache: Cache::default(), finds: Finds::default(), words: Words::default() }
    }

    fn why_not(chapter: &str) -> String {
        let Err(Failure::Usage(why)) = puts().answered(chapter, "b.md") else {
            panic!("{chapter} can be answered")
        };
        why
    }

    #[test]
    fn a_player_stands_where_the_chapter_asks_for_it() {
        let mut book = serde_json::json!({"items": [{"Chapter": {
            "path": "a.md", "content": "Before.\n\n{{#play lost-wakeup}}\n\nAfter.", "sub_items": []
        }}]});
        puts().put_into(&mut book).unwrap();
        let content = book["items"][0]["Chapter"]["content"].as_str().unwrap();
        assert!(content.starts_with("Before.\n\n<section class=\"player\""));
        assert!(content.contains("\nAfter.\n\n<style>"));
        // A blank line would end the HTML.
        let section = content.split("</section>").next().unwrap();
        assert!(!section["Before.\n\n".len()..].contains("\n\n"));
    }

    #[test]
    fn a_trace_is_the_shortest_way_to_the_outcome_that_the_chapter_names() {
        let chapter = "```text\n{{#trace lost-wakeup/look-then-sleep: stuck}}\n```\n";
        let answered = puts().answered(chapter, "a.md").unwrap();
        assert!(answered.starts_with("```text\n"), "{answered}");
        assert!(answered.contains("stuck: nobody can go on\n"), "{answered}");
        assert!(answered.ends_with("\n```\n"), "{answered}");
    }

    #[test]
    fn a_way_to_a_bad_end_stands_behind_a_step_where_the_reader_can_play_the_story() {
        let trace = "```text\n{{#trace lost-wakeup/look-then-sleep: stuck}}\n```\n";
        let picture =
            "{{#picture lost-wakeup/look-then-sleep: stuck | Nobody wakes | A sleeper.}}\n";
        let well = "```text\n{{#trace lost-wakeup/sleep-if: went through}}\n```\n";
        let chapter = format!("{trace}\n{picture}\n{well}\n{{{{#play lost-wakeup}}}}\n");
        let answered = puts().answered(&chapter, "a.md").unwrap();
        let steps: Vec<&str> = answered.split("<details>").skip(1).collect();
        let [trace, rest] = &steps[..] else { panic!("{answered}") };
        assert!(trace.starts_with("<summary>One way to this end. <a href=\"#lost-wakeup/look"));
        assert!(trace.contains("</summary>\n\n```text\n     "), "{trace}");
        assert!(trace.trim_end().ends_with("\n```\n\n</details>"), "{trace}");
        let (picture, rest) = rest.split_once("</details>").expect("the end of the step");
        assert!(picture.contains("</summary>\n\n<p><img ") && picture.ends_with("\"></p>\n\n"));
        assert!(rest.contains("```text\n     ") && rest.contains("class=\"player\""));
    }

    #[test]
    fn a_picture_is_an_image_that_needs_no_other_file() {
        let asked =
            "{{#picture lost-wakeup/look-then-sleep: stuck | Nobody wakes | A \"sleeper\".}}";
        let answered = puts().answered(asked, "a.md").unwrap();
        let start = "<p><img alt=\"A &quot;sleeper&quot;.\" src=\"data:image/svg+xml;";
        assert!(answered.starts_with(start), "{answered}");
        assert!(answered.trim_end().ends_with("%3C/svg%3E%0A\"></p>"), "{answered}");
        assert_eq!(answered.matches('<').count(), 3);
    }

    #[test]
    fn a_wait_for_picture_says_what_it_shows() {
        let asked = "{{#wait-for ab-deadlock/opposite-order: stuck | Two locks}}";
        let answered = puts().answered(asked, "a.md").unwrap();
        assert!(answered.contains("alt=\"A to B holds lock A and waits for lock B"), "{answered}");
        let why = why_not("{{#wait-for shared-counter/locked: counted 4 | None}}");
        assert!(why.contains("no thread waits"), "{why}");
    }

    #[test]
    fn a_run_is_told_with_its_outcome() {
        let answered = puts().answered("{{#run fork-with-a-lock/before-threads}}", "a.md").unwrap();
        assert_eq!(answered, "the child has the lock\n\nholds: the child has the lock\n");
        let why = why_not("{{#run fork-with-a-lock}}");
        assert!(why.contains("STORY/VARIANT"), "{why}");
        let why = why_not("{{#run bank-withdraw/locked}}");
        assert!(why.contains("{{#trace"), "{why}");
    }

    #[test]
    fn the_tables_show_the_variants_that_the_chapter_names() {
        let asked = "{{#outcomes lost-wakeup: sleep-if}}";
        let answered = puts().answered(asked, "a.md").unwrap();
        assert!(answered.contains("| `sleep-if` |") && !answered.contains("look-then-sleep"));
        let answered = puts().answered("{{#outcomes lost-wakeup}}", "a.md").unwrap();
        assert!(answered.contains("| `look-then-sleep` | stuck: nobody can go on | no |"));
    }

    #[test]
    fn what_is_not_there_is_told_with_its_line() {
        let why = why_not("One.\n{{#play bank-witdraw}}");
        assert!(why.starts_with("b.md:2: ") && why.contains("`bank-withdraw`"), "{why}");
        let why = why_not("{{#outcomes lost-wakeup: sleep-iff}}");
        assert!(why.starts_with("b.md:1: ") && why.contains("`sleep-if`"), "{why}");
        let why = why_not("{{#trace lost-wakeup/sleep-if: wakes}}");
        assert!(why.starts_with("b.md:1: ") && why.contains("no outcome `wakes`"), "{why}");
        let why = why_not("{{#trace lost-wakeup: stuck}}");
        assert!(why.contains("STORY/VARIANT"), "{why}");
    }
}
