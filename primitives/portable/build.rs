//! Compiles this package's source over the portable futex.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cfg=portable_futex");
}
