//! An OAuth 2.0 authorization server and OpenID Connect provider.
//!
//! OAuth is a set of *decisions* between a *read* and a *write*. So decisions are pure functions ([`protocol`],
//! [`policy`]), SQL is plain functions ([`store`]), and each endpoint is a straight script in one file: parse → load →
//! decide → write → answer. A request passes through the folders from left to right, and imports point the same way
//! (a test holds them to it):
//!
//! ```text
//! routes ─► endpoints ┐
//!        ├► pages     ├► registry, authentication, mail, web ─► app ─► store, keys ─► policy ─► protocol ─► secret
//!        └► console   ┘
//! ```
//!
//! - [`protocol`]: the rules of the RFCs as pure functions; start reading here
//! - [`policy`]: our own rules as pure functions: who may have which scopes, how well people must be authenticated, how many
//!   failures are too many
//! - [`store`]: every SQL statement
//! - [`keys`]: signing keys, JOSE, encryption at rest
//! - [`outbound`]: the calls that we make to others
//! - [`authentication`]: how a person proves who they are
//! - [`mail`]: what is sent to people, and when
//! - [`registry`]: what administrators, and people in their own account, can change, with its audit event
//! - [`web`]: what the HTTP side shares
//! - [`endpoints`]: what clients and APIs call
//! - [`pages`]: what people see
//! - [`console`]: what administrators see
//! - [`dev`]: `portcullis dev`: a private PostgreSQL, demo data, the playground and a sample API
//! - [`cli`]: one file for each command

pub mod app;
pub mod authentication;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod dev;
pub mod endpoints;
pub mod keys;
pub mod mail;
pub mod outbound;
pub mod pages;
pub mod policy;
pub mod protocol;
pub mod registry;
pub mod routes;
pub mod secret;
pub mod store;
pub mod web;
