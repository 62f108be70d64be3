//! The answer of the authorization endpoint ([RFC 6749 §4.1.2], [RFC 9207]), signed if the request wants that ([JARM]).
//!
//! [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
//! [RFC 9207]: https://www.rfc-editor.org/rfc/rfc9207
//! [JARM]: https://openid.net/specs/oauth-v2-jarm.html

use super::{
    authorization_request::{Destination, ResponseMode},
    error::AuthorizationError,
    redirect_uri,
};
use crate::secret::Secret;

/// Names and values, in their order.
pub type Parameters = Vec<(&'static str, String)>;

/// An answer that travels to the client by way of the browser.
pub enum AuthorizationResponse {
    /// A redirect to this URI.
    Redirect(String),
    /// A form that the browser posts to the URI.
    FormPost {
        /// The form's action.
        redirect_uri: String,
        /// Its hidden fields.
        fields: Parameters,
    },
    /// Nothing travels: the request was a test.
    Nothing,
}

impl AuthorizationResponse {
    /// The client gets its code. `sign` makes a JWT of an answer that is to be one.
    ///
    /// # Errors
    /// Those of `sign`.
    pub fn success<E>(
        destination: &Destination,
        issuer: &str,
        code: &Secret,
        sign: impl FnOnce(&Parameters) -> Result<String, E>,
    ) -> Result<Self, E> {
        Self::new(destination, issuer, vec![("code", code.expose().to_owned())], sign)
    }

    /// The client gets an error.
    ///
    /// # Errors
    /// Those of `sign`.
    pub fn failure<E>(
        destination: &Destination,
        issuer: &str,
        error: &AuthorizationError,
        sign: impl FnOnce(&Parameters) -> Result<String, E>,
    ) -> Result<Self, E> {
        let parameters = vec![
            ("error", error.error.as_str().to_owned()),
            ("error_description", error.error_description.to_string()),
        ];
        Self::new(destination, issuer, parameters, sign)
    }

    /// Every answer names us (RFC 9207), so that a client with several servers cannot be made to mix them up.
    fn new<E>(
        destination: &Destination,
        issuer: &str,
        mut parameters: Parameters,
        sign: impl FnOnce(&Parameters) -> Result<String, E>,
    ) -> Result<Self, E> {
        if let Some(state) = destination.state() {
            parameters.push(("state", state.to_owned()));
        }
        parameters.push(("iss", issuer.to_owned()));
        let uri = destination.redirect_uri();
        if matches!(destination.response_mode(), ResponseMode::QueryJwt | ResponseMode::FormPostJwt) {
            parameters = vec![("response", sign(&parameters)?)];
        }
        Ok(match destination.response_mode() {
            ResponseMode::Query | ResponseMode::QueryJwt => {
                Self::Redirect(redirect_uri::with_parameters(uri, parameters.iter().map(|(n, v)| (*n, v.as_str()))))
            }
            ResponseMode::FormPost | ResponseMode::FormPostJwt => {
                Self::FormPost { redirect_uri: uri.to_owned(), fields: parameters }
            }
            ResponseMode::Test { .. } => Self::Nothing,
        })
    }
}
