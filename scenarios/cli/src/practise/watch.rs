//! Judging again at each save.

use crate::failure::Failure;
use notify::{EventKind, RecursiveMode, Watcher, recommended_watcher};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long a file must be left alone until it counts as saved: editors write in several steps.
const QUIET: Duration = Duration::from_millis(50);

/// Tells of each save in a folder.
pub(crate) struct Saves {
    changes: Receiver<()>,
    _watcher: notify::RecommendedWatcher,
}

impl Saves {
    pub(crate) fn in_folder(folder: &Path) -> Result<Self, Failure> {
        let (tell, changes) = channel();
        let watcher = recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is an event too.
            if event.is_ok_and(|event| {
                matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_))
                    && event.paths.iter().any(|path| path.extension().is_some_and(|is| is == "rs"))
            }) {
                let _ = tell.send(());
            }
        })
        .and_then(|mut watcher| {
            watcher.watch(folder, RecursiveMode::Recursive)?;
            Ok(watcher)
        });
        let watcher = watcher
            .map_err(|why| Failure::Files(format!("cannot watch {}: {why}", folder.display())))?;
        Ok(Self { changes, _watcher: watcher })
    }

    /// Waits for the next save. `false`: there will be none.
    pub(crate) fn wait(&self) -> bool {
        let some = self.changes.recv().is_ok();
        while self.changes.recv_timeout(QUIET).is_ok() {}
        some
    }
}
