use super::answer::Mailbox;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("Ann puts a letter in, Ben gets it", one_letter)
        .holds("a letter is there before anybody asks", put_before_get)
}

fn one_letter() {
    let put: fn(&Mailbox) -> u32 = |mailbox| {
        mailbox.put(7);
        7
    };
    let (_, [_, got]) = together(Mailbox::new(), [("Ann", put), ("Ben", Mailbox::get)]);
    assert_eq!(got, 7, "Ben's letter is");
}

fn put_before_get() {
    let mailbox = Mailbox::new();
    mailbox.put(7);
    assert_eq!(mailbox.get(), 7, "the letter is");
}
