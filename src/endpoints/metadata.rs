//! What we publish about ourselves, at both well-known places.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    config::Language,
    model::registry::OUR_API,
    protocol::metadata::{self, CertificatesTaken},
};

/// The metadata of RFC 8414 and of OpenID Connect Discovery: one document.
pub async fn document(State(app): State<App>) -> Response {
    let known = app.last_known();
    // Who administers knows where; everybody else has nothing to ask for there.
    let apis = known.iter().flat_map(|known| known.registry.apis()).filter(|api| api.identifier != OUR_API);
    let scopes = apis.flat_map(|api| api.scopes.keys().map(String::as_str));
    let mut document = metadata::document(app.issuer(), scopes, certificates_taken(&app));
    if !app.settings.document_hosts.is_empty() {
        document["client_id_metadata_document_supported"] = true.into();
    }
    if let Some(url) = &app.settings.mtls_url {
        document["mtls_endpoint_aliases"] = metadata::mtls_endpoint_aliases(&document, app.issuer(), url.as_str());
    }
    document["ui_locales_supported"] = Language::ALL.map(Language::tag).as_slice().into();
    ([(CACHE_CONTROL, "public, max-age=900")], Json(document)).into_response()
}

fn certificates_taken(app: &App) -> CertificatesTaken {
    match (app.settings.asks_for_certificates, &app.settings.client_authorities) {
        (false, _) => CertificatesTaken::None,
        (true, None) => CertificatesTaken::Registered,
        (true, Some(_)) => CertificatesTaken::VouchedFor,
    }
}

/// Where to report a vulnerability (RFC 9116). It is there if the settings name a contact.
pub async fn security_txt(State(app): State<App>) -> Response {
    let expires = app.clock.now() + time::Duration::days(180);
    let expires = expires.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
    let Some(contact) = &app.settings.security_contact else { return StatusCode::NOT_FOUND.into_response() };
    let canonical = app.settings.issuer.url("/.well-known/security.txt");
    format!("Contact: {contact}\nExpires: {expires}\nCanonical: {canonical}\nPreferred-Languages: en\n").into_response()
}
