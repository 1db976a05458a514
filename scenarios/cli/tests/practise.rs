//! The exercises as a reader meets them.

use listings::page;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A part of an exercise, as the project has it.
fn part(exercise: &str, part: &str) -> String {
    let file = checkout().join("practice/exercises").join(exercise).join(part);
    fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

/// Where the answers of a reader are, as in a checkout.
const FOLDER: &str = "practice/my";

struct Reader(TempDir);

impl Reader {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interleave"));
        command.arg("practise").args(args).arg("--dir").arg(self.0.path().join(FOLDER));
        command
    }

    /// Calls the command. Returns its exit code, and all that it says.
    fn practise(&self, args: &[&str]) -> (i32, String) {
        let Output { status, stdout, stderr } = self.command(args).output().unwrap();
        let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        (status.code().unwrap(), said)
    }

    fn file(&self, exercise: &str) -> PathBuf {
        self.0.path().join(FOLDER).join(format!("{exercise}.rs"))
    }

    fn writes(&self, exercise: &str, text: &str) {
        fs::write(self.file(exercise), text).unwrap();
    }
}

#[track_caller]
fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "no {word:?} in:\n{said}");
    }
}

#[test]
fn the_first_call_writes_the_files_and_judges_the_first_exercise() {
    let reader = Reader::new();
    let (code, said) = reader.practise(&[]);
    assert_eq!(code, 1, "{said}");
    says(&said, &["one for each exercise", "see-it/two-additions", "unfinished", "hint"]);
    assert!(reader.file("mend-it/counter").exists());
}

#[test]
fn a_wrong_answer_is_shown_the_schedule_with_its_own_lines() {
    let reader = Reader::new();
    let (code, said) = reader.practise(&["counter"]);
    assert_eq!(code, 1, "{said}");
    let shown = ["Ann", "Ben", "loads a word: 0", "let seen = self.count.load(Relaxed);"];
    says(&said, &shown);
    says(&said, &["the count is 1, and should be 2"]);
}

#[test]
fn a_lock_s_steps_stand_beside_the_line_that_asked_for_the_lock() {
    let (code, said) = Reader::new().practise(&["transfer"]);
    assert_eq!(code, 1, "{said}");
    says(&said, &["stuck", "20: let mut to = self.accounts[to].lock();"]);
}

#[test]
fn a_right_answer_is_noted_and_the_next_exercise_comes() {
    let reader = Reader::new();
    reader.practise(&["list"]);
    reader.writes("see-it/two-additions", &part("see-it/two-additions", "solution.rs"));
    let (code, said) = reader.practise(&[]);
    assert_eq!(code, 0, "{said}");
    says(&said, &["holds", "Next: see-it/message-passing"]);
    let (_, said) = reader.practise(&["list"]);
    says(&said, &["✓ two-additions", "· message-passing", "1 of "]);
    let (code, said) = reader.practise(&[]);
    assert_eq!(code, 1, "{said}");
    says(&said, &["see-it/message-passing"]);
}

#[test]
fn a_success_compares_with_the_library() {
    let reader = Reader::new();
    reader.practise(&["list"]);
    reader.writes("build-it/spin-lock", &part("build-it/spin-lock", "solution.rs"));
    let (code, said) = reader.practise(&["build-it/spin-lock"]);
    assert_eq!(code, 0, "{said}");
    says(&said, &["yours  the library's", "calls of the system", "executions"]);
}

#[test]
fn what_does_not_compile_is_told_as_rustc_tells_it_with_the_reader_s_path() {
    let reader = Reader::new();
    reader.practise(&["list"]);
    reader.writes("mend-it/counter", &part("mend-it/counter", "exercise.rs").replace("u32", "u23"));
    let (code, said) = reader.practise(&["counter"]);
    assert_eq!(code, 1, "{said}");
    let file = fs::canonicalize(reader.file("mend-it/counter")).unwrap();
    says(&said, &["does not compile", "error[E0425]", &file.display().to_string()]);
}

#[test]
fn a_crash_is_a_verdict() {
    let reader = Reader::new();
    reader.practise(&["list"]);
    let text = part("mend-it/counter", "exercise.rs");
    let crash = "std::process::abort();\n        let seen";
    reader.writes("mend-it/counter", &text.replacen("let seen", crash, 1));
    let (code, said) = reader.practise(&["counter"]);
    assert_eq!(code, 1, "{said}");
    says(&said, &["wrong: The program around your file ended with"]);
}

#[test]
fn hints_come_one_at_a_time_and_the_third_stays() {
    let reader = Reader::new();
    for given in [1, 2, 3, 3] {
        let (code, said) = reader.practise(&["hint", "counter"]);
        assert_eq!(code, 0, "{said}");
        assert_eq!(said.matches(" of 3: ").count(), given, "{said}");
    }
    let (_, said) = reader.practise(&["hint"]);
    says(&said, &["1 of 3: "]);
}

