use super::answer::Flags;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new().holds("Ann and Bob raise their flags and look", both_look).with_weakest_orderings()
}

fn both_look() {
    let ann: fn(&Flags) -> bool = |flags| flags.may_go_in(0);
    let bob: fn(&Flags) -> bool = |flags| flags.may_go_in(1);
    let (_, inside) = together(Flags::new(), [("Ann", ann), ("Bob", bob)]);
    assert_ne!(inside, [true, true], "both are inside:");
}
