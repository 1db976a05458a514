//! Primitives, copied into a project.
//!
//! What there is to copy, and what it needs, is read from the library's sources, which are part of
//! this program.

use crate::put::Placed;
use crate::{Done, Failure, catalogue};
use include_dir::{Dir, File, include_dir};
use std::fs;
use std::io::{ErrorKind, Write as _, stdout};
use std::path::{Path, PathBuf};

/// The library's sources.
static SOURCES: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../primitives/src");

/// Their tests. One file for each primitive, and some others.
static TESTS: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../primitives/tests");

/// What every copy has to carry with it.
const LICENSES: [(&str, &str); 2] = [
    ("LICENSE-MIT", include_str!("../../../LICENSE-MIT")),
    ("LICENSE-APACHE", include_str!("../../../LICENSE-APACHE")),
];

/// Adds what the platform needs. `Cargo.toml` of the repository has the same versions and features.
const DEPENDENCIES: &str = "cargo add rustix@1.1 --no-default-features --features std,thread,time \
     && cargo add parking_lot_core@0.10 --target 'cfg(not(target_os = \"linux\"))'";

/// Adds what the tests need, each where a test names it. The repository has the same versions.
const DEV_DEPENDENCIES: [(&str, &str); 4] = [
    ("proptest::", "cargo add --dev proptest@1.12 --no-default-features --features std"),
    ("parking_lot::", "cargo add --dev parking_lot@0.13"),
    ("crossbeam_channel::", "cargo add --dev crossbeam-channel@0.5"),
    ("thread_local::", "cargo add --dev thread_local@1.1"),
];

/// The oldest compiler that the library builds with.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

fn root() -> &'static str {
    text(SOURCES.get_file("lib.rs").expect("the library has a root"))
}

/// The names of all primitives, in reading order: the library's modules.
pub(crate) fn primitives() -> Vec<&'static str> {
    let lines = root().lines();
    let modules = lines.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    modules.filter(|name| *name != "platform").collect()
}

/// A primitive's file, and those in the folder of its name, if it has one.
fn files_of(name: &str) -> Vec<&'static File<'static>> {
    let file = SOURCES.get_file(format!("{name}.rs")).expect("a module has a file");
    [file].into_iter().chain(SOURCES.get_dir(name).map(files_in).unwrap_or_default()).collect()
}

fn files_in(folder: &'static Dir) -> Vec<&'static File<'static>> {
    folder.files().chain(folder.dirs().flat_map(files_in)).collect()
}

fn text(file: &'static File) -> &'static str {
    file.contents_utf8().expect("a source is text")
}

/// The primitives that this one is built from: those that its files use.
fn needs(name: &str) -> Vec<&'static str> {
    let lines = files_of(name).into_iter().flat_map(|file| text(file).lines());
    let used: Vec<&str> = lines
        .filter_map(|line| line.strip_prefix("use super::"))
        .map(|path| first_name(path.trim_start_matches("super::")))
        .collect();
    primitives().into_iter().filter(|other| used.contains(other)).collect()
}

/// The name at the beginning of a path.
fn first_name(path: &str) -> &str {
    path.split(|one: char| !one.is_alphanumeric() && one != '_').next().unwrap_or(path)
}

/// A primitive's tests.
fn tests_of(name: &str) -> Option<&'static str> {
    TESTS.get_file(format!("{name}.rs")).map(text)
}

/// The primitives that the tests use, and how the root of the library shows them.
fn tests_need(tests: &str) -> Vec<(&'static str, &'static str)> {
    // A long list of names goes on in further lines.
    let uses = tests.split("\nuse primitives::").skip(1);
    let uses = uses.filter_map(|after| after.split(';').next());
    let used: Vec<&str> = uses.flat_map(names).collect();
    let shown = root().lines().filter_map(|line| line.strip_prefix("pub use ")?.strip_suffix(';'));
    shown
        .filter(|path| names(path).any(|name| used.contains(&name)))
        .map(|path| (first_name(path), path))
        .collect()
}

