//! Where the answer to a request may go: the first step of reading it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::LONGEST_OPAQUE;
use crate::protocol::{client::Client, parameters::Parameters};

/// A request that must not be answered by a redirect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum UnsafeRequest {
    #[error("The request has no client_id.")]
    MissingClientId,
    #[error("The parameter {0} stands in the request more than once.")]
    Repeated(&'static str),
    #[error("No application is registered under this client_id.")]
    UnknownClient,
    #[error("{0}")]
    Document(String),
    #[error("This application has been disabled.")]
    DisabledClient,
    #[error("This application must push its authorization requests (RFC 9126), and this one was not pushed.")]
    NotPushed,
    #[error("The request object of this request is not accepted: {0}.")]
    NotSigned(String),
    #[error("This sign-in has expired, or was finished already: go back to the application and begin again.")]
    PushedRequestGone,
    #[error("The request has no redirect_uri. It is always required.")]
    MissingRedirectUri,
    #[error(
        "The redirect_uri is not one that is registered for this application. It must be identical, character by character."
    )]
    UnregisteredRedirectUri,
}

/// Where the answer goes. Holding one is the proof that it may: only [`Destination::find`] makes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    redirect_uri: String,
    response_mode: ResponseMode,
    state: Option<String>,
}

/// How the answer travels ([OAuth 2.0 Form Post Response Mode], OAuth 2.0 Multiple Response Types §2.1, JARM §2.3).
///
/// [OAuth 2.0 Form Post Response Mode]: https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In a form that the browser posts.
    FormPost,
    /// In the query, as a JWT that we sign.
    QueryJwt,
    /// In a form, as a JWT that we sign.
    FormPostJwt,
    /// Not at all: an administrator tests the sign-in, and is shown what the client would have got. No request can ask for it.
    Test {
        /// The test.
        test_id: Uuid,
    },
}

impl ResponseMode {
    /// Those that a request can ask for, by their names. `jwt` is that of the response type (JARM §2.3.4).
    pub const NAMED: [(&str, Self); 5] = [
        ("query", Self::Query),
        ("form_post", Self::FormPost),
        ("jwt", Self::QueryJwt),
        ("query.jwt", Self::QueryJwt),
        ("form_post.jwt", Self::FormPostJwt),
    ];

    /// The mode with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, mode)| mode)
    }
}

impl Destination {
    /// Finds where the answer to this request may go.
    ///
    /// # Errors
    /// Why it may go nowhere.
    pub fn find(parameters: &Parameters, client: &Client) -> Result<Self, UnsafeRequest> {
        let redirect_uri = parameters.one("redirect_uri").map_err(|_| UnsafeRequest::Repeated("redirect_uri"))?;
        let redirect_uri = redirect_uri.ok_or(UnsafeRequest::MissingRedirectUri)?;
        if !client.has_redirect_uri(redirect_uri) {
            return Err(UnsafeRequest::UnregisteredRedirectUri);
        }
        if !client.enabled {
            return Err(UnsafeRequest::DisabledClient);
        }
        let mode = parameters.one("response_mode").ok().flatten().and_then(ResponseMode::named);
        Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            response_mode: mode.unwrap_or(ResponseMode::Query),
            state: parameters.one("state").ok().flatten().filter(|s| s.len() <= LONGEST_OPAQUE).map(ToOwned::to_owned),
        })
    }

    /// The same for a test: its answer goes to whoever began it, and not to the client.
    #[must_use]
    pub fn of_test(self, test_id: Uuid) -> Self {
        Self { response_mode: ResponseMode::Test { test_id }, ..self }
    }

    /// The test that the request is part of.
    #[must_use]
    pub const fn test(&self) -> Option<Uuid> {
        if let ResponseMode::Test { test_id } = self.response_mode { Some(test_id) } else { None }
    }

    /// The registered URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// How the answer travels.
    #[must_use]
    pub fn response_mode(&self) -> ResponseMode {
        self.response_mode
    }

    /// What the client wants back unchanged.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// What a reference to a pushed request begins with (RFC 9126 §2.2).
pub const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

/// The reference to a pushed request, if the request is one and nothing else of it counts (RFC 9126 §4).
#[must_use]
pub fn pushed_reference(parameters: &Parameters) -> Option<&str> {
    parameters.one("request_uri").ok().flatten().and_then(|uri| uri.strip_prefix(REQUEST_URI))
}

/// The client that a request names.
///
/// # Errors
/// It names none, or more than one.
pub fn client_id(parameters: &Parameters) -> Result<&str, UnsafeRequest> {
    let client_id = parameters.one("client_id").map_err(|_| UnsafeRequest::Repeated("client_id"))?;
    client_id.ok_or(UnsafeRequest::MissingClientId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::fixtures::{self, CALLBACK, parameters};

    fn find(changes: &[(&str, &str)]) -> Result<Destination, UnsafeRequest> {
        Destination::find(&parameters(changes), &fixtures::client("app"))
    }

    #[test]
    fn az_02_ru_02_an_answer_goes_to_a_registered_uri_or_nowhere() {
        for (changes, refusal) in [
            (&[][..], None),
            (&[("redirect_uri", "")], Some(UnsafeRequest::MissingRedirectUri)),
            (&[("redirect_uri", "https://app.example/other")], Some(UnsafeRequest::UnregisteredRedirectUri)),
            (&[("redirect_uri", CALLBACK), ("redirect_uri", CALLBACK)], Some(UnsafeRequest::Repeated("redirect_uri"))),
        ] {
            assert_eq!(find(changes).err(), refusal, "{changes:?}");
        }
        let disabled = Client { enabled: false, ..fixtures::client("app") };
        assert_eq!(Destination::find(&parameters(&[]), &disabled), Err(UnsafeRequest::DisabledClient));
        assert_eq!(client_id(&parameters(&[("client_id", "")])), Err(UnsafeRequest::MissingClientId));
        let twice = parameters(&[("client_id", "a"), ("client_id", "a")]);
        assert_eq!(client_id(&twice), Err(UnsafeRequest::Repeated("client_id")));
    }

    #[test]
    fn an_answer_travels_as_was_asked_with_the_state_that_was_sent_once() {
        let long = "s".repeat(LONGEST_OPAQUE + 1);
        for (changes, mode, state) in [
            (&[][..], ResponseMode::Query, Some("xyz")),
            (&[("response_mode", "form_post")], ResponseMode::FormPost, Some("xyz")),
            (&[("response_mode", "fragment")], ResponseMode::Query, Some("xyz")),
            (&[("state", "")], ResponseMode::Query, None),
            (&[("state", "a"), ("state", "a")], ResponseMode::Query, None),
            (&[("state", &long)], ResponseMode::Query, None),
        ] {
            let found = find(changes).unwrap();
            assert_eq!((found.response_mode(), found.state()), (mode, state), "{changes:?}");
        }
    }
}
