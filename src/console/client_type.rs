//! The types of clients, as administrators know them.

use crate::{protocol::client::ClientType, web::view::Choice};

/// The types of clients, each explained.
#[must_use]
pub fn types() -> Vec<Choice> {
    vec![
        Choice::new(
            "web",
            "Web application",
            "Runs on your server and can keep a secret. People sign in with their browser.",
        ),
        Choice::new(
            "browser",
            "Browser application",
            "Runs in the browser alone (single-page app). Has no secret; PKCE protects its sign-ins.",
        ),
        Choice::new(
            "native",
            "Native application",
            "Is installed on a phone or computer. Has no secret; PKCE protects its sign-ins.",
        ),
        Choice::new(
            "service",
            "Service",
            "A program without a person: it gets tokens for itself with its secret (client credentials).",
        ),
    ]
}

/// What people call a type of clients.
pub(super) const fn type_name(client_type: ClientType) -> &'static str {
    match client_type {
        ClientType::Web => "Web application",
        ClientType::Browser => "Browser application",
        ClientType::Native => "Native application",
        ClientType::Service => "Service",
    }
}
