//! Which checks and which small programs judge the mutants of a primitive.

/// What is mutated: a file of a package, with the folder of its name.
pub struct Subject {
    /// Its name, such as `lock`.
    pub name: &'static str,
    /// Its modules of `loom-tests/tests`.
    pub checks: &'static [&'static str],
    /// Its modules among the small programs.
    pub programs: &'static [&'static str],
}

const fn subject(
    name: &'static str,
    checks: &'static [&'static str],
    programs: &'static [&'static str],
) -> Subject {
    Subject { name, checks, programs }
}

/// All, those first that others stand on.
pub const SUBJECTS: &[Subject] = &[
    subject("lock", &["lock"], &["lock"]),
    subject("rlock", &["rlock"], &["rlock"]),
    subject("parker", &["parker"], &[]),
    subject("condition", &["condition"], &["condition"]),
    subject("event", &["event"], &["event"]),
    subject("semaphore", &["semaphore"], &["semaphore"]),
    subject("rwlock", &["rwlock"], &["rwlock"]),
    subject("queue", &["queue"], &["queue"]),
    subject("barrier", &["barrier"], &["barrier"]),
    subject("latch", &["latch"], &["latch"]),
    subject("once", &["once"], &["once"]),
    subject("fair_lock", &["fair_lock"], &["fair_lock"]),
    subject("future", &["future"], &["future"]),
    subject("thread", &["thread"], &["thread"]),
    subject("pool", &["pool"], &["pool"]),
    subject("timer", &["timer"], &["timer"]),
    subject("scheduler", &["scheduler"], &["scheduler"]),
    subject("arc", &["arc"], &["arc"]),
    subject("local", &["local"], &["local"]),
    subject("gil", &["gil"], &["ticking_gil", "asked_gil"]),
    subject("deadlock", &["deadlock", "wait_for"], &["watched_lock"]),
    subject("ranked", &["ranked"], &["ranked_lock"]),
    // The machine's side of the platform, which only native tests run.
    subject("platform", &[], &[]),
    // The model itself, which its own tests judge.
    subject("model", &[], &[]),
];

impl Subject {
    /// The package that has it.
    pub fn package(&self) -> &'static str {
        if self.name == "model" { "loom-platform" } else { "primitives" }
    }

    /// The folder that it is in, and its files.
    pub fn files(&self) -> (&'static str, Vec<String>) {
        match self.name {
            "model" => ("loom-tests/platform/src", vec!["**".to_owned()]),
            name => ("primitives/src", vec![format!("{name}.rs"), format!("{name}/**")]),
        }
    }
}
