//! A file that the reader brings: compiled with a program around it, and run.
//!
//! What it stands on is built by cargo, once. Then only the reader's file is compiled, by rustc
//! itself, so that its errors are shown as rustc prints them.

use crate::failure::Failure;
use indicatif::ProgressBar;
use serde_json::Value;
use std::fs;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The repository, whose sources are needed here: what the command was built from.
pub(crate) fn checkout() -> Result<PathBuf, Failure> {
    let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::canonicalize(&there).map_err(|_| {
        Failure::Files(format!(
            "{} is no longer there, and this needs the repository's sources. Call it by `cargo \
             run --` from a checkout.",
            there.display()
        ))
    })
}

/// A program around a reader's file, compiled.
pub(crate) struct Compiled {
    program: PathBuf,
    /// It is gone with this.
    _folder: TempDir,
}

/// Why there is no program.
pub(crate) enum NotCompiled {
    /// What rustc says about the reader's file.
    Refused(String),
    Failed(Failure),
}

impl From<Failure> for NotCompiled {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The crates that a reader's file may name, and those that the programs around it do.
const CRATES: [&str; 4] = ["practice", "loom_primitives", "loom_platform", "interleave"];

/// Compiles `program`, the text of a `main.rs` that names the reader's file.
pub(crate) fn compile(program: &str) -> Result<Compiled, NotCompiled> {
    let libraries = libraries()?;
    let shared = libraries[0].with_file_name("readers");
    let failed = |why| Failure::Files(format!("cannot write in {}: {why}", shared.display()));
    // Several commands may be at work.
    fs::create_dir_all(&shared).map_err(failed)?;
    let folder = tempfile::tempdir_in(&shared).map_err(failed)?;
    let source = folder.path().join("main.rs");
    fs::write(&source, program).map_err(failed)?;
    let compiled = folder.path().join(format!("program{}", std::env::consts::EXE_SUFFIX));
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()));
    for (name, library) in CRATES.iter().zip(&libraries) {
        // Under the name that it has natively, so that code is the same in both places.
        let name = name.strip_prefix("loom_").filter(|&name| name == "primitives").unwrap_or(name);
        rustc.arg(format!("--extern={name}={}", library.display()));
        if let Some(folder) = library.parent() {
            rustc.arg(format!("-Ldependency={}", folder.display()));
        }
    }
    let output = rustc
        .args(["--edition=2024", "--crate-name=readers", "-Aunused"])
        .args(["-Cdebuginfo=line-tables-only", "-o"])
        .arg(&compiled)
        .arg(format!("-Cincremental={}", shared.join("incremental").display()))
        .arg(if stderr().is_terminal() { "--color=always" } else { "--color=never" })
        .arg(&source)
        .current_dir(checkout()?)
        .output()
        .map_err(|why| Failure::Files(format!("cannot run rustc: {why}. Is Rust installed?")))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(NotCompiled::Refused(said));
    }
    Ok(Compiled { program: compiled, _folder: folder })
}

/// The libraries of [`CRATES`], built if they are not up to date.
fn libraries() -> Result<Vec<PathBuf>, Failure> {
    let bar = ProgressBar::new_spinner().with_message("building what your file stands on");
    bar.enable_steady_tick(Duration::from_millis(100));
    let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["build", "--quiet", "--package=interleave", "--lib"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(checkout()?)
        .output()
        .map_err(|why| Failure::Files(format!("cannot run cargo: {why}. Is Rust installed?")))?;
    bar.finish_and_clear();
    let lines = String::from_utf8_lossy(&output.stdout);
    let built: Vec<Value> =
        lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let library = |name: &&str| {
        let is_it = |one: &&Value| one["target"]["name"].as_str() == Some(*name);
        let mut files = built.iter().filter(is_it).filter_map(|one| one["filenames"].as_array());
        let file = files.find_map(|files| {
            files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".rlib"))
        });
        file.map(PathBuf::from).ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            Failure::Files(format!("cannot build `{name}`:\n{said}"))
        })
    };
    CRATES.iter().map(library).collect()
}

impl Compiled {
    /// Runs it in the place of this command, as it was called.
    pub(crate) fn run_instead(&self) -> Result<ExitStatus, Failure> {
        // It is for the program to end at Ctrl-C, which prints what it has found.
        let _ = ctrlc::set_handler(|| ());
        Command::new(&self.program)
            .args(std::env::args_os().skip(1))
            .status()
            .map_err(|why| self.failed(&why))
    }

    /// Runs it. `None`: it had not ended after `most`, and was stopped.
    pub(crate) fn run(&self, into: &Path, most: Duration) -> Result<Option<ExitStatus>, Failure> {
        let failed = |why| self.failed(&why);
        let start = Instant::now();
        let mut child =
            Command::new(&self.program).arg(into).stdin(Stdio::null()).spawn().map_err(failed)?;
        loop {
            if let Some(status) = child.try_wait().map_err(failed)? {
                return Ok(Some(status));
            }
            if start.elapsed() > most {
                child.kill().and_then(|()| child.wait()).map_err(failed)?;
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn failed(&self, why: &std::io::Error) -> Failure {
        Failure::Files(format!("cannot run {}: {why}", self.program.display()))
    }
}
