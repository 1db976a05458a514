//! Files, put in place all together or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Files that have been put in place. They are taken back unless they are kept.
pub(crate) struct Placed {
    keep: bool,
    dirs: Vec<PathBuf>,
    created: Vec<PathBuf>,
    /// Each with the place where it is kept meanwhile.
    replaced: Vec<(PathBuf, PathBuf)>,
    staging: TempDir,
}

impl Placed {
    /// Writes the files, each to its path below `dir`. After an error all is as it was.
    pub(crate) fn put(files: &[(PathBuf, String)], dir: &Path) -> io::Result<Self> {
        // Beside the target, so that a rename is enough to put a file in place.
        let existing = dir.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
        let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
        let mut placed = Self {
            keep: false,
            dirs: Vec::new(),
            created: Vec::new(),
            replaced: Vec::new(),
            staging: tempfile::Builder::new().prefix(".interleave-").tempdir_in(existing)?,
        };
        let staged = |number| placed.staging.path().join(format!("new-{number}"));
        for (number, (_, text)) in files.iter().enumerate() {
            fs::write(staged(number), text)?;
        }
        for (number, (path, _)) in files.iter().enumerate() {
            placed.put_one(number, &dir.join(path))?;
        }
        Ok(placed)
    }

    fn put_one(&mut self, number: usize, target: &Path) -> io::Result<()> {
        self.create_dirs(target.parent().unwrap_or(target))?;
        if target.symlink_metadata().is_ok() {
            let kept = self.staging.path().join(format!("old-{number}"));
            fs::rename(target, &kept)?;
            self.replaced.push((kept, target.to_owned()));
        }
        fs::rename(self.staging.path().join(format!("new-{number}")), target)?;
        self.created.push(target.to_owned());
        Ok(())
    }

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

    /// Leaves the files where they are.
    pub(crate) fn keep(mut self) {
        self.keep = true;
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        // Errors here cannot be helped: the first one is what the user is told.
        self.created.iter().for_each(|path| drop(fs::remove_file(path)));
        self.replaced.iter().for_each(|(kept, path)| drop(fs::rename(kept, path)));
        self.dirs.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
    }
}
