//! What administrators see: one file for each screen. Every change goes through [`crate::registry`].

pub mod api_form;
pub mod api_scopes;
pub mod apis;
pub mod audit;
pub mod branding;
pub mod chart;
pub mod client;
pub mod client_comparison;
pub mod client_form;
pub mod client_import;
pub mod client_owner;
pub mod client_type;
pub mod clients;
pub mod confirm;
mod export;
mod form;
pub mod home;
pub mod impact;
pub mod keys;
pub mod level;
pub mod list;
mod list_files;
mod merging;
pub mod networks;
pub mod reauthentication;
mod recent_form;
pub mod reference;
pub mod role_form;
pub mod roles;
pub mod search;
pub mod security;
pub mod selection;
mod session;
pub mod sessions;
pub mod settings;
pub mod sign_in_test;
pub mod snippets;
mod stored;
mod undoing;
mod unsent;
pub mod user_access;
pub mod user_form;
mod user_life;
pub mod user_list;
mod user_merging;
pub mod user_profile;
pub mod user_summary;
pub mod users;
pub mod why;

use axum::{
    Extension, Router,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};

use crate::{app::App, policy::permission::Permission};
use session::Asked;

/// The console: each line says what it asks for. Its forms rely on the layer that refuses those of other origins.
pub fn router(app: &App) -> Router<App> {
    use Permission::{
        ApisRead, ApisWrite, AuditRead, ClientsRead, ClientsWrite, KeysRead, KeysWrite, NetworksRead, NetworksWrite,
        RolesRead, RolesWrite, SessionsWrite, SettingsRead, SettingsWrite, UsersRead, UsersWrite,
    };
    Router::new()
        .route("/admin", any(get(home::show)))
        .route("/admin/sign-out", any(post(session::leave)))
        .route("/admin/session", any(post(session::stay)))
        .route("/admin/stored", any(post(stored::submit)))
        .route("/admin/unsent", any(post(unsent::submit)))
        .route("/admin/reauthenticate", any(post(reauthentication::submit)))
        .route("/admin/search", any(get(search::show)))
        .route("/admin/export/clients", may(ClientsRead, get(list_files::clients)))
        .route("/admin/export/apis", may(ApisRead, get(list_files::apis)))
        .route("/admin/export/roles", may(RolesRead, get(list_files::roles)))
        .route("/admin/export/users", may(UsersRead, get(list_files::users)))
        .route("/admin/selected/clients", may(ClientsWrite, post(selection::clients)))
        .route("/admin/selected/users", may(UsersWrite, post(selection::users)))
        .route("/admin/selected/sessions", may(SessionsWrite, post(sessions::ending::several)))
        .route("/admin/clients", may(ClientsRead, get(clients::list)))
        .route("/admin/clients/new", may(ClientsWrite, get(client_form::create).post(client_form::submit_new)))
        .route("/admin/clients/import", may(ClientsWrite, get(client_import::ask).post(client_import::submit)))
        .route("/admin/clients/compare", may(ClientsRead, get(client_comparison::show)))
        .route("/admin/clients/registered", may(ClientsWrite, get(client_import::registered)))
        .route("/admin/clients/{id}", may(ClientsRead, get(client::show)))
        .route("/admin/clients/{id}/edit", may(ClientsWrite, get(client_form::edit).post(client_form::submit_edit)))
        .route("/admin/clients/{id}/secrets", may(ClientsWrite, post(client::secrets::add)))
        .route("/admin/clients/{id}/secrets/end", may(ClientsWrite, post(client::secrets::end)))
        .route("/admin/clients/{id}/keys", may(ClientsWrite, post(client::keys::make)))
        .route("/admin/clients/{id}/keys/end", may(ClientsWrite, post(client::keys::end)))
        .route("/admin/clients/{id}/enabled", may(ClientsWrite, post(client::set_enabled)))
        .route("/admin/clients/{id}/owner", may(ClientsWrite, get(client_owner::ask).post(client_owner::submit)))
        .route(
            "/admin/clients/{id}/delete",
            may(ClientsWrite, get(client::deletion::ask).post(client::deletion::delete)),
        )
        .route("/admin/why", may(ClientsRead, get(why::show)))
        .route("/admin/sign-in-test", may(ClientsWrite, get(sign_in_test::show).post(sign_in_test::submit)))
        .route("/admin/apis", may(ApisRead, get(apis::list)))
        .route("/admin/apis/new", may(ApisWrite, get(api_form::create).post(api_form::submit_new)))
        .route("/admin/apis/{id}", may(ApisRead, get(apis::show)))
        .route("/admin/apis/{id}/edit", may(ApisWrite, get(api_form::edit).post(api_form::submit_edit)))
        .route("/admin/apis/{id}/delete", may(ApisWrite, get(apis::ask_delete).post(apis::delete)))
        .route("/admin/roles", may(RolesRead, get(roles::list)))
        .route("/admin/roles/new", may(RolesWrite, get(role_form::create).post(role_form::submit_new)))
        .route("/admin/roles/{name}", may(RolesRead, get(role_form::edit)))
        .route("/admin/roles/{name}", may(RolesWrite, post(role_form::submit_edit)))
        .route("/admin/roles/{name}/delete", may(RolesWrite, get(roles::ask_delete).post(roles::delete)))
        .route("/admin/users", may(UsersRead, get(user_list::list)))
        .route("/admin/users/new", may(UsersWrite, get(user_form::create).post(user_form::submit_new)))
        .route("/admin/users/{id}", may(UsersRead, get(users::show)))
        .route("/admin/users/{id}/edit", may(UsersWrite, get(user_form::edit).post(user_form::submit_edit)))
        .route("/admin/users/{id}/enabled", may(UsersWrite, post(users::set_enabled)))
        .route("/admin/users/{id}/link", may(UsersWrite, post(user_life::send_link)))
        .route("/admin/users/{id}/delete", may(UsersWrite, get(user_life::ask_delete).post(user_life::delete)))
        .route("/admin/users/{id}/restore", may(UsersWrite, post(user_life::restore)))
        .route("/admin/users/{id}/lift-hold", may(UsersWrite, post(user_life::lift_hold)))
        .route("/admin/users/{id}/reset-mfa", may(UsersWrite, get(user_life::ask_reset).post(user_life::reset)))
        .route("/admin/users/{id}/sessions", may(SessionsWrite, post(user_access::end_sessions)))
        .route("/admin/users/{id}/consents", may(SessionsWrite, post(user_access::withdraw)))
        .route("/admin/sessions", may(UsersRead, get(sessions::list)))
        .route("/admin/sessions", may(SessionsWrite, post(sessions::ending::one)))
        .route("/admin/keys", may(KeysRead, get(keys::list)))
        .route("/admin/keys/rotate", may(KeysWrite, post(keys::rotate)))
        .route("/admin/keys/{kid}/withdraw", may(KeysWrite, get(keys::ask_withdraw).post(keys::withdraw)))
        .route("/admin/branding", may(SettingsRead, get(branding::show)))
        .route("/admin/branding/logo", may(SettingsWrite, post(branding::upload)))
        .route("/admin/branding/logo/remove", may(SettingsWrite, post(branding::remove)))
        .route("/admin/networks", may(NetworksRead, get(networks::show)))
        .route("/admin/networks", may(NetworksWrite, post(networks::block)))
        .route("/admin/networks/unblock", may(NetworksWrite, post(networks::unblock)))
        .route("/admin/settings", may(SettingsRead, get(settings::show)))
        .route("/admin/reference", any(get(reference::list)))
        .route("/admin/reference/{operation}", any(get(reference::show).post(reference::submit)))
        .route("/admin/security", may(AuditRead, get(security::show)))
        .route("/admin/audit", may(AuditRead, get(audit::list)))
        .route("/admin/audit/export", may(AuditRead, get(audit::export::download)))
        .route("/admin/requests/{id}", may(AuditRead, get(audit::request::show)))
        .route("/admin/audit/{id}", may(AuditRead, get(audit::event::show)))
        .layer(from_fn_with_state(app.clone(), unsent::keep_drafts))
}

/// Who holds an office with this permission, if only for what is their own.
fn may(permission: Permission, handlers: MethodRouter<App>) -> MethodRouter<App> {
    handlers.route_layer(Extension(Asked(Some(permission))))
}

/// Whoever holds an office.
fn any(handlers: MethodRouter<App>) -> MethodRouter<App> {
    handlers.route_layer(Extension(Asked(None)))
}
