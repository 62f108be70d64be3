//! What administrators see: one file for each screen.

use axum::Router;

use crate::app::App;

/// The console.
pub fn router() -> Router<App> {
    Router::new()
}
