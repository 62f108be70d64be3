//! What commands do with `--server`: one or two operations of the admin API in the place of a function of ours.

mod apis;
mod audit;
mod clients;
mod keys;
mod networks;
mod roles;
mod users;
mod why;
