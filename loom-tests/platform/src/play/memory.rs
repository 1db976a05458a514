//! What threads may read, in words, for those who say what they read.

use crate::own::view::{self, Why};
use crate::own::{Clock, Graph, INITIAL, Pick, Ref};
use crate::trace::{Action, Event, Value, Words, name_of};
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::Location;

/// What a thread may read of one word, and what it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The word's name.
    pub word: String,
    /// What it may read, the newest first.
    pub readable: Vec<Written>,
    /// What it may not, the newest first, and why not.
    pub out: Vec<(Written, String)>,
}

/// A value that a word has, or has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The value.
    pub value: String,
    /// With which step of which thread it was written. Nothing if it was there from the start.
    pub by: Option<String>,
}

/// A read, and what it could read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// What it could read.
    pub view: View,
    /// Which of [`View::readable`] it reads.
    pub reads: usize,
    /// Where it stands.
    pub at: &'static Location<'static>,
}

impl Load {
    /// Whether it could read something else.
    pub fn has_choice(&self) -> bool {
        self.view.readable.len() > 1
    }
}

/// How a location is called, if it has a name, and what its values mean.
#[derive(Clone, Debug)]
pub(super) struct Word {
    name: Option<String>,
    words: Option<Words>,
}

impl Word {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("a word")
    }
}

/// The locations that are told of.
pub(super) type Vocabulary = BTreeMap<u32, Word>;

/// One run's memory.
pub(super) struct Memory {
    graph: Graph,
    /// What has happened before each thread's next event.
    happened: Vec<Clock>,
    pub(super) picks: Vec<Pick>,
    threads: Vec<String>,
    /// Each step that was told: its thread, after how many of the thread's events, and the text.
    steps: Vec<(usize, usize, String)>,
    /// Each operation: its thread, after how many of the thread's events, and where it stands.
    operations: Vec<(usize, usize, &'static Location<'static>)>,
    /// All locations that were accessed.
    pub(super) vocabulary: Vocabulary,
}

impl Memory {
    pub(super) fn new(
        (graph, happened): (Graph, Vec<Clock>),
        picks: Vec<Pick>,
        events: &[Event],
        names: &[(Range<usize>, String)],
        threads: Vec<String>,
    ) -> Self {
        let (mut steps, mut operations) = (Vec::new(), Vec::new());
        let mut vocabulary = BTreeMap::new();
        for Event { thread, action, causes, at, .. } in events {
            let done = causes.of(*thread);
            match action {
                Action::Step(text) => steps.push((*thread, done, text.clone())),
                Action::Load { address, value, .. }
                | Action::Store { address, value }
                | Action::Changes { address, after: value, .. }
                | Action::Finds { address, value, .. } => {
                    let name = name_of(names, *address).map(str::to_owned);
                    let location = graph.threads[*thread][done - 1].location;
                    operations.push((*thread, done, *at));
                    vocabulary.insert(location, Word { name, words: value.words });
                }
                _ => {}
            }
        }
        Self { graph, happened, picks, threads, steps, operations, vocabulary }
    }

    /// What each thread may read of each of these words that has a name.
    pub(super) fn views(&self, of: &Vocabulary) -> Vec<Vec<View>> {
        let of_thread = |(thread, happened): (usize, &Clock)| {
            let view = |(&location, word): (&u32, &Word)| {
                self.told(thread, &view::of(&self.graph, thread, happened, location), word)
            };
            of.iter().filter(|(_, word)| word.name.is_some()).map(view).collect()
        };
        self.happened.iter().enumerate().map(of_thread).collect()
    }

    /// What a read has read, and could have.
    pub(super) fn load(&self, pick: &Pick) -> Load {
        let source = self.graph.source(pick.read);
        let reads = pick.view.readable.iter().position(|&one| one == source);
        let (thread, index) = (usize::from(pick.read.thread), usize::from(pick.read.index));
        let is_it = |&&(of, done, _): &&(usize, usize, _)| of == thread && done > index;
        let &(.., at) = self.operations.iter().find(is_it).expect("it is noted");
        let view = self.told(thread, &pick.view, &self.vocabulary[&pick.view.location]);
        Load { view, reads: reads.expect("it reads what it can"), at }
    }

    fn told(&self, thread: usize, view: &view::View, word: &Word) -> View {
        let value = |write| {
            let number = self.graph.value_of(view.location, write) as i64;
            Value { number, words: word.words, holders: None }.to_string()
        };
        let written = |write| Written { value: value(write), by: self.by(write) };
        let why = |why| match why {
            Why::Wrote(newer) => format!("has written {} itself", value(newer)),
            Why::Read(newer) => format!("has read {} already", value(newer)),
            Why::Acquired(location) => format!(
                "has acquired {}, which was released after the newer value",
                self.vocabulary.get(&location).map_or("a word", Word::name)
            ),
            Why::Fenced => {
                "has passed an acquire fence, after it read what was released after the newer value"
                    .to_owned()
            }
            Why::Joined => {
                format!("{} has joined a thread that knew the newer value", self.threads[thread])
            }
            Why::Started => "was started after the newer value".to_owned(),
            Why::Replaced => "another action has replaced it already".to_owned(),
            Why::Unordered => {
                "no single order of the SeqCst fences and accesses allows it".to_owned()
            }
        };
        View {
            word: word.name().to_owned(),
            readable: view.readable.iter().map(|&write| written(write)).collect(),
            out: view.out.iter().map(|&(write, of)| (written(write), why(of))).collect(),
        }
    }

    /// Which thread has written this, and the step with which it told of it.
    fn by(&self, write: Ref) -> Option<String> {
        if write == INITIAL {
            return None;
        }
        let thread = usize::from(write.thread);
        let tells = |(of, done, _): &&(usize, usize, String)| {
            *of == thread && *done > usize::from(write.index) + 1
        };
        let name = &self.threads[thread];
        let step = self.steps.iter().find(tells).map(|(.., text)| text);
        Some(step.map_or_else(|| name.clone(), |step| format!("{name} {step}")))
    }
}
