//! Primitives, copied into a project.

use crate::{Done, Failure, catalogue};
use std::fs;
use std::io::{self, Write as _, stdout};
use std::path::{Path, PathBuf};

/// A primitive that can be copied: one file.
pub(crate) struct Primitive {
    pub(crate) name: &'static str,
    file: &'static str,
    source: &'static str,
    /// The primitives that it is built from.
    needs: &'static [&'static str],
}

/// Every primitive.
pub(crate) const PRIMITIVES: &[Primitive] = &[
    Primitive {
        name: "lock",
        file: "lock.rs",
        source: include_str!("../../../primitives/src/lock.rs"),
        needs: &[],
    },
    Primitive {
        name: "rlock",
        file: "rlock.rs",
        source: include_str!("../../../primitives/src/rlock.rs"),
        needs: &["lock"],
    },
    Primitive {
        name: "waiter",
        file: "waiter.rs",
        source: include_str!("../../../primitives/src/waiter.rs"),
        needs: &[],
    },
    Primitive {
        name: "condition",
        file: "condition.rs",
        source: include_str!("../../../primitives/src/condition.rs"),
        needs: &["lock", "rlock", "waiter"],
    },
    Primitive {
        name: "turnstile",
        file: "turnstile.rs",
        source: include_str!("../../../primitives/src/turnstile.rs"),
        needs: &["lock", "waiter"],
    },
    Primitive {
        name: "semaphore",
        file: "semaphore.rs",
        source: include_str!("../../../primitives/src/semaphore.rs"),
        needs: &["turnstile"],
    },
    Primitive {
        name: "rwlock",
        file: "rwlock.rs",
        source: include_str!("../../../primitives/src/rwlock.rs"),
        needs: &["turnstile"],
    },
    Primitive {
        name: "queue",
        file: "queue.rs",
        source: include_str!("../../../primitives/src/queue.rs"),
        needs: &["lock", "waiter"],
    },
    Primitive {
        name: "event",
        file: "event.rs",
        source: include_str!("../../../primitives/src/event.rs"),
        needs: &[],
    },
    Primitive {
        name: "barrier",
        file: "barrier.rs",
        source: include_str!("../../../primitives/src/barrier.rs"),
        needs: &[],
    },
    Primitive {
        name: "deadlock",
        file: "deadlock.rs",
        source: include_str!("../../../primitives/src/deadlock.rs"),
        needs: &["lock", "waiter"],
    },
    Primitive {
        name: "ordered",
        file: "ordered.rs",
        source: include_str!("../../../primitives/src/ordered.rs"),
        needs: &["lock"],
    },
    Primitive {
        name: "local",
        file: "local.rs",
        source: include_str!("../../../primitives/src/local.rs"),
        needs: &["lock"],
    },
    Primitive {
        name: "timer",
        file: "timer.rs",
        source: include_str!("../../../primitives/src/timer.rs"),
        needs: &["lock"],
    },
];

/// The native platform, under the names that it has in a project of its own: there the machine is
/// the only platform, so the file that chooses one stays behind.
const PLATFORM: &[(&str, &str)] = &[
    ("platform.rs", include_str!("../../../primitives/src/platform/native.rs")),
    ("platform/futex.rs", include_str!("../../../primitives/src/platform/native/futex.rs")),
    (
        "platform/futex/linux.rs",
        include_str!("../../../primitives/src/platform/native/futex/linux.rs"),
    ),
    (
        "platform/futex/portable.rs",
        include_str!("../../../primitives/src/platform/native/futex/portable.rs"),
    ),
    ("platform/panics.rs", include_str!("../../../primitives/src/platform/native/panics.rs")),
    ("platform/spin.rs", include_str!("../../../primitives/src/platform/native/spin.rs")),
];

/// Adds what the platform needs. `Cargo.toml` of the repository has the same versions and features.
const DEPENDENCIES: &str = "cargo add rustix@1.1 --no-default-features --features std,thread,time \
     && cargo add parking_lot_core@0.10 --target 'cfg(not(target_os = \"linux\"))'";

fn find(name: &str) -> Option<&'static Primitive> {
    PRIMITIVES.iter().find(|primitive| primitive.name == name)
}

