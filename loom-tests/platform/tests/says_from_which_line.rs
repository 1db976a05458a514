//! Operations are told with the line of the caller's file that they were called from.

use crate::support::Lock;
use loom_platform::Explorer;

#[test]
fn an_operation_of_others_is_told_with_the_line_that_called_them() {
    let first = line!() + 3;
    let program = || {
        let lock = Lock::new();
        drop(lock.lock());
        drop(lock.lock());
    };
    let explorer = Explorer::new();
    let found = explorer.explore(program).outcomes.swap_remove(0);
    assert!(found.trace.moves.iter().all(|one| one.called_from.is_none()));
    let explorer = explorer.callers_in(file!());
    let again = explorer.replay(&found.code.unwrap(), program).unwrap();
    assert!(again.trace.moves.iter().all(|one| !one.at.file().ends_with("from_which_line.rs")));
    let mut lines: Vec<_> = again.trace.moves.iter().map(|one| one.called_from).collect();
    lines.dedup();
    assert_eq!(lines, [Some(first), Some(first + 1)]);
}
