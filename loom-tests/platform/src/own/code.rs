//! An execution as a short text, by which it can be run again.
//!
//! `a9b4o1c7` is: nine events of the first thread, then four of the second, the last of which is a
//! read that gives a value one older than the newest, then seven of the third. Threads are called
//! by letters, in the order in which they are started. Behind a number of events there may stand
//! what the last of them did otherwise than the first choice:
//!
//! - `o2`: it read a value two older than the newest;
//! - `p1`: the write stands one place before the last of its location;
//! - `w1`: of the ways that a step leaves open it went the second.
//!
//! What was asked of the search stands before that: `s` if the steps of the story count as events,
//! then `l` if each lock is taken in one step.

use std::collections::VecDeque;
use std::fmt::Write as _;

/// One event, as the code says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) thread: usize,
    /// How many values newer than the one that was read there were.
    pub(crate) older: usize,
    /// How many writes of the location stand behind this one.
    pub(crate) place: usize,
    pub(crate) way: usize,
}

impl Step {
    fn choices(&self) -> [(char, usize); 3] {
        [('o', self.older), ('p', self.place), ('w', self.way)]
    }
}

pub(crate) fn write(steps: &[Step]) -> String {
    let mut code = String::new();
    let mut events = 0;
    for (number, step) in steps.iter().enumerate() {
        events += 1;
        let next = steps.get(number + 1);
        let is_special = step.choices().iter().any(|&(_, choice)| choice > 0);
        if is_special || next.is_none_or(|next| next.thread != step.thread) {
            let _ = write!(code, "{}{events}", letter(step.thread));
            for (kind, choice) in step.choices().into_iter().filter(|&(_, choice)| choice > 0) {
                let _ = write!(code, "{kind}{choice}");
            }
            events = 0;
        }
    }
    code
}

/// What a search was asked for that makes other events of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Events {
    pub(crate) every_order: bool,
    pub(crate) locks_in_one_step: bool,
}

impl Events {
    pub(crate) fn written(self) -> &'static str {
        match (self.every_order, self.locks_in_one_step) {
            (false, false) => "",
            (true, false) => "s",
            (false, true) => "l",
            (true, true) => "sl",
        }
    }

    /// Those of a code, and its rest.
    pub(crate) fn read(code: &str) -> (Self, &str) {
        let code = code.trim();
        let (every_order, code) = code.strip_prefix('s').map_or((false, code), |rest| (true, rest));
        let rest = code.strip_prefix('l');
        (Self { every_order, locks_in_one_step: rest.is_some() }, rest.unwrap_or(code))
    }
}

/// `None`: it is no code.
pub(crate) fn read(code: &str) -> Option<VecDeque<Step>> {
    let mut steps = VecDeque::new();
    let mut rest = code.trim();
    while let Some(kind) = rest.chars().next() {
        let number = rest[kind.len_utf8()..].split(|c: char| !c.is_ascii_digit()).next()?;
        rest = &rest[kind.len_utf8() + number.len()..];
        let number = number.parse().ok().filter(|&number| number < 100_000)?;
        match kind {
            'a'..='h' => {
                let thread = usize::from(kind as u8 - b'a');
                steps.extend(std::iter::repeat_n(Step { thread, ..Step::default() }, number));
            }
            'o' => steps.back_mut()?.older = number,
            'p' => steps.back_mut()?.place = number,
            'w' => steps.back_mut()?.way = number,
            _ => return None,
        }
    }
    Some(steps)
}

fn letter(thread: usize) -> char {
    char::from(b'a' + thread as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_every_step() {
        let plain = |thread| Step { thread, ..Step::default() };
        let steps = [
            plain(0),
            plain(0),
            Step { older: 2, ..plain(0) },
            plain(0),
            Step { way: 1, place: 12, ..plain(1) },
            plain(1),
            plain(7),
        ];
        let code = write(&steps);
        assert_eq!(code, "a3o2a1b1p12w1b1h1");
        assert_eq!(read(&code).unwrap(), steps);
        for no_code in ["3a", "a", "o1", "a1x2", "i1", "a1o", "a99999999", "é1"] {
            assert!(read(no_code).is_none(), "{no_code}");
        }
    }

    #[test]
    fn a_code_says_what_was_asked_of_the_search() {
        for every_order in [false, true] {
            for locks_in_one_step in [false, true] {
                let events = Events { every_order, locks_in_one_step };
                let code = format!(" {}a3b1 ", events.written());
                assert_eq!(Events::read(&code), (events, "a3b1"));
            }
        }
    }
}
