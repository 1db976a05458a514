//! Native tests of the event loop.
