use super::answer::Account;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("Ann and Ben draw 800 each from 1000", too_much_for_two)
        .holds("Ann and Ben draw 300 each from 1000", enough_for_two)
        .holds("Ann draws 1200 from 1000, and Ben 500", too_much_and_enough)
}

fn too_much_for_two() {
    let draw: fn(&Account) -> bool = |account| account.withdraw(800);
    let (account, got) = together(Account::new(1000), [("Ann", draw), ("Ben", draw)]);
    let times = got.iter().filter(|&&got| got).count();
    assert_eq!(times, 1, "how many of the two got 800:");
    assert_eq!(account.balance(), 200, "the balance is");
}

fn enough_for_two() {
    let draw: fn(&Account) -> bool = |account| account.withdraw(300);
    let (account, got) = together(Account::new(1000), [("Ann", draw), ("Ben", draw)]);
    assert_eq!(got, [true, true], "whether Ann and Ben got 300:");
    assert_eq!(account.balance(), 400, "the balance is");
}

fn too_much_and_enough() {
    let ann: fn(&Account) -> bool = |account| account.withdraw(1200);
    let ben: fn(&Account) -> bool = |account| account.withdraw(500);
    let (account, got) = together(Account::new(1000), [("Ann", ann), ("Ben", ben)]);
    assert_eq!(got, [false, true], "whether Ann got 1200, and Ben 500:");
    assert_eq!(account.balance(), 500, "the balance is");
}
