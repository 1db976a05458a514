//! CPython's `multiprocessing`, if there is a `python3`.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running interpreter that measures what it is told to.
pub(crate) struct Python {
    child: Child,
    /// `None` when it shall end.
    lines: RefCell<Option<(ChildStdin, BufReader<ChildStdout>)>>,
}

impl Python {
    /// `None` where there is none that is recent enough.
    pub(crate) fn start() -> Option<Self> {
        let recent = "import sys; sys.exit(sys.version_info < (3, 10))";
        let found = Command::new("python3").args(["-c", recent]).status();
        if !found.is_ok_and(|status| status.success()) {
            println!("There is no python3 of version 3.10 or later: its rows are left out.");
            return None;
        }
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/processes/contender.py");
        let mut child = Command::new("python3")
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it has just been started");
        let to = child.stdin.take().expect("it is piped");
        let from = BufReader::new(child.stdout.take().expect("it is piped"));
        Some(Self { child, lines: RefCell::new(Some((to, from))) })
    }

    pub(crate) fn measure(&self, task: &str) -> f64 {
        let mut lines = self.lines.borrow_mut();
        let (to, from) = lines.as_mut().expect("it runs");
        writeln!(to, "{task}").expect("it listens");
        let mut answer = String::new();
        from.read_line(&mut answer).expect("it answers");
        answer.trim().parse().unwrap_or_else(|_| panic!("{task}: {answer}"))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It ends its own processes when there is nothing more to read. Killed, it leaves them.
        self.lines.take();
        let _ = self.child.wait();
    }
}
