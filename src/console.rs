//! What administrators see: one file for each screen. Every change goes through [`crate::registry`].

pub mod api_form;
pub mod apis;
pub mod audit;
pub mod branding;
pub mod client;
pub mod client_comparison;
pub mod client_form;
pub mod client_import;
pub mod client_type;
pub mod clients;
pub mod confirm;
mod form;
pub mod keys;
pub mod level;
pub mod reauthentication;
mod recent_form;
pub mod roles;
pub mod security;
mod session;
pub mod snippets;
pub mod user_access;
pub mod user_form;
mod user_life;
pub mod user_profile;
pub mod users;

use axum::{
    Router,
    response::Redirect,
    routing::{get, post},
};

use crate::app::App;

/// The console. Its forms rely on the layer that refuses those of other origins.
pub fn router() -> Router<App> {
    Router::new()
        .route("/admin", get(async || Redirect::to("/admin/clients")))
        .route("/admin/sign-out", post(session::leave))
        .route("/admin/reauthenticate", post(reauthentication::submit))
        .route("/admin/clients", get(clients::list))
        .route("/admin/clients/new", get(client_form::create).post(client_form::submit_new))
        .route("/admin/clients/import", get(client_import::ask).post(client_import::submit))
        .route("/admin/clients/compare", get(client_comparison::show))
        .route("/admin/clients/{id}", get(client::show))
        .route("/admin/clients/{id}/edit", get(client_form::edit).post(client_form::submit_edit))
        .route("/admin/clients/{id}/secrets", post(client::rotate_secret))
        .route("/admin/clients/{id}/enabled", post(client::set_enabled))
        .route("/admin/clients/{id}/delete", get(client::deletion::ask).post(client::deletion::delete))
        .route("/admin/apis", get(apis::list))
        .route("/admin/apis/new", get(api_form::create).post(api_form::submit_new))
        .route("/admin/apis/{id}", get(apis::show))
        .route("/admin/apis/{id}/edit", get(api_form::edit).post(api_form::submit_edit))
        .route("/admin/apis/{id}/delete", get(apis::ask_delete).post(apis::delete))
        .route("/admin/roles", get(roles::list))
        .route("/admin/roles/new", get(roles::create).post(roles::submit_new))
        .route("/admin/roles/{name}", get(roles::edit).post(roles::submit_edit))
        .route("/admin/roles/{name}/delete", get(roles::ask_delete).post(roles::delete))
        .route("/admin/users", get(users::list))
        .route("/admin/users/new", get(user_form::create).post(user_form::submit_new))
        .route("/admin/users/{id}", get(users::show))
        .route("/admin/users/{id}/edit", get(user_form::edit).post(user_form::submit_edit))
        .route("/admin/users/{id}/enabled", post(users::set_enabled))
        .route("/admin/users/{id}/link", post(user_life::send_link))
        .route("/admin/users/{id}/delete", get(user_life::ask_delete).post(user_life::delete))
        .route("/admin/users/{id}/restore", post(user_life::restore))
        .route("/admin/users/{id}/lift-hold", post(user_life::lift_hold))
        .route("/admin/users/{id}/reset-mfa", post(users::reset_mfa))
        .route("/admin/users/{id}/sessions", post(user_access::end_sessions))
        .route("/admin/users/{id}/consents", post(user_access::withdraw))
        .route("/admin/keys", get(keys::list))
        .route("/admin/keys/rotate", post(keys::rotate))
        .route("/admin/keys/{kid}/withdraw", get(keys::ask_withdraw).post(keys::withdraw))
        .route("/admin/branding", get(branding::show))
        .route("/admin/branding/logo", post(branding::upload))
        .route("/admin/branding/logo/remove", post(branding::remove))
        .route("/admin/security", get(security::show))
        .route("/admin/audit", get(audit::list))
}
