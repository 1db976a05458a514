//! The command has the sources of the library and the stories in it, and the library's tests. A new
//! file among them must be seen. What was made for the book holds as long as they are the same.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=../../primitives/tests");
    let mut sources = DefaultHasher::new();
    for folder in [
        "../../primitives/src",
        "../../loom-tests/platform/src",
        "../../event-loop/src",
        "../../processes/src",
        "../src",
        "../machine/src",
        "src",
    ] {
        println!("cargo::rerun-if-changed={folder}");
        hash(Path::new(folder), &mut sources);
    }
    println!("cargo::rustc-env=SOURCES={:016x}", sources.finish());
}

fn hash(path: &Path, sources: &mut DefaultHasher) {
    path.hash(sources);
    if path.is_file() {
        return fs::read(path).expect("a source").hash(sources);
    }
    let entries = fs::read_dir(path).expect("a folder of sources");
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    entries.sort_unstable();
    entries.iter().for_each(|entry| hash(entry, sources));
}
