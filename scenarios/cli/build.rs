//! The command has the sources of the library and the stories in it, and the library's tests. A new
//! file among them must be seen.

fn main() {
    println!("cargo::rerun-if-changed=../../primitives/src");
    println!("cargo::rerun-if-changed=../../primitives/tests");
    println!("cargo::rerun-if-changed=../src");
}
