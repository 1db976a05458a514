//! What the platform promises.
//!
//! One executable: that builds in a fraction of the time that one for each file takes.

mod agrees_with_brute_force;
mod agrees_with_the_axioms;
mod each_execution_once;
mod no_false_alarms;
mod orders_and_arrows;
mod planted_bugs;
mod plays_every_order;
mod plays_old_values;
mod says_from_which_line;
mod says_which_thread_waits_for_which;
mod support;
