//! Where the loop sleeps: until a moment, until another thread rings, or until a socket is ready.
//!
//! Natively that is what the system has for it, by the crate `polling`: epoll on Linux, kqueue on
//! the BSDs and macOS, completion ports on Windows. In the model it is a futex, and there are no
//! sockets.

#[cfg(loom)]
mod modelled;
#[cfg(not(loom))]
mod native;

#[cfg(loom)]
pub(crate) use modelled::Poller;
#[cfg(not(loom))]
pub(crate) use native::{Direction, Poller};
