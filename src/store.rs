//! Every SQL statement: plain functions over a connection, one file for each table.
//!
//! Everything single-use is taken by one conditional statement, so of racing requests only one gets it. Columns are named
//! and never `*`: a prepared statement whose columns change fails, and a newer version may add one while this one runs.

pub mod apis;
pub mod attention;
pub mod audit_events;
pub mod authorization_codes;
pub mod authorization_requests;
pub mod blocked_networks;
pub mod client_key_uses;
pub mod client_secrets;
pub mod clients;
pub mod condition;
pub mod consents;
pub mod counts;
pub mod defence;
pub mod erasure;
pub mod factors;
pub mod grants;
pub mod idempotent_requests;
pub mod impact;
pub mod jobs;
pub mod known_devices;
pub mod link_requests;
pub mod links;
pub mod logo;
pub mod logout_deliveries;
pub mod logout_requests;
pub mod outbox;
pub mod partitions;
pub mod passkey_ceremonies;
pub mod passkeys;
pub mod passwords;
pub mod pool;
pub mod principals;
pub mod privileges;
pub mod pushed_requests;
pub mod recovery_codes;
pub mod refresh_tokens;
pub mod registry;
pub mod revocations;
pub mod roles;
pub mod sealed;
pub mod seen_jwts;
pub mod sessions;
pub mod signing_keys;
pub mod span;
pub mod throttles;
pub mod totp_factors;
pub mod users;
pub mod waiting;
mod words;

use std::str::FromStr;

/// Those texts that a row can hold: none holds a NUL, which PostgreSQL would refuse as an error.
fn sayable(texts: &[String]) -> Vec<String> {
    texts.iter().filter(|text| !text.contains('\0')).cloned().collect()
}

/// Turns a column into its type. The database's checks should make the error impossible.
fn parsed<T: FromStr>(column: &'static str, text: &str) -> sqlx::Result<T> {
    text.parse().map_err(|_| malformed(column))
}

fn malformed(column: &'static str) -> sqlx::Error {
    undecodable(column, "the column holds no such value")
}

fn undecodable(column: &'static str, why: impl Into<sqlx::error::BoxDynError>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.into(), source: why.into() }
}
