//! The benchmark of the lock.

fn main() {}
