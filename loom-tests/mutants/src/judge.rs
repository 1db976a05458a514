//! Runs tests on one mutant, until the first of them fails.

use crate::check::NO_LINTS;
use mutants::Subject;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// Tests of one executable, which run one after the other.
#[derive(Clone, Debug)]
pub struct Tests {
    /// The folder of its package, in which they run, and its name.
    executable: (PathBuf, String),
    names: Vec<String>,
    /// Whether they run on the machine, and not in the model.
    pub natively: bool,
    /// How long they may take.
    limit: Duration,
}

/// What tests say of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One of them failed.
    Caught,
    /// All of them passed.
    Missed,
    /// They ran on for longer than they may.
    TimedOut,
}

/// The executables of tests, by the folder of their package and their name.
pub struct Built {
    executables: BTreeMap<(PathBuf, String), PathBuf>,
}

impl Built {
    /// Builds all that judge the mutants of a package, from the tree as it is.
    pub fn of(package: &str, tree: &Path) -> Self {
        let packages: &[&str] = match package {
            "primitives" => &["loom-tests", "small-programs", "primitives"],
            _ => &["loom-platform"],
        };
        let mut command = Command::new("cargo");
        command.args(["test", "--quiet", "--no-run", "--lib", "--tests"]);
        command.args(["--message-format", "json"]);
        command.args(packages.iter().flat_map(|name| ["--package", name]));
        command.current_dir(tree).env("RUSTFLAGS", NO_LINTS);
        let output = command.stderr(Stdio::null()).output().expect("cargo can be started");
        assert!(output.status.success(), "{command:?}: {}", output.status);
        let text = String::from_utf8(output.stdout).expect("text");
        let messages = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        let executables = messages.filter_map(|message: serde_json::Value| {
            let executable = message["executable"].as_str()?.into();
            let folder = Path::new(message["manifest_path"].as_str()?).parent()?.to_owned();
            Some(((folder, message["target"]["name"].as_str()?.to_owned()), executable))
        });
        Self { executables: executables.collect() }
    }

    /// The same, in a folder where cargo does not replace them.
    pub fn kept_in(mut self, kept: &Path) -> Self {
        fs::create_dir_all(kept).expect("a folder");
        for executable in self.executables.values_mut() {
            let copy = kept.join(executable.file_name().expect("it has a name"));
            fs::copy(&executable, &copy).expect("it can be copied");
            *executable = copy;
        }
        self
    }

    /// The tests that judge a subject, those that take long at the end. They must find nothing
    /// wrong where nothing is.
    pub fn tests(&self, subject: &Subject) -> Vec<Tests> {
        let modules = |names: &[&str], prefix: &str| -> Vec<String> {
            names.iter().map(|name| format!("{prefix}{name}::")).collect()
        };
        let all = [String::new()];
        let tests = |folder, name, prefixes: &[String], natively| {
            self.groups(folder, name, prefixes, natively)
        };
        let mut tests = match subject.name {
            "model" => [
                tests("platform", "loom_platform", &all, false),
                tests("platform", "all", &all, false),
            ]
            .concat(),
            "platform" => tests("primitives", "all", &all, true),
            name => [
                tests("loom-tests", "all", &modules(subject.checks, ""), false),
                tests("programs", "all", &modules(subject.programs, "every_program::"), false),
                tests("primitives", "primitives", &modules(&[name], ""), true),
                tests("primitives", "all", &modules(&[name, "stress"], ""), true),
            ]
            .concat(),
        };
        // Those that count the memory of a whole process are executables of their own.
        for name in ["arc_memory", "local_in_an_allocator", "timer_memory"] {
            if name.starts_with(subject.name) {
                tests.extend(self.groups("primitives", name, &all, true));
            }
        }
        // In the model a program that would hang is found at once.
        tests.sort_by_key(|group| (group.limit > LONG, group.natively, group.limit));
        tests
    }

