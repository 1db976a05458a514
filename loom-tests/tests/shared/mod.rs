//! The sources of `processes` that stand in shared memory, over a platform on which a thread can be
//! killed before any of its steps.

#[path = "../../../processes/src/shared/ring.rs"]
pub mod ring;
#[allow(dead_code)]
#[path = "../../../processes/src/shared/robust_lock.rs"]
pub mod robust_lock;

pub mod death;
pub mod platform;