/// All names in a line.
fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split(|one: char| !one.is_alphanumeric() && one != '_').filter(|name| !name.is_empty())
}

/// The tests of a primitive as they read in another project. There the library is not a crate: a
/// module in their file has its name.
fn copy_of_tests(name: &str) -> Option<(PathBuf, String)> {
    let tests = tests_of(name)?;
    let mut library = String::from("mod primitives {\n");
    for (module, path) in tests_need(tests) {
        library +=
            &format!("    pub use super::super::{module};\n    pub use super::super::{path};\n");
    }
    let copy = at_home(tests, &[]).replacen("\nuse ", &format!("\n{library}}}\nuse "), 1);
    Some((PathBuf::from(format!("{name}_tests.rs")), copy))
}

/// The primitive, and before it all that it is built from.
fn with_needs(name: &'static str) -> Vec<&'static str> {
    needs(name).into_iter().flat_map(with_needs).chain([name]).collect()
}

/// The files of a primitive as they read in another project, each with its path there.
fn copies_of(name: &'static str) -> impl Iterator<Item = (PathBuf, String)> {
    let there = with_needs(name);
    files_of(name)
        .into_iter()
        .map(move |file| (file.path().to_owned(), at_home(text(file), &there)))
}

/// The native platform under the name that it has in another project. There the machine is the only
/// platform, so the file that chooses one stays behind.
fn platform() -> impl Iterator<Item = (PathBuf, String)> {
    let native = Path::new("platform/native");
    let root = SOURCES.get_file("platform/native.rs").expect("there is a native platform");
    let files = files_in(SOURCES.get_dir(native).expect("it has parts"));
    let parts = files.into_iter().map(move |file| {
        let path = file.path().strip_prefix(native).expect("it is in that folder");
        (Path::new("platform").join(path), file)
    });
    [(PathBuf::from("platform.rs"), root)]
        .into_iter()
        .chain(parts)
        .map(|(path, file)| (path, at_home(text(file), &[])))
}

/// The names of primitives, and last the directory.
pub(crate) fn copy(names_and_dir: &[String], with_tests: bool, force: bool) -> Done {
    let [names @ .., dir] = names_and_dir else {
        return Err(Failure::Usage("nothing to copy".to_owned()));
    };
    let dir = Path::new(dir);
    if names.is_empty() {
        return Err(Failure::Usage(format!(
            "copy {} to which directory? As in `interleave copy lock src/sync`.",
            dir.display()
        )));
    }
    let all = primitives();
    let mut asked_for: Vec<&str> = Vec::new();
    for name in names {
        match all.iter().find(|known| *known == name) {
            Some(known) => asked_for.push(known),
            None => {
                let all = all.iter().copied();
                return Err(catalogue::unknown("primitive", name, all, "interleave"));
            }
        }
    }
    let tested = if with_tests { &asked_for[..] } else { &[] };
    let for_tests = tested.iter().filter_map(|name| tests_of(name)).flat_map(tests_need);
    let mut wanted: Vec<&str> = Vec::new();
    for name in asked_for.iter().copied().chain(for_tests.map(|(module, _)| module)) {
        for needed in with_needs(name) {
            if !wanted.contains(&needed) {
                wanted.push(needed);
            }
        }
    }
    let licenses = LICENSES.map(|(name, text)| (PathBuf::from(name), text.to_owned()));
    let tests: Vec<(PathBuf, String)> =
        tested.iter().filter_map(|name| copy_of_tests(name)).collect();
    let dev_dependencies: Vec<&str> = DEV_DEPENDENCIES
        .iter()
        .filter(|(named, _)| tests.iter().any(|(_, text)| text.contains(named)))
        .map(|(_, add)| *add)
        .collect();
    let mut modules: Vec<String> =
        ["platform"].iter().chain(&wanted).map(|name| format!("pub mod {name};")).collect();
    let test_modules = tested.iter().filter(|name| tests_of(name).is_some());
    modules.extend(test_modules.map(|name| format!("#[cfg(test)] mod {name}_tests;")));
    let mut files: Vec<(PathBuf, String)> = wanted
        .iter()
        .flat_map(|name| copies_of(name))
        .chain(platform())
        .chain(licenses)
        .chain(tests)
        .collect();

    let all = files.len();
    // What is there already and is the same needs no copy: a second primitive shares the platform.
    files.retain(|(path, text)| fs::read_to_string(dir.join(path)).ok().as_ref() != Some(text));
    let in_the_way: Vec<String> = files
        .iter()
        .map(|(path, _)| dir.join(path))
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if !in_the_way.is_empty() && !force {
        return Err(Failure::Usage(format!(
            "there already, and different: {}. Nothing was copied. --force replaces them.",
            in_the_way.join(", ")
        )));
    }
    let placed = Placed::put(&files, dir).map_err(|error| {
        Failure::Files(format!("cannot copy to {}: {error}. Nothing was copied.", dir.display()))
    })?;
    let mut report: String =
        files.iter().map(|(path, _)| format!("{}\n", dir.join(path).display())).collect();
    if files.len() < all {
        report += &format!("({} more were there already and are the same)\n", all - files.len());
    }
    report += &format!("\nIn the module of that directory, declare: {}\n", modules.join(" "));
    report += &format!("Dependencies: {DEPENDENCIES}\n");
    if !dev_dependencies.is_empty() {
        report += &format!("For the tests: {}\n", dev_dependencies.join(" && "));
    }
    report += &format!("They build in editions 2021 and 2024, with Rust {} or later.\n", RUST);
    match stdout().write_all(report.as_bytes()).and_then(|()| stdout().flush()) {
        // Without the report the user knows neither what to declare nor what to add. A reader that
        // went away does not want to.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Files(format!("cannot write the output: {error}. Nothing was copied.")))
        }
        _ => {
            placed.keep();
            Ok(true)
        }
    }
}

