//! Compiles the source of `event-loop` over the modelled platform.

fn main() {
    println!("cargo::rustc-cfg=loom");
    // Cargo watches the source by its absolute path: in a copied checkout, that of the original.
    println!("cargo::rerun-if-changed=../../../event-loop/src");
}
