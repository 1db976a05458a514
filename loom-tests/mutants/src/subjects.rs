//! Which checks and which small programs judge the mutants of a primitive.

/// What is mutated: a file of `primitives/src`, with the folder of its name.
pub struct Subject {
    /// Its name, such as `lock`.
    pub name: &'static str,
    /// The files of `loom-tests/tests`.
    pub checks: &'static [&'static str],
    /// The types whose small programs are judged.
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
    subject("lock", &["lock"], &["primitives::Lock<()>"]),
    subject("rlock", &["rlock"], &["primitives::RLock<()>"]),
    subject("condition", &["condition"], &["subjects::condition::Monitor"]),
    subject("event", &["event"], &["primitives::Event"]),
    subject("semaphore", &["semaphore"], &["primitives::Semaphore"]),
    subject("rwlock", &["rwlock"], &["primitives::RwLock<()>"]),
    subject("queue", &["queue"], &["primitives::Queue<u32>"]),
    subject("barrier", &["barrier"], &["primitives::Barrier"]),
    subject("timer", &["timer"], &["subjects::timer::Counting"]),
    subject("latch", &["latch"], &["primitives::Latch"]),
    subject("once", &["once"], &["primitives::Once"]),
    subject("parker", &["parker"], &[]),
    subject("fair_lock", &["fair_lock"], &["primitives::FairLock"]),
    subject("future", &["future"], &["subjects::future::Both"]),
    subject("thread", &["thread"], &["subjects::thread::Counting"]),
    subject("pool", &["pool"], &["subjects::pool::Counting"]),
    subject("scheduler", &["scheduler"], &["subjects::scheduler::Planned"]),
    subject("arc", &["arc"], &["subjects::arc::Owners"]),
    subject("local", &["local"], &["primitives::Local<std::cell::Cell<u32>>"]),
    subject("gil", &["gil"], &["subjects::gil::Ticking", "subjects::gil::Asked"]),
    subject("deadlock", &["deadlock", "wait_for"], &["subjects::watched::Pair"]),
    subject("ranked", &["ranked"], &["subjects::ranked::Pair"]),
    // The machine's side of the platform, which only native tests run.
    subject("platform", &[], &[]),
];
