//! What judges the mutants of one primitive: its checks and its small programs. Without the
//! variable `MUTATED` nothing, since they run elsewhere.

#[allow(unused_imports)]
use small_programs::{Shape, Subject, judge, programs, subjects};

include!(concat!(env!("OUT_DIR"), "/judges.rs"));

/// As in a plain `cargo test`, up to so many executions each.
#[allow(dead_code)]
fn every_program<S: Subject>() {
    for program in
        [Shape::TWO_AND_ONE, Shape::THREE].into_iter().flat_map(programs::<S::Specification>)
    {
        let fault = judge::<S>(&program, 0, 1_000).fault;
        assert!(fault.is_none(), "{}: {}", program, fault.unwrap().history);
    }
}
