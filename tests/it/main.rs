//! Journeys through the front door: an in-process router, a browser that keeps cookies, a database for each test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, missing_docs)]

mod browser;
mod every_page;
mod http_limits;
mod imports;
mod server;
