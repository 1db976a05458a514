use super::answer::Mailbox;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("Ann puts a letter in, Ben gets it", one_letter)
        .holds("both get a letter and put one in, and Ann has put one in before", both_get)
}

fn one_letter() {
    let put: fn(&Mailbox) -> u32 = |mailbox| {
        mailbox.put(1);
        1
    };
    together(Mailbox::new(), [("Ann", put), ("Ben", Mailbox::get)]);
}

fn both_get() {
    let ann: fn(&Mailbox) -> u32 = |mailbox| {
        mailbox.put(1);
        let got = mailbox.get();
        mailbox.put(2);
        got
    };
    let ben: fn(&Mailbox) -> u32 = |mailbox| {
        let got = mailbox.get();
        mailbox.put(3);
        got
    };
    let (_, got) = together(Mailbox::new(), [("Ann", ann), ("Ben", ben)]);
    assert!(!got.contains(&0), "somebody got a letter that nobody put in: {got:?}");
}
