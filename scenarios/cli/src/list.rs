//! The stories, listed.

use crate::Done;
use crate::copy::primitives;
use crate::report::{Colour, paint, table};
use scenarios::STORIES;
use serde::Serialize;
use std::io::{Write, stdout};

#[derive(Serialize)]
struct StoryRow {
    story: &'static str,
    about: &'static str,
    seed: &'static str,
    variants: Vec<VariantRow>,
}

#[derive(Serialize)]
struct VariantRow {
    variant: &'static str,
    about: &'static str,
    expected: &'static str,
    preemption_bound: Option<u8>,
    spurious_wakeups: u32,
}

pub(crate) fn list(json: bool) -> Done {
    let mut out = stdout().lock();
    if json {
        let rows: Vec<StoryRow> = STORIES
            .iter()
            .map(|story| StoryRow {
                story: story.name,
                about: story.about,
                seed: story.seed,
                variants: story
                    .variants
                    .iter()
                    .map(|variant| VariantRow {
                        variant: variant.name,
                        about: variant.about,
                        expected: variant.expect.word(),
                        preemption_bound: variant.search.preemptions,
                        spurious_wakeups: variant.search.spurious_wakeups,
                    })
                    .collect(),
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&rows).expect("plain data"))?;
        return Ok(true);
    }
    for (number, story) in STORIES.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}: {} ({})", paint(Colour::Bold, story.name), story.about, story.seed)?;
        let rows: Vec<Vec<String>> = story
            .variants
            .iter()
            .map(|variant| {
                vec![variant.name.to_owned(), variant.declared(), variant.about.to_owned()]
            })
            .collect();
        write!(out, "{}", table(&["variant", "declared", "what is different"], &rows))?;
    }
    Ok(true)
}

pub(crate) fn welcome() -> Done {
    writeln!(
        stdout(),
        "Stories of threads: what goes wrong, and what puts it right.\n\
         Each is a small program whose every order of steps can be tried.\n"
    )?;
    list(false)?;
    writeln!(
        stdout(),
        "\nType next:\n  \
         cargo run -- explore bank-withdraw    every order, every outcome, \
         the shortest way to a bad one\n  \
         cargo run -- run bank-withdraw        a thousand times on this machine\n  \
         cargo run -- copy lock DIR            take a primitive home (there are: {})\n  \
         cargo run -- help                     all there is",
        primitives().join(", ")
    )?;
    Ok(true)
}
