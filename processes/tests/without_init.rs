//! A program that does not call `init`: this one's `main` is the compiler's.

use processes::{Process, ProcessOutcome, Start, StartError, register};

fn nothing() {}
register!(nothing);

#[test]
fn a_program_that_does_not_call_init_starts_no_process_that_needs_it() {
    let spawned = Process::start(Start::Spawn, nothing, ());
    assert!(matches!(spawned, Err(StartError::NotInitialised)), "{spawned:?}");
    #[cfg(target_os = "linux")]
    {
        let served = Process::start(Start::ForkServer, nothing, ());
        assert!(matches!(served, Err(StartError::NotInitialised)), "{served:?}");
        // A copy is told nothing, and needs no `main`.
        assert_eq!(
            Process::start(Start::Fork, nothing, ()).unwrap().join(),
            ProcessOutcome::Exited(0)
        );
    }
}
