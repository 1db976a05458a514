//! What a thread may still read of a location, and why it may not read the rest.

use super::graph::{Action, Clock, Graph, Ref};

/// The writes of a location, as one thread sees them.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) location: u32,
    /// What it may read, the newest first.
    pub(crate) readable: Vec<Ref>,
    /// What it may not, the newest first.
    pub(crate) out: Vec<(Ref, Why)>,
}

/// Why a thread may not read a write: it knows of a newer one, or the model forbids it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It has made this newer write itself.
    Wrote(Ref),
    /// It has read this newer write itself.
    Read(Ref),
    /// With this read of a location it has acquired what lies behind a newer write.
    Acquired(u32),
    /// An acquire fence of its own told it of a newer write.
    Fenced,
    /// A thread that it has joined knew of a newer write.
    Joined,
    /// It knew of a newer write when it started.
    Started,
    /// Another read-modify-write has replaced it.
    Replaced,
    /// The sequentially consistent events would have no order.
    Unordered,
}

/// What the thread may read if so much has happened before.
pub(crate) fn of(graph: &Graph, thread: usize, happened: &Clock, location: u32) -> View {
    let mut view = View { location, readable: Vec::new(), out: Vec::new() };
    let oldest = graph.oldest(location, happened);
    for position in (0..=graph.last(location)).rev() {
        let write = graph.write_at(location, position);
        if position >= oldest {
            view.readable.push(write);
        } else {
            view.out.push((write, why(graph, thread, happened, location, position)));
        }
    }
    view
}

/// Why the thread knows of something newer than what stands at this position.
fn why(graph: &Graph, thread: usize, happened: &Clock, location: u32, position: usize) -> Why {
    let at = graph.location(location);
    let is_own = |event: &Ref| usize::from(event.thread) == thread;
    let writes = at.writes[position..].iter().copied().filter(|&write| happened.has(write));
    if let Some(write) = writes.clone().rfind(is_own) {
        return Why::Wrote(write);
    }
    let newer =
        |&read: &Ref| happened.has(read) && graph.position(location, graph.source(read)) > position;
    let reads = at.reads.iter().copied().filter(newer);
    if let Some(read) = reads.clone().rfind(is_own) {
        return Why::Read(graph.source(read));
    }
    let known = writes.chain(reads).map(|event| learned(graph, thread, event));
    let (_, why) = known.min_by_key(|&(when, _)| when).expect("something newer has happened");
    why
}

/// After how many of its events the thread has learned of another thread's event, and how.
fn learned(graph: &Graph, thread: usize, event: Ref) -> (usize, Why) {
    let own = &graph.threads[thread];
    let Some(when) = own.iter().position(|one| one.after.happened.has(event)) else {
        let never = own.is_empty();
        return (own.len(), if never { Why::Started } else { Why::Joined });
    };
    let by = &own[when];
    let how = match by.action {
        _ if by.before.happened.has(event) && when == 0 => Why::Started,
        _ if by.before.happened.has(event) => Why::Joined,
        Action::Read { .. } => Why::Acquired(by.location),
        _ => Why::Fenced,
    };
    (when, how)
}
