//! Something that has happened.

use super::line::{Line, Parked, Turn};
use primitives::{Lock, WaitQueue};
use std::fmt;
use std::mem::take;
use std::sync::Arc;

/// Something that has happened or not. Tasks wait until it has; any thread may say so.
///
/// ```
/// use event_loop::sync::Event;
/// use event_loop::spawn;
/// use std::rc::Rc;
///
/// let start = Rc::new(Event::new());
/// event_loop::run(async {
///     let starter = start.clone();
///     let _runs_on = spawn(async move { starter.set() });
///     start.wait().await;
/// });
/// ```
#[doc(alias = "asyncio.Event")]
pub struct Event {
    state: Lock<State>,
}

struct State {
    set: bool,
    /// Empty when it is set.
    line: WaitQueue<Parked>,
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Self { state: Lock::new(State { set: false, line: WaitQueue::new() }) }
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.state.lock().set
    }

    /// Sets it, and lets all go on that wait, also if it is cleared before their turn comes.
    pub fn set(&self) {
        let mut state = self.state.lock();
        state.set = true;
        let line = take(&mut state.line);
        drop(state);
        line.into_iter().for_each(|parked| parked.unpark());
    }

    /// Takes it back.
    pub fn clear(&self) {
        self.state.lock().set = false;
    }

    /// Waits until it is set.
    pub async fn wait(&self) {
        let turn = {
            let mut state = self.state.lock();
            if state.set {
                return;
            }
            Turn::new(self, state.line.push_back(Parked::new()))
        };
        turn.await;
    }
}

impl Line for &Event {
    const NAME: &'static str = "an event";

    fn leave(&self, parked: &Arc<Parked>) -> bool {
        self.state.lock().line.remove(parked)
    }

    /// All were woken: there is nothing to hand on.
    fn hand_on(&self) {}
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Event");
        if let Some(state) = self.state.try_lock() {
            out.field("set", &state.set).field("waiting", &state.line.len());
        }
        out.finish_non_exhaustive()
    }
}
