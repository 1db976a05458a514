//! The sources of `processes`, and of `primitives`, that stand in shared memory, over a platform on
//! which a thread can be killed before any of its steps.

#[path = "../../../processes/src/shared/fair_lock.rs"]
pub mod fair_lock;
#[path = "../../../processes/src/shared/ring.rs"]
pub mod ring;
#[allow(dead_code)]
#[path = "../../../processes/src/shared/robust_lock.rs"]
pub mod robust_lock;
#[allow(dead_code)]
#[path = "../../../primitives/src/semaphore.rs"]
pub mod semaphore;

pub mod death;
pub mod platform;
