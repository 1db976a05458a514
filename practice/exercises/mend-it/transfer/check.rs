use super::answer::Bank;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("Ann transfers from 0 to 1, Ben from 1 to 0", both_ways)
        .holds("Ann transfers, and Ben asks for the total", transfer_and_total)
}

fn both_ways() {
    let ann: fn(&Bank) = |bank| bank.transfer(0, 1, 30);
    let ben: fn(&Bank) = |bank| bank.transfer(1, 0, 20);
    let (bank, _) = together(Bank::new(), [("Ann", ann), ("Ben", ben)]);
    assert_eq!(bank.balance(0), 90, "in the end there is on account 0:");
    assert_eq!(bank.balance(1), 110, "in the end there is on account 1:");
}

fn transfer_and_total() {
    let ann: fn(&Bank) -> i64 = |bank| {
        bank.transfer(1, 0, 30);
        200
    };
    let ben: fn(&Bank) -> i64 = Bank::total;
    let (_, [_, total]) = together(Bank::new(), [("Ann", ann), ("Ben", ben)]);
    assert_eq!(total, 200, "the total that Ben sees is");
}
