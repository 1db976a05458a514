//! Changes the primitives in small ways, one at a time, and looks whether the checks object.
//!
//! `cargo run -p mutants -- lock rlock` takes every mutant of these that `cargo mutants` makes, and
//! judges each by the checks in the model, by the small programs and by the native tests of the
//! primitive that it belongs to. Without a name it goes through all that were never judged, so it
//! can be stopped and goes on. What it finds is kept in `found`.
//!
//! All mutants are built at once, each behind a [switch](switched). Those for which the source has
//! no room for a switch, as in a `const fn`, are built one by one.

mod check;
mod judge;
mod list;
mod switched;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use humantime::format_rfc3339_seconds;
use indicatif::{ProgressBar, ProgressStyle};
use judge::{Built, Tests, Verdict};
use list::Mutant;
use mutants::{Found, SUBJECTS, Subject, found, path};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::SystemTime;
use std::{fs, thread};

/// Judges small changes of the primitives by their checks.
#[derive(Parser)]
struct Arguments {
    /// Whose, such as `lock`. Without a name all that were never judged.
    #[arg(value_parser = PossibleValuesParser::new(SUBJECTS.iter().map(|one| one.name)))]
    names: Vec<String>,
}

fn main() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/mutated/tree");
    let asked = Arguments::parse().names;
    let is_asked = |one: &&Subject| match asked.is_empty() {
        true => found(one.name).is_none(),
        false => asked.iter().any(|name| name == one.name),
    };
    // The model is the judge of the others, so it is not mutated together with them.
    let (model, others): (Vec<_>, Vec<_>) =
        SUBJECTS.iter().filter(is_asked).partition(|one| one.package() == "loom-platform");
    for subjects in [others, model] {
        if !subjects.is_empty() {
            copy(&tree);
            judge_all(&subjects, &tree);
        }
    }
}

/// Copies the checkout, so that nobody sees the mutants. What is the same stays untouched, since
/// cargo would build it again.
fn copy(tree: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = output(list.current_dir(&root));
    for name in list.split_terminator('\0') {
        let (from, to) = (root.join(name), tree.join(name));
        let Ok(content) = fs::read(&from) else { continue };
        if fs::read(&to).ok().as_ref() != Some(&content) {
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::write(&to, content).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
        }
    }
}

fn output(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("it can be started");
    assert!(output.status.success(), "{command:?}: {}; is it installed?", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// Judges the mutants of these, which are all of one package.
fn judge_all(subjects: &[&Subject], tree: &Path) {
    let package = subjects[0].package();
    let lists: Vec<_> = subjects.iter().map(|subject| list::of(subject, tree)).collect();
    let mut mutants: Vec<Mutant> = lists.iter().flat_map(|(list, _)| list.clone()).collect();
    for (number, mutant) in (0..).zip(&mut mutants) {
        mutant.number = number;
    }
    println!("{} mutants. Which of them can be compiled?", mutants.len());
    let (switched, alone) = check::switch_all(&mutants, package, tree);
    println!("{} with a switch each. {} are built one by one.", switched.len(), alone.len());
    // Those that are built one by one must not take their place.
    let built = Built::of(package, tree).kept_in(&tree.join("../switched"));
    copy(tree);

    let mut rest = &mutants[..];
    for (subject, (list, left_out)) in subjects.iter().zip(&lists) {
        let these;
        (these, rest) = rest.split_at(list.len());
        let tests = built.tests(subject);
        let with_switch = these.iter().filter(|one| switched.contains(&one.number));
        let mut verdicts = judged(subject.name, with_switch.collect(), &built, &tests);
        for mutant in these.iter().filter(|one| alone.contains(&one.number)) {
            let file = tree.join(&mutant.file);
            let source = check::read(&file);
            fs::write(&file, mutant.applied_to(&source)).expect("it can be written");
            if check::compiles(package, tree) {
                let built = Built::of(package, tree);
                verdicts.extend(judged(&mutant.name, vec![mutant], &built, &tests));
            }
            fs::write(&file, source).expect("it can be written");
        }
        keep(subject, verdicts, *left_out);
    }
}

/// What became of each, and which tests said so.
type Judged<'a> = (&'a Mutant, Verdict, Option<&'a Tests>);

fn judged<'a>(
    name: &str,
    mutants: Vec<&'a Mutant>,
    built: &Built,
    tests: &'a [Tests],
) -> Vec<Judged<'a>> {
    let template = "{prefix} {wide_bar} {pos} of {len} mutants, {eta} left";
    let style = ProgressStyle::with_template(template).expect("a template");
    let bar = ProgressBar::new(mutants.len() as u64).with_style(style);
    bar.set_prefix(name.to_owned());
    let left = Mutex::new(mutants.into_iter());
    let verdicts = Mutex::new(Vec::new());
    let work = || {
        while let Some(mutant) = { left.lock().unwrap().next() } {
            let noticed = tests.iter().find_map(|tests| {
                let verdict = built.judge(tests, mutant.number);
                (verdict != Verdict::Missed).then_some((mutant, verdict, Some(tests)))
            });
            verdicts.lock().unwrap().push(noticed.unwrap_or((mutant, Verdict::Missed, None)));
            bar.inc(1);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    bar.finish();
    verdicts.into_inner().unwrap()
}

/// Keeps what was found of a subject.
fn keep(subject: &Subject, mut verdicts: Vec<Judged<'_>>, excluded: usize) {
    let mut found = Found { excluded, ..Found::default() };
    verdicts.sort_by_key(|(mutant, ..)| mutant.number);
    for (mutant, verdict, tests) in verdicts {
        match (verdict, tests) {
            (Verdict::Missed, _) => found.missed.push(mutant.name.clone()),
            (Verdict::TimedOut, _) => found.timed_out += 1,
            (Verdict::Caught, Some(tests)) if tests.natively => found.caught_natively += 1,
            (Verdict::Caught, _) => found.caught_in_the_model += 1,
        }
    }
    let date = format_rfc3339_seconds(SystemTime::now()).to_string();
    found.date = date.split('T').next().expect("a date").to_owned();
    found.by = output(Command::new("cargo").args(["mutants", "--version"])).trim().to_owned();
    println!("{}: {found:#?}", subject.name);
    let json = serde_json::to_string_pretty(&found).expect("it can be written") + "\n";
    fs::create_dir_all(path(subject.name).parent().expect("a folder")).expect("a folder");
    fs::write(path(subject.name), json).expect("the file can be written");
}
