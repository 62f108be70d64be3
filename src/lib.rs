//! An OAuth 2.0 authorization server and OpenID Connect provider.
//!
//! OAuth is a set of *decisions* between a *read* and a *write*. So decisions are pure functions ([`protocol`],
//! [`policy`]), SQL is plain functions ([`store`]), and each endpoint is a straight script in one file: parse → load →
//! decide → write → answer. A request passes through the folders from left to right, and imports point the same way
//! (a test holds them to it):
//!
//! ```text
//! cli ─► dev ─┬► routes ─► endpoints, pages, console, admin_api ─► web ─► accounts ─► authentication ─► registry ─► …
//!             └► jobs ─► …
//!                    … ─► mail ─► app ─► keys, store ─► policy ─► model ─► protocol ─► secret
//! ```
//!
//! - [`protocol`]: the rules of the RFCs as pure functions; start reading here
//! - [`model`]: what is registered: users, APIs, roles, the registry
//! - [`policy`]: our own rules as pure functions: who may have which scopes, which assurance level is needed, how many failures
//!   are too many, what a change does
//! - [`store`]: every SQL statement
//! - [`keys`]: signing keys, JOSE, encryption at rest
//! - [`app`]: what every request can reach: settings, database, clock, snapshot of the registry, keys, audit trail
//! - [`mail`]: what is sent to users, and when
//! - [`registry`]: changes of what is registered, each with its audit event
//! - [`authentication`]: how users prove who they are
//! - [`accounts`]: how an account begins, changes and ends
//! - [`web`]: what endpoints, pages and console share
//! - [`endpoints`]: what clients and APIs call
//! - [`pages`]: what users see
//! - [`console`]: what administrators see
//! - [`admin_api`]: the same as JSON, for programs
//! - [`jobs`]: what a server does beside answering requests
//! - [`dev`]: `portcullis dev`: a private PostgreSQL, demo data, the playground and a sample API
//! - [`cli`]: one file for each command
//!
//! Apart stand [`server`] (connections, their limits, TLS), [`language`] (texts and dates in words), [`config`], [`clock`],
//! [`network`] (blocks of addresses) and [`outbound`] (the calls that we make).

pub mod accounts;
pub mod admin_api;
pub mod app;
pub mod authentication;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod dev;
pub mod endpoints;
pub mod jobs;
pub mod keys;
pub mod language;
pub mod mail;
pub mod model;
pub mod network;
pub mod outbound;
pub mod pages;
pub mod policy;
pub mod protocol;
pub mod registry;
pub mod routes;
pub mod secret;
pub mod server;
pub mod store;
pub mod web;
