//! The answer of the authorization endpoint ([RFC 6749 §4.1.2], [RFC 9207]).
//!
//! [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
//! [RFC 9207]: https://www.rfc-editor.org/rfc/rfc9207

use super::{
    authorization_request::{Destination, ResponseMode},
    error::AuthorizationError,
    redirect_uri,
};
use crate::secret::Secret;

/// An answer that travels to the client by way of the browser.
pub enum AuthorizationResponse {
    /// A redirect to this URI.
    Redirect(String),
    /// A form that the browser posts to the URI.
    FormPost {
        /// The form's action.
        redirect_uri: String,
        /// Its hidden fields.
        fields: Vec<(&'static str, String)>,
    },
    /// Nothing travels: the request was a test.
    Nothing,
}

impl AuthorizationResponse {
    /// The client gets its code.
    #[must_use]
    pub fn success(destination: &Destination, issuer: &str, code: &Secret) -> Self {
        Self::new(destination, issuer, vec![("code", code.expose().to_owned())])
    }

    /// The client gets an error.
    #[must_use]
    pub fn failure(destination: &Destination, issuer: &str, error: &AuthorizationError) -> Self {
        let parameters = vec![
            ("error", error.error.as_str().to_owned()),
            ("error_description", error.error_description.to_string()),
        ];
        Self::new(destination, issuer, parameters)
    }

    /// Every answer names us (RFC 9207), so that a client with several servers cannot be made to mix them up.
    fn new(destination: &Destination, issuer: &str, mut parameters: Vec<(&'static str, String)>) -> Self {
        if let Some(state) = destination.state() {
            parameters.push(("state", state.to_owned()));
        }
        parameters.push(("iss", issuer.to_owned()));
        let uri = destination.redirect_uri();
        match destination.response_mode() {
            ResponseMode::Query => {
                Self::Redirect(redirect_uri::with_parameters(uri, parameters.iter().map(|(n, v)| (*n, v.as_str()))))
            }
            ResponseMode::FormPost => Self::FormPost { redirect_uri: uri.to_owned(), fields: parameters },
            ResponseMode::Test { .. } => Self::Nothing,
        }
    }
}
