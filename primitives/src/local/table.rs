//! Each thread's table of its values, which no other thread reads.
//!
//! The program's global allocator may use a `Local`, and so this table, whenever anything is
//! allocated or freed. So while the table is borrowed nothing is. When it grows, the new one is
//! made beside the old one.

use super::super::platform::thread_local;
use std::cell::{Cell, RefCell};
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// This thread's value in the list with this address, if it is there.
#[inline]
pub(super) fn find(list: *const ()) -> Option<NonNull<()>> {
    FINDER.try_with(|finder| finder.find(list)).ok()?
}

/// Whether the thread still has its table. An ending thread has dropped it.
pub(super) fn is_there() -> bool {
    TABLE.try_with(|_| ()).is_ok()
}

/// Whether the thread's table has room for one more value.
pub(super) fn has_room() -> bool {
    TABLE.with(|OfThread(table)| table.borrow().has_room())
}

/// Adds a value of a list that has none in this thread's table. There is room.
pub(super) fn insert(list: Arc<dyn AnyList>, value: NonNull<()>) {
    TABLE.with(|OfThread(table)| table.borrow_mut().insert(list, value));
}

/// Makes room for another in this thread's table, and forgets objects that are gone.
pub(super) fn make_room() {
    let keep = |made: &Made| !made.gone;
    let count = TABLE.with(|OfThread(table)| {
        let made = &mut table.borrow_mut().made;
        made.iter_mut().for_each(|made| made.gone = made.list.is_gone());
        made.iter().filter(|made| keep(made)).count()
    });
    // Until the finder is shown the new table, it needs the old one.
    let mut other = Table::with_room(count);
    TABLE.with(|OfThread(table)| {
        let mut table = table.borrow_mut();
        // The allocator may have added some.
        if table.made.iter().filter(|made| keep(made)).count() < other.entries.len() / 2 {
            other.made.extend(table.made.extract_if(.., |made| keep(made)));
            (0..other.made.len()).for_each(|number| other.place(number));
            mem::swap(&mut *table, &mut other);
            table.show();
        }
    });
    // What is dropped here is the old table, and the lists of objects that are gone.
}

/// What a thread's table needs of a list, whatever the type of its values.
pub(super) trait AnyList {
    /// Drops the value of a thread that ends, if it is still there.
    ///
    /// # Safety
    ///
    /// `node` is of a value that was put into this list and that this has not been called for.
    /// Nobody uses the value.
    unsafe fn drop_value(&self, node: NonNull<()>);

    /// Whether the object is gone. May say no when it is.
    fn is_gone(&self) -> bool;
}

/// A thread's values in all objects.
struct Table {
    /// What to drop when the thread ends, in the order in which it was made. Objects that are gone
    /// stay in here until there is no room for another.
    made: Vec<Made>,
    /// A hash table with linear probing. A power of two of entries, or none; at most half are
    /// taken.
    entries: Vec<Entry>,
}

struct Made {
    value: NonNull<()>,
    /// Keeps the list allocated, so that no other gets its address.
    list: Arc<dyn AnyList>,
    /// The object was gone when the table was last looked through.
    gone: bool,
}

#[derive(Clone, Copy)]
struct Entry {
    /// The list's address, or [`VACANT`].
    key: *const (),
    value: NonNull<()>,
}

/// No list is here. Not null, which is the address in an object that has no list yet.
const VACANT: *const () = ptr::dangling();

impl Table {
    const NEW: Self = Self { made: Vec::new(), entries: Vec::new() };

    /// With room for one more than `count`, and twice that: the next time is as far away as there
    /// are objects. The first has room for sixteen: making another takes as long as adding several.
    fn with_room(count: usize) -> Self {
        let len = (4 * (count + 1)).next_power_of_two().max(32);
        let vacant = Entry { key: VACANT, value: NonNull::dangling() };
        Self { made: Vec::with_capacity(len / 2), entries: vec![vacant; len] }
    }

    fn has_room(&self) -> bool {
        self.made.len() < self.entries.len() / 2
    }

    /// Adds a value of a list that has none in here, if there is room.
    fn insert(&mut self, list: Arc<dyn AnyList>, value: NonNull<()>) {
        debug_assert!(self.has_room());
        self.made.push(Made { value, list, gone: false });
        self.place(self.made.len() - 1);
        self.show();
    }

    /// Lets the finder look here.
    fn show(&self) {
        let entries = self.entries.as_ptr();
        FINDER.with(|finder| finder.show(entries, self.mask()));
    }

