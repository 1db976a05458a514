use super::answer::Flags;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new().holds("Ann and Ben raise their flags and look", both_look).with_weakest_orderings()
}

fn both_look() {
    let ann: fn(&Flags) -> bool = |flags| flags.may_go_in(0);
    let ben: fn(&Flags) -> bool = |flags| flags.may_go_in(1);
    let (_, inside) = together(Flags::new(), [("Ann", ann), ("Ben", ben)]);
    assert_ne!(inside, [true, true], "both are inside:");
}
