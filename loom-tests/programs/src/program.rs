//! All small programs.

use crate::subject::Specification;
use std::fmt;

/// How large programs are: for each thread, the most calls that it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape(pub &'static [usize]);

impl Shape {
    /// Two threads, one with a call and one with up to two.
    pub const TWO_AND_ONE: Self = Self(&[2, 1]);
    /// Two threads with up to two calls each.
    pub const TWO_AND_TWO: Self = Self(&[2, 2]);
    /// Two threads, one with a call and one with up to three.
    pub const THREE_AND_ONE: Self = Self(&[3, 1]);
    /// Three threads with a call each.
    pub const THREE: Self = Self(&[1, 1, 1]);
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: Vec<String> = self.0.iter().map(usize::to_string).collect();
        write!(f, "{} threads, {} calls", self.0.len(), calls.join(" + "))
    }
}

/// What each thread calls, one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program<O>(pub Vec<Vec<O>>);

impl<O: fmt::Debug> fmt::Display for Program<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thread = |calls: &Vec<O>| {
            calls.iter().map(|call| format!("{call:?}")).collect::<Vec<_>>().join(", ")
        };
        f.write_str(&self.0.iter().map(thread).collect::<Vec<_>>().join(" | "))
    }
}

/// All programs of a shape, those that differ in the order of threads alone once.
pub fn programs<S: Specification>(shape: Shape) -> Vec<Program<S::Operation>> {
    // Numbers of operations, so that they can be compared.
    let mut found: Vec<Vec<Vec<usize>>> = vec![Vec::new()];
    for &most in shape.0 {
        let bodies = bodies::<S>(most);
        found = found
            .into_iter()
            .flat_map(|threads| {
                bodies.iter().map(move |body| {
                    let mut threads = threads.clone();
                    threads.push(body.clone());
                    threads
                })
            })
            .collect();
    }
    for threads in &mut found {
        threads.sort();
    }
    found.sort_by_key(|threads| (threads.iter().map(Vec::len).sum::<usize>(), threads.clone()));
    found.dedup();
    let of = |body: Vec<usize>| body.into_iter().map(|number| S::OPERATIONS[number]).collect();
    found.into_iter().map(|threads| Program(threads.into_iter().map(of).collect())).collect()
}

/// What a thread may call: one to so many operations.
fn bodies<S: Specification>(most: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    let mut last: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..most {
        let longer = last.iter().flat_map(|body| {
            (0..S::OPERATIONS.len()).map(move |next| [body.as_slice(), &[next]].concat())
        });
        last = longer.collect();
        all.extend(last.iter().cloned());
    }
    all.retain(|body| {
        let calls: Vec<_> = body.iter().map(|&number| S::OPERATIONS[number]).collect();
        S::is_of_use(&calls)
    });
    all
}
