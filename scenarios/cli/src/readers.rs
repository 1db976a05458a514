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
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

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
pub(crate) struct Compiled(PathBuf);

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

/// Compiles `program`, the text of a `main.rs` that names the reader's file.
pub(crate) fn compile(program: &str) -> Result<Compiled, NotCompiled> {
    let library = library()?;
    let built = library.parent().unwrap_or(&library);
    let folder = built.join("practice");
    let source = folder.join("main.rs");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&source, program))
        .map_err(|why| Failure::Files(format!("cannot write {}: {why}", source.display())))?;
    let compiled = folder.join(format!("judge{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
        .args([
            "--edition=2024",
            "--crate-name=judge",
            "-Aunused",
            "-Cdebuginfo=line-tables-only",
            "-o",
        ])
        .arg(&compiled)
        .arg(format!("--extern=practice={}", library.display()))
        .arg(format!("-Ldependency={}", built.join("deps").display()))
        .arg(format!("-Cincremental={}", folder.join("incremental").display()))
        .arg(if stderr().is_terminal() { "--color=always" } else { "--color=never" })
        .arg(&source)
        .current_dir(checkout()?)
        .output()
        .map_err(|why| Failure::Files(format!("cannot run rustc: {why}. Is Rust installed?")))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(Compiled(compiled)) } else { Err(NotCompiled::Refused(said)) }
}

/// The library under the reader's file, built if it is not up to date.
fn library() -> Result<PathBuf, Failure> {
    let bar = ProgressBar::new_spinner().with_message("building what the exercises stand on");
    bar.enable_steady_tick(Duration::from_millis(100));
    let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["build", "--quiet", "--package=practice"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(checkout()?)
        .output()
        .map_err(|why| Failure::Files(format!("cannot run cargo: {why}. Is Rust installed?")))?;
    bar.finish_and_clear();
    let found = built_library(&output);
    found.ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        Failure::Files(format!("cannot build the package `practice`:\n{said}"))
    })
}

fn built_library(output: &Output) -> Option<PathBuf> {
    let lines = String::from_utf8_lossy(&output.stdout);
    let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_practice = messages.filter(|one| one["target"]["name"] == "practice");
    let files: Vec<Value> =
        of_practice.filter_map(|one| one["filenames"].as_array().cloned()).flatten().collect();
    let library = files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".rlib"));
    library.filter(|_| output.status.success()).map(PathBuf::from)
}

impl Compiled {
    /// Runs it. `None`: it had not ended after `most`, and was stopped.
    pub(crate) fn run(&self, into: &Path, most: Duration) -> Result<Option<ExitStatus>, Failure> {
        let failed = |why| Failure::Files(format!("cannot run {}: {why}", self.0.display()));
        let start = Instant::now();
        let mut child =
            Command::new(&self.0).arg(into).stdin(Stdio::null()).spawn().map_err(failed)?;
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
}
