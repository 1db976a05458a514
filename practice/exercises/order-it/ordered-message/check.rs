use super::answer::Message;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("Ann sends 7, Ben looks whether it is there", one_message)
        .with_weakest_orderings()
}

fn one_message() {
    let ann: fn(&Message) -> Option<u32> = |message| {
        message.send(7);
        None
    };
    let (_, [_, got]) = together(Message::new(), [("Ann", ann), ("Ben", Message::receive)]);
    assert!(matches!(got, None | Some(7)), "Ben got {got:?}");
}