    /// The tests of an executable whose names begin so: those that are quick together, and each of
    /// the others by itself.
    fn groups(&self, folder: &str, name: &str, prefixes: &[String], natively: bool) -> Vec<Tests> {
        let is_it = |(its_folder, its_name): &&(PathBuf, String)| {
            its_folder.ends_with(folder) && its_name == name
        };
        let executable = self.executables.keys().find(is_it).expect("it was built").clone();
        let mut all = Tests { executable, names: Vec::new(), natively, limit: HOUR };
        all.names = self.list(&all);
        all.names.retain(|name| {
            let is_meant = prefixes.iter().any(|prefix| name.starts_with(prefix));
            // Those look for orderings in the source, which has switches in it.
            is_meant && !name.contains("ordering")
        });
        if all.names.is_empty() {
            return Vec::new();
        }
        let (mut quick, mut groups) = (Tests { names: Vec::new(), ..all.clone() }, Vec::new());
        let mut quick_take = Duration::ZERO;
        for (name, takes) in self.timed(&all) {
            if takes < Duration::from_millis(500) {
                quick.names.push(name);
                quick_take += takes;
            } else {
                groups.push(Tests { names: vec![name], limit: limit(takes), ..all.clone() });
            }
        }
        quick.limit = limit(quick_take);
        groups.push(quick);
        groups.retain(|group| !group.names.is_empty());
        groups
    }

    fn list(&self, tests: &Tests) -> Vec<String> {
        let mut command = self.command(tests);
        let output = command.args(["--list", "--format", "terse"]).output();
        let text = String::from_utf8(output.expect("it can be started").stdout).expect("text");
        text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
    }

    /// How long each of these takes while nothing is changed.
    fn timed(&self, tests: &Tests) -> Vec<(String, Duration)> {
        let (mut child, told) = self.start(tests, None);
        let mut before = Instant::now();
        let mut all = Vec::new();
        for line in told {
            if let Some(name) =
                line.strip_prefix("test ").and_then(|rest| rest.split(" ... ").next())
                && tests.names.iter().any(|one| one == name)
            {
                let now = Instant::now();
                all.push((name.to_owned(), now - before));
                before = now;
            }
        }
        let status = child.wait().expect("it was started");
        assert!(status.success(), "nothing is changed, and yet: {status}, {tests:?}");
        all
    }

    /// What they say of this mutant.
    pub fn judge(&self, tests: &Tests, mutant: u32) -> Verdict {
        let end = Instant::now() + tests.limit;
        let (mut child, told) = self.start(tests, Some(mutant));
        let verdict = loop {
            match told.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) if line.ends_with("... FAILED") => break Verdict::Caught,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break Verdict::TimedOut,
                // It has ended, or closed its output.
                Err(RecvTimeoutError::Disconnected) => {
                    break match child.wait().expect("it was started").success() {
                        true => Verdict::Missed,
                        false => Verdict::Caught,
                    };
                }
            }
        };
        // It may have ended.
        let _ = child.kill();
        child.wait().expect("it was started");
        verdict
    }

    fn command(&self, tests: &Tests) -> Command {
        let mut command = Command::new(&self.executables[&tests.executable]);
        command.current_dir(&tests.executable.0);
        command
    }

    /// Starts them, and what they print comes line by line.
    fn start(&self, tests: &Tests, mutant: Option<u32>) -> (Child, Receiver<String>) {
        let mut command = self.command(tests);
        command.args(["--exact", "--include-ignored", "--test-threads", "1"]).args(&tests.names);
        command.env("MUTATED", "1").env("RUST_BACKTRACE", "0");
        command.envs(mutant.map(|number| ("MUTANT", number.to_string())));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it can be started");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let (send, told) = mpsc::channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| send.send(line)));
        (child, told)
    }
}

const HOUR: Duration = Duration::from_secs(3600);
/// The limit of what takes two seconds.
const LONG: Duration = Duration::from_secs(20);

/// A mutant may take much longer, and two are judged at once.
fn limit(takes: Duration) -> Duration {
    takes * 5 + Duration::from_secs(10)
}
