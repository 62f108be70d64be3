//! The code that the demo administrator's authenticator app would show now, for those who have no such app at hand.

use axum::{Router, extract::State, routing::get};

use super::demo::Demo;
use crate::{app::App, authentication::totp};

pub(super) fn router(app: &App, demo: &Demo) -> Router {
    Router::new().route("/dev/code", get(code)).with_state((app.clone(), demo.admin_totp_secret.clone()))
}

async fn code(State((app, secret)): State<(App, String)>) -> String {
    let code = totp::code(&secret, app.clock.now()).unwrap_or_default();
    format!("{code}\n")
}
