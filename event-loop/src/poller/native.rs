//! What the system has to sleep on.

use polling::{AsRawSource, AsSource, Event, Events};
use primitives::Lock;
use primitives::platform::time::{Duration, Instant};
use slab::Slab;
use std::io;
use std::task::Waker;

pub(crate) struct Poller {
    system: polling::Poller,
    /// Each socket has a place here, whose number is its key.
    waiting: Lock<Slab<Waiting>>,
    /// Only the thread of the loop uses it. It is kept, since it is large.
    events: Lock<Events>,
}

/// Tasks that wait for a socket.
#[derive(Default)]
struct Waiting {
    /// To read, and to write.
    wakers: [Option<Waker>; 2],
}

/// What a task wants of a socket.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        let system = polling::Poller::new()?;
        Ok(Self { system, waiting: Lock::default(), events: Lock::new(Events::new()) })
    }

    /// Sleeps until a thread rings, a socket is ready or `deadline` has passed, and now and then
    /// for no reason.
    pub(crate) fn sleep_until(&self, deadline: Option<Instant>) {
        let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        self.wait_for(rest);
    }

    /// Wakes the tasks whose sockets are ready, without sleeping.
    pub(crate) fn look(&self) {
        if !self.waiting.lock().is_empty() {
            self.wait_for(Some(Duration::ZERO));
        }
    }

    /// Wakes the loop, now or when it comes to sleep.
    pub(crate) fn ring(&self) {
        self.system.notify().expect("the system wakes a thread that waits for sockets");
    }

    // ANCHOR: wait
    fn wait_for(&self, timeout: Option<Duration>) {
        let mut events = self.events.lock();
        events.clear();
        let waited = self.system.wait(&mut events, timeout);
        waited.expect("the system waits for sockets");
        let mut wakers = Vec::new();
        let mut waiting = self.waiting.lock();
        for event in events.iter() {
            // It may have been dropped since.
            let Some(waiting) = waiting.get_mut(event.key) else { continue };
            let [reader, writer] = &mut waiting.wakers;
            wakers.extend(reader.take_if(|_| event.readable));
            wakers.extend(writer.take_if(|_| event.writable));
        }
        drop(waiting);
        drop(events);
        wakers.into_iter().for_each(Waker::wake);
    }
    // ANCHOR_END: wait

    /// Gives a socket a place. It must be [removed](Self::remove) before it is dropped.
    ///
    /// # Safety
    ///
    /// As just said.
    pub(crate) unsafe fn add(&self, source: impl AsRawSource) -> io::Result<usize> {
        let key = self.waiting.lock().insert(Waiting::default());
        // SAFETY: the caller removes it before it is dropped.
        let added = unsafe { self.system.add(source, Event::none(key)) };
        if added.is_err() {
            self.waiting.lock().remove(key);
        }
        added.map(|()| key)
    }

    pub(crate) fn remove(&self, source: &impl AsSource, key: usize) {
        // An error means that the system has no such socket any more.
        let _ = self.system.delete(source);
        let waiting = self.waiting.lock().remove(key);
        drop(waiting);
    }

    /// Wakes the task when the socket is ready, once.
    pub(crate) fn wake_when_ready(
        &self,
        source: &impl AsSource,
        key: usize,
        direction: Direction,
        waker: Waker,
    ) -> io::Result<()> {
        let mut waiting = self.waiting.lock();
        let wakers = &mut waiting[key].wakers;
        let before = wakers[direction as usize].replace(waker);
        let [reads, writes] = [wakers[0].is_some(), wakers[1].is_some()];
        // Under the lock: the one that asks last asks for both directions.
        let asked = self.system.modify(source, Event::new(key, reads, writes));
        drop(waiting);
        drop(before);
        asked
    }
}
