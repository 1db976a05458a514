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
//! Before the code of an execution in which the steps of the story count as events stands `s`.

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

/// Before a code in which the steps of the story count as events.
pub(crate) const EVERY_ORDER: char = 's';

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
}
