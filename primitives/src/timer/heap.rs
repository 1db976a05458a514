//! What waits for its time, the earliest first.
//!
//! A *radix heap*: most timers are cancelled long before their time, so places far ahead are not
//! put in order yet. They lie in piles, one for each power of two of the distance:
//!
//! ```text
//!   base 1000:  heap [≤ 1000]   pile 0 [1001]   pile 1 [1010 1011]   pile 2 [1100 … 1111]   …
//! ```
//!
//! A place lies in the pile of the highest bit in which its time differs from the base. So all in
//! one pile are earlier than all in the next, and adding a place takes a few instructions, however
//! many there are. When the heap is empty and the first pile is due, its earliest time becomes the
//! base. All in that pile agree with the new base in the bit of the pile, and go to lower piles or
//! into the heap. So a place moves at most once for each bit.
//!
//! From: Ahuja, Mehlhorn, Orlin, Tarjan, *Faster Algorithms for the Shortest Path Problem* (1990).

use super::super::platform::time::{Duration, Instant};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::{array, fmt, mem};

/// Items with their deadlines, of which the earliest comes out first, and among those of the same
/// deadline the one that was pushed first. [`Timers`](super::Timers) stand in one, and so do the
/// sleeping tasks of an event loop.
///
/// An item that is not wanted any more keeps its place. Such places are swept out whenever the heap
/// has grown to twice what was left by the sweep before.
///
/// A deadline that lies more than 146 years from the first that was pushed is never due.
///
/// ```
/// use primitives::timer::TimerHeap;
/// use std::time::{Duration, Instant};
///
/// let now = Instant::now();
/// let mut heap = TimerHeap::new(|_| false);
/// heap.push(Some(now + Duration::from_secs(60)), "tea");
/// heap.push(Some(now), "egg");
/// assert_eq!(heap.pop_due(Some(now)), Some("egg"));
/// assert_eq!(heap.pop_due(Some(now)), None);
/// ```
pub struct TimerHeap<T> {
    /// The deadline that was pushed first. Times are counted from it.
    start: Option<Instant>,
    /// All in the heap is not later than this, and all in the piles is.
    base: Time,
    /// The earliest on top.
    heap: BinaryHeap<Reverse<Place<T>>>,
    /// Pile `n` has the places whose times differ from the base in bit `n` and in none above it.
    piles: [Pile<T>; 64],
    /// Bit `n` is set where pile `n` has a place.
    filled: u64,
    len: usize,
    /// How many were ever pushed.
    pushed: u64,
    /// How long this may become before it is swept.
    sweep_at: usize,
    is_gone: fn(&T) -> bool,
}

/// The least length that is swept.
const SWEEP_AT_LEAST: usize = 64;

/// Nanoseconds, so that `START` is where they are counted from.
type Time = u64;
const START: Time = 1 << 62;
const LAST: Time = (1 << 63) - 1;
const NEVER: Time = u64::MAX;

struct Pile<T> {
    /// The earliest time in it.
    first: Time,
    places: Vec<Place<T>>,
}

impl<T> TimerHeap<T> {
    /// An empty heap. `is_gone` says which items are not wanted any more.
    pub fn new(is_gone: fn(&T) -> bool) -> Self {
        Self {
            start: None,
            base: 0,
            heap: BinaryHeap::new(),
            piles: array::from_fn(|_| Pile { first: NEVER, places: Vec::new() }),
            filled: 0,
            len: 0,
            pushed: 0,
            sweep_at: SWEEP_AT_LEAST,
            is_gone,
        }
    }

    /// Adds an item, which is due at `deadline`, or never. `true` means that it is now the first.
    pub fn push(&mut self, deadline: Option<Instant>, item: T) -> bool {
        if self.len == self.sweep_at {
            self.sweep();
        }
        let time = deadline.map_or(NEVER, |deadline| self.time(deadline));
        let is_first = self.first().is_none_or(|first| time < first);
        self.len += 1;
        self.pushed += 1;
        self.file(Place { time, number: self.pushed, item });
        is_first
    }

    /// Takes the first out, if it is due when `passed` has passed.
    pub fn pop_due(&mut self, passed: Option<Instant>) -> Option<T> {
        let (first, passed) = (self.first()?, self.time(passed?));
        if first == NEVER || first > passed {
            return None;
        }
        if self.heap.is_empty() {
            self.advance();
        }
        self.len -= 1;
        self.heap.pop().map(|Reverse(first)| first.item)
    }

    /// When the first is due. `None` means never.
    pub fn first_deadline(&self) -> Option<Instant> {
        let first = self.first().filter(|first| *first != NEVER)?;
        let distance = Duration::from_nanos(first.abs_diff(START));
        if first < START {
            self.start?.checked_sub(distance)
        } else {
            self.start?.checked_add(distance)
        }
    }

    /// How many places it has, those of items that are not wanted any more included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no place at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes all out, in any order.
    pub fn take_all(&mut self) -> impl Iterator<Item = T> + use<T> {
        let all = mem::replace(self, Self::new(self.is_gone));
        let in_heap = all.heap.into_iter().map(|Reverse(place)| place);
        let in_piles = all.piles.into_iter().flat_map(|pile| pile.places);
        in_heap.chain(in_piles).map(|place| place.item)
    }

    fn time(&mut self, deadline: Instant) -> Time {
        let start = *self.start.get_or_insert(deadline);
        // Whatever needs more bits is out of reach, too.
        let nanoseconds = |far: Duration| Time::try_from(far.as_nanos()).unwrap_or(LAST);
        match deadline.saturating_duration_since(start) {
            Duration::ZERO => {
                START.saturating_sub(nanoseconds(start.saturating_duration_since(deadline)))
            }
            ahead => match START.saturating_add(nanoseconds(ahead)) {
                time @ ..=LAST => time,
                _ => NEVER,
            },
        }
    }

