//! Native tests of the event loop: one executable, that builds in a fraction of the time.

mod clock;
mod gather;
mod loops;
mod properties;
mod sockets;
mod sync;
mod tasks;
