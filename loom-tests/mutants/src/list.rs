//! The mutants, as `cargo mutants` lists them.

use crate::output;
use mutants::Subject;
use proc_macro2::Span;
use serde::Deserialize;
use std::path::Path;
use std::process::Command;

/// A place in a file: line and column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub fn of(span: Span) -> Self {
        let start = span.start();
        Self { line: start.line, column: start.column + 1 }
    }

    pub fn end(span: Span) -> Self {
        let end = span.end();
        Self { line: end.line, column: end.column + 1 }
    }
}

/// What is changed, as `cargo mutants` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// The body of a function becomes a value.
    FnValue,
    /// An operator becomes another.
    BinaryOperator,
    /// An operator is left out.
    UnaryOperator,
    /// An arm of a `match` is left out.
    MatchArm,
    /// The condition of an arm becomes a constant.
    MatchArmGuard,
    /// A field of a value is left to the value that has the rest.
    StructField,
}

/// From where to where the source is replaced.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Replaced {
    pub start: Place,
    pub end: Place,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Mutant {
    /// Its place among all.
    #[serde(skip)]
    pub number: u32,
    pub name: String,
    pub file: String,
    pub genre: Kind,
    pub span: Replaced,
    pub replacement: String,
}

impl Mutant {
    /// The source with this change.
    pub fn applied_to(&self, source: &str) -> String {
        let at = |place: Place| {
            let before: usize =
                source.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
            let line = source[before..].chars().take(place.column - 1);
            before + line.map(char::len_utf8).sum::<usize>()
        };
        let (start, end) = (at(self.span.start), at(self.span.end));
        format!("{} {} {}", &source[..start], self.replacement, &source[end..])
    }
}

/// The mutants of a subject, and how many the configuration leaves out.
pub fn of(subject: &Subject, tree: &Path) -> (Vec<Mutant>, usize) {
    let list = |more: &[&str]| -> Vec<Mutant> {
        let (folder, files) = subject.files();
        let mut command = Command::new("cargo");
        command.args(["mutants", "--list", "--json", "--package", subject.package()]);
        command.args(files.iter().flat_map(|one| ["--file".to_owned(), format!("{folder}/{one}")]));
        let json = output(command.args(more).current_dir(tree));
        serde_json::from_str(&json).expect("it is a list of mutants")
    };
    let mutants = list(&[]);
    let left_out = list(&["--no-config"]).len() - mutants.len();
    (mutants, left_out)
}
