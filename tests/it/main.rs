//! Journeys through the front door: an in-process router, a browser that keeps cookies, a database for each test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, missing_docs)]
#![allow(clippy::items_after_statements, clippy::similar_names, clippy::format_collect, clippy::cast_possible_wrap)]

mod audit;
mod authorization_code;
mod authorize;
mod browser;
mod cli;
mod clients;
mod consent;
mod console;
mod every_page;
mod http_limits;
mod id_token;
mod imports;
mod introspection;
mod key_creation;
mod keys;
mod limits;
mod metadata;
mod openidconnect_crate;
mod pages;
mod pkce;
mod pool;
mod privacy;
mod redirect_uri;
mod refresh;
mod registry;
mod server;
mod sign_out;
mod token_endpoint;
mod tokens;
mod userinfo;
