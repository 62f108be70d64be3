//! `portcullis dev`: everything in one process tree for a first look.
//!
//! A private PostgreSQL, demo data, a playground that is a real client, and a sample API that validates tokens as a
//! stranger would. Playground and API reach the server by its front door only.

mod code;
pub mod demo;
mod front_door;
pub mod mail;
mod playground;
pub mod postgres;
mod sample_api;
pub mod tls;

use axum::Router;

pub use demo::Demo;

use crate::app::App;

/// What only `portcullis dev` serves. `server` is everything else, as a client reaches it.
pub fn router(app: &App, demo: &Demo, server: Router) -> Router {
    playground::router(app, demo, server.clone())
        .merge(sample_api::router(app, demo, server))
        .merge(mail::router(app))
        .merge(code::router(app, demo))
}
