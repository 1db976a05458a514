//! Processes: their ways to start and to end.

use crate::tests;
use processes::{Process, ProcessOutcome, Start, register};
use std::process::exit;
use std::time::Duration;

tests![a_process_ends_with_the_code_of_its_function, a_panic_is_exit_code_101,];

fn ends_with(code: i32) {
    if code != 0 {
        exit(code);
    }
}

fn panics(message: String) {
    panic!("{message}");
}

register!(ends_with, panics);

fn a_process_ends_with_the_code_of_its_function() {
    for start in Start::ALL {
        for code in [0, 3] {
            let process = Process::start(*start, ends_with, (code,)).unwrap();
            assert_eq!(process.join(), ProcessOutcome::Exited(code), "{start:?}");
            assert_eq!(process.join_for(Duration::ZERO), Some(ProcessOutcome::Exited(code)));
            assert_eq!(process.exit_code(), Some(code));
            assert!(!process.is_alive());
        }
    }
}

fn a_panic_is_exit_code_101() {
    for start in Start::ALL {
        let process = Process::start(*start, panics, ("on purpose".to_owned(),)).unwrap();
        assert_eq!(process.join(), ProcessOutcome::Exited(101), "{start:?}");
    }
}