    /// Puts what was made into the first vacant place.
    fn place(&mut self, number: usize) {
        let Made { value, list, .. } = &self.made[number];
        let entry = Entry { key: Arc::as_ptr(list).cast(), value: *value };
        let mut at = first_place(entry.key, self.mask());
        while self.entries[at].key != VACANT {
            at = next_place(at, self.mask());
        }
        self.entries[at] = entry;
    }

    fn mask(&self) -> usize {
        self.entries.len() - 1
    }
}

/// The table of a thread, until the thread ends.
struct OfThread(RefCell<Table>);

impl Drop for OfThread {
    fn drop(&mut self) {
        // An error means that the finder is gone already, and then nothing is found either.
        let _ = FINDER.try_with(|finder| finder.show(&Finder::NOTHING, 0));
        for Made { value, list, .. } in self.0.get_mut().made.drain(..) {
            // SAFETY: `make` put the value into the list, and both of them here. Nobody finds it
            // now.
            unsafe { list.drop_value(value) };
        }
    }
}

/// Where to look: what of the table is needed to find a value. It is apart from the table because a
/// thread-local that has nothing to drop is found faster.
struct Finder {
    /// What was found last. Most threads use one object several times before they use another.
    last: Cell<Entry>,
    entries: Cell<*const Entry>,
    /// The number of entries less one: the bits that a place may have.
    mask: Cell<usize>,
}

impl Finder {
    const NOTHING: Entry = Entry { key: VACANT, value: NonNull::dangling() };

    const fn new() -> Self {
        Self {
            last: Cell::new(Self::NOTHING),
            entries: Cell::new(&Self::NOTHING),
            mask: Cell::new(0),
        }
    }

    /// Looks in other entries from now on, as many as `mask` says. What was found last may be gone,
    /// and its address be another list's.
    fn show(&self, entries: *const Entry, mask: usize) {
        self.last.set(Self::NOTHING);
        self.entries.set(entries);
        self.mask.set(mask);
    }

    #[inline]
    fn find(&self, key: *const ()) -> Option<NonNull<()>> {
        let last = self.last.get();
        if last.key == key { Some(last.value) } else { self.find_in_table(key) }
    }

    fn find_in_table(&self, key: *const ()) -> Option<NonNull<()>> {
        let mask = self.mask.get();
        let mut at = first_place(key, mask);
        loop {
            // SAFETY: the mask keeps the place inside the table, which stands as long as the finder
            // does.
            let entry = unsafe { *self.entries.get().add(at) };
            if entry.key == key {
                self.last.set(entry);
                return Some(entry.value);
            }
            if entry.key == VACANT {
                return None;
            }
            at = next_place(at, mask);
        }
    }
}

/// Where to begin looking for a list. Lists are apart by 64 bytes or so.
#[inline]
fn first_place(key: *const (), mask: usize) -> usize {
    (key.addr() / 64) & mask
}

/// Where to look next.
#[inline]
fn next_place(at: usize, mask: usize) -> usize {
    (at + 1) & mask
}

thread_local! {
    static FINDER: Finder = const { Finder::new() };
    static TABLE: OfThread = const { OfThread(RefCell::new(Table::NEW)) };
}

#[cfg(test)]
mod tests {
    use super::super::Local;
    use super::*;

    #[test]
    fn a_table_forgets_objects_that_are_gone_and_keeps_those_that_are_not() {
        let kept: Vec<Local<Cell<usize>>> = (0..20).map(|_| Local::default()).collect();
        kept.iter().enumerate().for_each(|(number, local)| local.set(number));
        for _ in 0..10_000 {
            Local::<Cell<usize>>::default().set(1);
        }
        assert!(kept.iter().enumerate().all(|(number, local)| local.get() == number));
        // At most half are taken, and were as few as those that are kept not long ago.
        TABLE.with(|OfThread(table)| assert!(table.borrow().entries.len() <= 256));
    }

    #[test]
    fn what_was_found_last_is_not_found_in_a_new_object_at_its_address() {
        for _ in 0..100 {
            let first = Local::<Cell<usize>>::default();
            first.set(1);
            assert_eq!(first.get(), 1);
            drop(first);
            // None of these is looked for before the next is made. Sooner or later the table
            // forgets the first, and one of them gets its list's place in memory.
            let others: Vec<Local<Cell<usize>>> = (0..20).map(|_| Local::default()).collect();
            others.iter().enumerate().for_each(|(number, local)| local.set(number + 2));
            assert!(others.iter().enumerate().all(|(number, local)| local.get() == number + 2));
        }
    }
}
