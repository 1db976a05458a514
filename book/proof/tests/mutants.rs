//! The book's table of the mutants, from what `cargo run -p mutants` has kept.

use listings::{page, table};
use mutants::{SUBJECTS, found};

#[test]
fn the_book_tells_what_became_of_every_mutant() {
    let rows = SUBJECTS.iter().map(|subject| {
        let name = format!("`{}`", subject.name);
        let Some(found) = found(subject.name) else {
            return std::array::from_fn(|column| match column {
                0 => name.clone(),
                7 => "not yet run".to_owned(),
                _ => String::new(),
            });
        };
        [
            name,
            found.viable().to_string(),
            found.caught_in_the_model.to_string(),
            found.caught_natively.to_string(),
            found.timed_out.to_string(),
            found.missed.len().to_string(),
            found.excluded.to_string(),
            format!("{}, {}", found.date, found.by),
        ]
    });
    let head = [
        "mutants of",
        "viable",
        "caught in the model",
        "caught by native tests",
        "ran on for ever",
        "missed",
        "left out",
        "on",
    ];
    let missed = SUBJECTS.iter().filter_map(|subject| found(subject.name));
    let missed: Vec<String> = missed.flat_map(|found| found.missed).collect();
    let missed = match missed.is_empty() {
        true => "Of those that were judged, none is missed.\n".to_owned(),
        false => format!("Missed:\n\n```text\n{}\n```\n", missed.join("\n")),
    };
    page("mutants.md", &(table(head, rows) + "\n" + &missed));
}