    /// The earliest time.
    fn first(&self) -> Option<Time> {
        match self.heap.peek() {
            Some(Reverse(first)) => Some(first.time),
            None => self.piles.get(self.filled.trailing_zeros() as usize).map(|pile| pile.first),
        }
    }

    /// Puts a place where it belongs.
    fn file(&mut self, place: Place<T>) {
        if place.time <= self.base {
            return self.heap.push(Reverse(place));
        }
        let number = (place.time ^ self.base).ilog2() as usize;
        let pile = &mut self.piles[number];
        pile.first = pile.first.min(place.time);
        pile.places.push(place);
        self.filled |= 1 << number;
    }

    /// Brings the base to the first time in the piles. There is one, and the heap is empty.
    fn advance(&mut self) {
        let number = self.filled.trailing_zeros() as usize;
        let pile = &mut self.piles[number];
        self.base = mem::replace(&mut pile.first, NEVER);
        let mut places = mem::take(&mut pile.places);
        self.filled &= !(1 << number);
        places.drain(..).for_each(|place| self.file(place));
        // None has come back. The memory of a small pile is for the next that come.
        if places.capacity() <= SWEEP_AT_LEAST {
            self.piles[number].places = places;
        }
    }

    #[cold]
    fn sweep(&mut self) {
        let is_gone = self.is_gone;
        self.heap.retain(|Reverse(place)| !is_gone(&place.item));
        self.len = self.heap.len();
        for (number, pile) in self.piles.iter_mut().enumerate() {
            pile.places.retain(|place| !is_gone(&place.item));
            self.len += pile.places.len();
            match pile.places.iter().map(|place| place.time).min() {
                Some(first) => pile.first = first,
                None => (pile.first, self.filled) = (NEVER, self.filled & !(1 << number)),
            }
        }
        self.sweep_at = SWEEP_AT_LEAST.max(2 * self.len);
    }
}

impl<T> fmt::Debug for TimerHeap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimerHeap").field("places", &self.len()).finish_non_exhaustive()
    }
}

struct Place<T> {
    time: Time,
    /// The order in which they were pushed.
    number: u64,
    item: T,
}

impl<T> Ord for Place<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.time, self.number).cmp(&(other.time, other.number))
    }
}

impl<T> PartialOrd for Place<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Place<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Place<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Random deadlines within so many bits of nanoseconds, some of them overdue.
    fn as_a_sorted_map_does(bits: u32) {
        const GONE: u64 = u64::MAX;
        let start = Instant::now();
        let at = |nanoseconds: u64| start + Duration::from_nanos(nanoseconds);
        let mut random = 1_u64;
        let mut below = |bits: u32| {
            random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            random >> (64 - bits)
        };
        // An item is its own number. Every fourth is not wanted any more, and may stay or go.
        let mut heap = TimerHeap::new(|item| *item == GONE);
        let (mut sorted, mut now) = (BTreeMap::new(), 0);
        for number in 0..20_000 {
            let deadline = (now + below(bits)).saturating_sub(below(bits - 2));
            let never = below(4) == 0;
            let item = if number % 4 == 0 { GONE } else { number };
            heap.push((!never).then(|| at(deadline)), item);
            if item != GONE && !never {
                sorted.insert((deadline, number), item);
            }
            now += below(bits) / 64;
            if number % 16 != 0 {
                continue;
            }
            while let Some(item) = heap.pop_due(Some(at(now))) {
                if item != GONE {
                    assert_eq!(Some(item), sorted.pop_first().map(|(_, item)| item));
                }
            }
            assert!(sorted.first_key_value().is_none_or(|((first, _), _)| *first > now));
            if let Some(((first, _), _)) = sorted.first_key_value() {
                assert!(heap.first_deadline().is_some_and(|deadline| deadline <= at(*first)));
            }
        }
        assert!(!sorted.is_empty());
        let left = sorted.len();
        let never = heap.take_all().filter(|item| *item != GONE).count() - left;
        assert!(never > 0 && heap.is_empty() && heap.first_deadline().is_none());
    }

    #[test]
    fn items_come_out_by_deadline_and_those_of_one_deadline_as_they_were_pushed() {
        // Many of one deadline, and few that are alike.
        [3, 8, 20, 40].into_iter().for_each(as_a_sorted_map_does);
    }

    #[test]
    fn an_item_is_the_first_if_it_is_earlier_than_all_others() {
        let now = Instant::now();
        let later = |seconds| Some(now + Duration::from_secs(seconds));
        let mut heap = TimerHeap::new(|_| false);
        let first = [(None, true), (None, false), (later(9), true), (later(9), false)];
        first.into_iter().for_each(|(deadline, is)| assert_eq!(heap.push(deadline, ()), is));
        assert!(heap.push(now.checked_sub(Duration::from_secs(1)), ()));
        assert!(!heap.push(later(1 << 40), ()), "that is never");
        assert_eq!(heap.first_deadline(), now.checked_sub(Duration::from_secs(1)));
        let due = (0..6).filter_map(|_| heap.pop_due(later(1 << 41))).count();
        assert_eq!((due, heap.len(), heap.first_deadline()), (3, 3, None));
        assert!(!heap.is_empty());
    }

    #[test]
    fn places_of_items_that_are_gone_are_swept_out_of_all_piles() {
        let now = Instant::now();
        let mut heap = TimerHeap::new(|item| *item);
        for number in 0..10_000 {
            heap.push(Some(now + Duration::from_nanos(1 << (number % 50))), number % 100 != 0);
        }
        assert!(heap.len() <= 2 * 100);
        assert_eq!(heap.take_all().filter(|gone| !gone).count(), 100);
    }
}
