//! What processes share, with processes that are killed.
//!
//! A child made by `fork` has one thread, and all else is as the others left it. So it calls
//! nothing here but the library, and ends without any destructor.

#![cfg(target_os = "linux")]

mod children;
mod event;
mod lock;
mod memory;
mod queue;
mod semaphore;