/// The primitive, and before it all that it is built from.
fn with_needs(primitive: &'static Primitive) -> Vec<&'static Primitive> {
    let need = |name: &&str| find(name).expect("every need is in the list");
    let under = primitive.needs.iter().map(need).flat_map(with_needs);
    under.chain([primitive]).collect()
}

pub(crate) fn copy(names: &[String], dir: &Path, force: bool) -> Done {
    let mut wanted: Vec<&Primitive> = Vec::new();
    for name in names {
        let primitive = find(name).ok_or_else(|| {
            let names = PRIMITIVES.iter().map(|primitive| primitive.name);
            catalogue::unknown("primitive", name, names, "interleave")
        })?;
        wanted.extend(with_needs(primitive));
    }
    let mut modules = vec!["platform"];
    let mut files: Vec<(&str, String)> = Vec::new();
    for primitive in wanted {
        if !modules.contains(&primitive.name) {
            modules.push(primitive.name);
            files.push((primitive.file, at_home(primitive.source)));
        }
    }
    files.extend(PLATFORM.iter().map(|(path, source)| (*path, at_home(source))));

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
    put_in_place(&files, dir).map_err(|error| {
        Failure::Files(format!("cannot copy to {}: {error}. Nothing was copied.", dir.display()))
    })?;

    for (path, _) in &files {
        writeln!(stdout(), "{}", dir.join(path).display())?;
    }
    if files.len() < all {
        writeln!(stdout(), "({} more were there already and are the same)", all - files.len())?;
    }
    let modules: Vec<String> = modules.iter().map(|name| format!("pub mod {name};")).collect();
    writeln!(stdout(), "\nIn the module of that directory, declare: {}", modules.join(" "))?;
    writeln!(stdout(), "Dependencies: {DEPENDENCIES}")?;
    Ok(true)
}

/// A source file as it reads in another project: it says where it is from, and its examples, which
/// name our crate, are shown there and not run.
fn at_home(source: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!("// From the library `primitives` {version}, MIT OR Apache-2.0.\n\n");
    let mut in_example = false;
    // The anchors mark what the book shows.
    for line in source.lines().filter(|line| !line.trim_start().starts_with("// ANCHOR")) {
        text += line;
        let comment =
            line.trim_start().strip_prefix("///").or(line.trim_start().strip_prefix("//!"));
        if let Some(fence) = comment.and_then(|comment| comment.trim().strip_prefix("```")) {
            if !in_example && fence.is_empty() {
                text += "ignore";
            }
            in_example = !in_example;
        }
        text.push('\n');
    }
    text
}

/// Writes all files, or none.
fn put_in_place(files: &[(&str, String)], dir: &Path) -> io::Result<()> {
    // Beside the target, so that a rename is enough to put a file in place.
    let existing = dir.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
    let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
    let staging = tempfile::Builder::new().prefix(".interleave-").tempdir_in(existing)?;
    for (number, (_, text)) in files.iter().enumerate() {
        fs::write(staging.path().join(format!("new-{number}")), text)?;
    }
    let mut done = Undo::default();
    for (number, (path, _)) in files.iter().enumerate() {
        let target = dir.join(path);
        let moved = (|| {
            done.create_dirs(target.parent().unwrap_or(dir))?;
            if target.symlink_metadata().is_ok() {
                let kept = staging.path().join(format!("old-{number}"));
                fs::rename(&target, &kept)?;
                done.replaced.push((kept, target.clone()));
            }
            fs::rename(staging.path().join(format!("new-{number}")), &target)?;
            done.created.push(target);
            Ok(())
        })();
        if let Err(error) = moved {
            done.undo();
            return Err(error);
        }
    }
    Ok(())
}

/// What has been put in place so far, to be taken back if the rest fails.
#[derive(Default)]
struct Undo {
    dirs: Vec<PathBuf>,
    created: Vec<PathBuf>,
    replaced: Vec<(PathBuf, PathBuf)>,
}

impl Undo {
    fn create_dirs(&mut self, dir: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = dir
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .collect();
        for path in missing.into_iter().rev() {
            fs::create_dir(path)?;
            self.dirs.push(path.to_owned());
        }
        Ok(())
    }

    fn undo(self) {
        // Errors here cannot be helped: the first one is what the user is told.
        self.created.iter().for_each(|path| drop(fs::remove_file(path)));
        self.replaced.iter().for_each(|(kept, path)| drop(fs::rename(kept, path)));
        self.dirs.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
    }
}