#[test]
fn the_solution_is_shown_to_those_that_have_one_or_give_up() {
    let reader = Reader::new();
    let (code, said) = reader.practise(&["solution", "counter"]);
    assert_eq!(code, 2, "{said}");
    says(&said, &["does not hold yet", "--give-up"]);
    let solution = part("mend-it/counter", "solution.rs");
    assert_eq!(reader.practise(&["solution", "counter", "--give-up"]), (0, solution.clone()));
    reader.writes("mend-it/counter", &solution);
    assert_eq!(reader.practise(&["counter"]).0, 0);
    assert_eq!(reader.practise(&["solution", "counter"]), (0, solution));
}

#[test]
fn a_reset_begins_anew_and_loses_nothing() {
    let reader = Reader::new();
    reader.practise(&["list"]);
    for text in ["mine", "mine again"] {
        reader.writes("mend-it/counter", text);
        let (code, said) = reader.practise(&["reset", "counter"]);
        assert_eq!(code, 0, "{said}");
        let exercise = part("mend-it/counter", "exercise.rs");
        assert_eq!(fs::read_to_string(reader.file("mend-it/counter")).unwrap(), exercise);
    }
    let kept = |number| reader.file("mend-it/counter").with_extension(format!("{number}.old"));
    assert_eq!(fs::read_to_string(kept(1)).unwrap(), "mine");
    assert_eq!(fs::read_to_string(kept(2)).unwrap(), "mine again");
}

#[test]
fn a_name_that_does_not_exist_gets_a_suggestion_and_leaves_no_folder() {
    let reader = Reader::new();
    for args in [&["conter"][..], &["hint", "conter"], &["reset", "conter"]] {
        let (code, said) = reader.practise(args);
        assert_eq!(code, 2, "{said}");
        says(&said, &["no exercise `conter`", "Did you mean `counter`?"]);
    }
    assert!(!reader.0.path().join(FOLDER).exists());
}

#[test]
fn progress_that_cannot_be_read_is_said_and_not_overwritten() {
    let reader = Reader::new();
    reader.practise(&["list"]);
    let file = reader.0.path().join(FOLDER).join("progress.json");
    fs::write(&file, "{").unwrap();
    let (code, said) = reader.practise(&["list"]);
    assert_eq!(code, 1, "{said}");
    says(&said, &["progress.json cannot be understood"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "{");
}

#[test]
fn watch_judges_again_when_the_file_is_saved() {
    let reader = Reader::new();
    reader.practise(&["list"]);
    let mut watching = reader.command(&["counter", "--watch"]);
    let mut child = watching.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("Waiting for the next save")));
    reader.writes("mend-it/counter", &part("mend-it/counter", "solution.rs"));
    assert!(lines.any(|line| line.starts_with("holds")), "it ended without a success");
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// The exercises as `list` shows them: room and name.
fn listed() -> BTreeSet<(String, String)> {
    let (_, list) = Reader::new().practise(&["list"]);
    let mut room = String::new();
    let mut all = BTreeSet::new();
    for line in list.lines() {
        match line.trim_start().split_once(' ') {
            Some(("·", rest)) => {
                let name = rest.split(' ').next().unwrap();
                assert!(all.insert((room.clone(), name.to_owned())), "{name} is there twice");
            }
            _ if line.contains(": ") => room = line.split(": ").next().unwrap().to_owned(),
            _ => {}
        }
    }
    all
}

#[test]
fn every_folder_with_an_exercise_is_in_the_list_of_its_room() {
    let folders = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    };
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let rooms = folders(&checkout().join("practice/exercises"));
    let there: BTreeSet<_> = rooms
        .iter()
        .flat_map(|room| folders(room).into_iter().map(move |one| (name(room), name(&one))))
        .collect();
    assert_eq!(listed(), there);
    let names: BTreeSet<_> = there.iter().map(|(_, name)| name).collect();
    assert_eq!(names.len(), there.len(), "two exercises have one name");
}

#[test]
fn the_page_on_practising_shows_what_the_command_says() {
    let reader = Reader::new();
    let practise = |name: &str, code: i32| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interleave"));
        command.args(["practise", name]).current_dir(reader.0.path()).env("PRACTICE_DIR", FOLDER);
        // As a reader calls it who has a checkout.
        let output = command.env("CARGO", env!("CARGO")).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    reader.practise(&["list"]);
    page("practised-wrong.txt", &practise("counter", 1));
    reader.writes("build-it/spin-lock", &part("build-it/spin-lock", "wrong/release_forgotten.rs"));
    page("practised-race.txt", &practise("spin-lock", 1));
    reader.writes("build-it/spin-lock", &part("build-it/spin-lock", "solution.rs"));
    page("practised-right.txt", &practise("spin-lock", 0));
}