/// A source file as it reads in another project, where these primitives go with it.
///
/// It says where it is from and under which licence. Its examples, which name our crate, are shown
/// there and not run. It links to nothing that may not be there.
fn at_home(source: &str, there: &[&str]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let copyright = LICENSES[0].1.lines().find(|line| line.starts_with("Copyright"));
    let copyright = copyright.expect("the licence names whom it is from");
    let mut text = format!(
        "// From the library `primitives` {version}. {copyright}.\n\
         // MIT OR Apache-2.0: see LICENSE-MIT and LICENSE-APACHE, beside platform.rs.\n\n\
         // A program need not use all of it.\n\
         #![allow(dead_code, unused_imports, unused_macros)]\n\n"
    );
    let mut in_block = false;
    // The anchors mark what the book shows.
    for line in source.lines().filter(|line| !line.trim_start().starts_with("// ANCHOR")) {
        let comment =
            line.trim_start().strip_prefix("///").or(line.trim_start().strip_prefix("//!"));
        match comment.and_then(|comment| comment.trim().strip_prefix("```")) {
            // Whatever is no plain text is an example, be it one that must not compile.
            Some(kind) if !in_block && kind != "text" => {
                text += line.strip_suffix(kind).unwrap_or(line);
                text += "ignore";
                in_block = true;
            }
            Some(_) => {
                text += line;
                in_block = !in_block;
            }
            None if comment.is_some() => text += &without_links(line, there),
            None => text += line,
        }
        text.push('\n');
    }
    text
}

/// Leaves of `[words](super::module…)` the words, if the module may not be there.
fn without_links(line: &str, there: &[&str]) -> String {
    const TO: &str = "](super::";
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, to)) = rest.split_once(TO) {
        let end = to.find(')').map_or(to.len(), |end| end + 1);
        match before.rfind('[') {
            Some(start) if !there.contains(&first_name(to)) => {
                text += &before[..start];
                text += &before[start + 1..];
            }
            _ => text += &rest[..before.len() + TO.len() + end],
        }
        rest = &to[end..];
    }
    text + rest
}
