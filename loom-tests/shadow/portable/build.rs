//! Compiles the source of `primitives` over the portable futex.

fn main() {
    println!("cargo::rustc-cfg=portable_futex");
    // Cargo watches the source by its absolute path: in a copied checkout, that of the original.
    println!("cargo::rerun-if-changed=../../../primitives/src");
    println!("cargo::rerun-if-changed=../../../primitives/tests");
}
