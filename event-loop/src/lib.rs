//! An event loop on one thread: what Python's `asyncio` has, by hand.
