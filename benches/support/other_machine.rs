//! A benchmark as it would be on a machine whose hints and yields are dearer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

/// Tell the copy how often it gives a hint, and where it leaves its report.
const HINT_TIMES: &str = "BENCH_HINT_TIMES";
const DIRECTORY: &str = "BENCH_DIRECTORY";

/// How often this library gives each hint, if it is the copy.
pub(super) fn hint_times() -> Option<usize> {
    std::env::var(HINT_TIMES).ok()?.parse().ok()
}

/// Where to leave the report, if this is the copy.
pub(super) fn directory() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

/// Lets this thread, and all that it starts, run on the first core that it may run on.
pub(super) fn stay_on_one_core() {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let stay = || {
            let all = sched_getaffinity(None)?;
            let mut one = CpuSet::new();
            one.set((0..CpuSet::MAX_CPU).find(|core| all.is_set(*core)).unwrap_or(0));
            sched_setaffinity(None, &one)
        };
        if let Err(error) = stay() {
            eprintln!("cannot stay on one core: {error}");
            exit(1);
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        eprintln!("--one-core works on Linux only");
        exit(2);
    }
}

/// Runs the benchmark `name` in a copy of the workspace. If that fails, so does this process.
pub(super) fn measure(name: &str, hint_times: usize, args: impl Iterator<Item = String>) {
    // The copy lies in the target directory. What it builds serves every number of times.
    let directory = super::target().join("other-machine");
    if let Err(error) = copy(&directory, hint_times) {
        eprintln!("cannot copy the library to {}: {error}", directory.display());
        exit(1);
    }
    eprintln!("hints {hint_times} times as long, yields {} times", yield_times(hint_times));
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&directory).env("CARGO_TARGET_DIR", directory.join("target"));
    cargo.env(HINT_TIMES, hint_times.to_string()).env(DIRECTORY, super::directory());
    cargo.args(["bench", "--quiet", "--bench", name, "--"]);
    match cargo.args(args.filter(|arg| arg != "--bench")).status() {
        Ok(status) if status.success() => {}
        Ok(status) => exit(status.code().unwrap_or(1)),
        Err(error) => {
            eprintln!("cannot run cargo: {error}");
            exit(1);
        }
    }
}

fn yield_times(hint_times: usize) -> usize {
    hint_times.min(4)
}

fn copy(directory: &Path, hint_times: usize) -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for part in ["primitives", "benches"] {
        let to = directory.join(part);
        if to.exists() {
            fs::remove_dir_all(&to)?;
        }
        copy_folder(&root.join(part), &to)?;
    }
    fs::copy(root.join("Cargo.lock"), directory.join("Cargo.lock"))?;
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let begin = manifest.find("members = [").expect("the workspace has members");
    let end = manifest.find("[workspace.package]").expect("and what they share");
    let members = "members = [\"primitives\", \"benches\"]\n\n";
    let manifest = format!("{}{members}{}", &manifest[..begin], &manifest[end..]);
    fs::write(directory.join("Cargo.toml"), manifest)?;

    let spin = directory.join("primitives/src/platform/native/spin.rs");
    let mut source = fs::read_to_string(&spin)?;
    let yields = yield_times(hint_times);
    for (call, times) in [("spin_loop();", hint_times), ("yield_now();", yields)] {
        assert!(source.contains(call), "{call} is not in the library's spin any more");
        source = source.replace(call, &format!("for _ in 0..{times} {{ {call} }}"));
    }
    fs::write(spin, source)
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (path, to) = {
            let entry = entry?;
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy_folder(&path, &to)?;
        } else {
            fs::copy(&path, &to)?;
        }
    }
    Ok(())
}
