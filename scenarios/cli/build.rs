//! The command has the library's sources and tests in it, and a new file among them must be seen.

fn main() {
    println!("cargo::rerun-if-changed=../../primitives/src");
    println!("cargo::rerun-if-changed=../../primitives/tests");
}
