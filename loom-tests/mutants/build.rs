//! Writes the modules of `tests/judges.rs`: the checks of what the variable `MUTATED` names. Those
//! alone, so that a mutant is built in seconds.

use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/subjects.rs"]
mod subjects;

fn main() {
    println!("cargo::rerun-if-env-changed=MUTATED");
    println!("cargo::rerun-if-changed=src/subjects.rs");
    let mutated = env::var("MUTATED").unwrap_or_default();
    let subject = subjects::SUBJECTS.iter().find(|one| one.name == mutated);
    let mut text = String::new();
    if let Some(subjects::Subject { checks, programs, .. }) = subject {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
        for check in *checks {
            text += &format!("#[path = {:?}] mod {check};\n", tests.join(format!("{check}.rs")));
        }
        for (number, of) in programs.iter().enumerate() {
            text += &format!("#[test] fn programs_{number}() {{ every_program::<{of}>(); }}\n");
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("judges.rs"), text).expect("a folder to write to");
}
