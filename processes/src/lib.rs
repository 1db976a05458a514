//! Processes, pipes, and locks in shared memory: what Python's `multiprocessing` has, by hand.
