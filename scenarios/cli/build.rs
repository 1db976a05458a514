//! The command has the library's sources in it, and a new file among them must be seen.

fn main() {
    println!("cargo::rerun-if-changed=../../primitives/src");
}
