//! Journeys through the front door: an in-process router, a browser that keeps cookies, a database for each test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, missing_docs)]

mod audit;
mod authorization_code;
mod authorize;
mod browser;
mod clients;
mod consent;
mod every_page;
mod http_limits;
mod id_token;
mod imports;
mod introspection;
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
mod token_endpoint;
mod tokens;
mod userinfo;
