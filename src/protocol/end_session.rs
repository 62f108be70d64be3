//! What a client asks for when it signs a user out ([OpenID Connect RP-Initiated Logout 1.0 §2]).
//!
//! [OpenID Connect RP-Initiated Logout 1.0 §2]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{client::Client, interaction::SignedIn, parameters::Parameters, redirect_uri};

/// The longest value of a parameter but for the token, in bytes. None is ever cut.
const LONGEST: usize = 4096;

/// What a browser brought along to be signed out: all of it may be missing, or made up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the specification describes them")]
pub struct Asked<'a> {
    pub id_token_hint: Option<&'a str>,
    pub client_id: Option<&'a str>,
    pub post_logout_redirect_uri: Option<&'a str>,
    pub state: Option<&'a str>,
    pub ui_locales: Option<&'a str>,
}

/// A request that nobody can answer as it was meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum MalformedLogout {
    #[error("The parameter {0} stands in the request more than once.")]
    Repeated(&'static str),
    #[error("The parameter {0} has more than {LONGEST} bytes.")]
    TooLong(&'static str),
}

/// What is left of a request when it was looked at: nothing that proves anything, and nothing without bounds, so that it
/// can be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutRequest {
    /// Who asks, if a client does.
    pub client_id: Option<String>,
    /// What a genuine token said.
    pub hint: Option<Hint>,
    /// Where the browser is to go in the end. It need not be registered.
    pub post_logout_redirect_uri: Option<String>,
    state: Option<String>,
    /// In which languages the client asks for pages.
    pub ui_locales: Option<String>,
}

impl<'a> Asked<'a> {
    /// Reads the parameters that mean something.
    ///
    /// # Errors
    /// One of them stands there twice, or is too long.
    pub fn parse(parameters: &'a Parameters) -> Result<Self, MalformedLogout> {
        let one = |name: &'static str| parameters.one(name).map_err(|_| MalformedLogout::Repeated(name));
        let short = |name: &'static str| match one(name)? {
            Some(value) if value.len() > LONGEST => Err(MalformedLogout::TooLong(name)),
            value => Ok(value),
        };
        Ok(Self {
            id_token_hint: one("id_token_hint")?,
            client_id: short("client_id")?,
            post_logout_redirect_uri: short("post_logout_redirect_uri")?,
            state: short("state")?,
            ui_locales: short("ui_locales")?,
        })
    }

    /// Names and values of what was sent.
    pub fn pairs(self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let pairs = [
            ("id_token_hint", self.id_token_hint),
            ("client_id", self.client_id),
            ("post_logout_redirect_uri", self.post_logout_redirect_uri),
            ("state", self.state),
            ("ui_locales", self.ui_locales),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// The request of this client, with what its token said. The token itself is left behind.
    #[must_use]
    pub fn believed(self, client_id: Option<String>, hint: Option<Hint>) -> LogoutRequest {
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        LogoutRequest {
            client_id,
            hint,
            post_logout_redirect_uri: owned(self.post_logout_redirect_uri),
            state: owned(self.state),
            ui_locales: owned(self.ui_locales),
        }
    }
}

impl LogoutRequest {
    /// The request once more, for a form that carries it on: names and values.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let asked = Asked {
            id_token_hint: None,
            client_id: self.client_id.as_deref(),
            post_logout_redirect_uri: self.post_logout_redirect_uri.as_deref(),
            state: self.state.as_deref(),
            ui_locales: self.ui_locales.as_deref(),
        };
        asked.pairs()
    }
}

/// What a genuine ID token says of the sign-in that it comes from. It may have expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    sub: String,
    /// Tokens from before we named sessions have none.
    sid: Option<Uuid>,
}

impl Hint {
    /// Whether it comes from exactly this sign-in: then nobody need be asked, because the client got the token by this
    /// very browser's sign-in.
    #[must_use]
    pub fn names(&self, session: &SignedIn) -> bool {
        self.sid == Some(session.session_id) && self.sub == session.user_id.to_string()
    }
}

/// The URI that the request names, if the client registered exactly that.
#[must_use]
pub fn post_logout_uri<'a>(client: &Client, request: &'a LogoutRequest) -> Option<&'a str> {
    let uri = request.post_logout_redirect_uri.as_deref()?;
    client.post_logout_redirect_uris.iter().any(|registered| registered == uri).then_some(uri)
}

/// Where the browser goes in the end: to that URI, with the request's `state`.
#[must_use]
pub fn destination(client: &Client, request: &LogoutRequest) -> Option<String> {
    let uri = post_logout_uri(client, request)?;
    Some(match &request.state {
        Some(state) => redirect_uri::with_parameters(uri, [("state", state.as_str())]),
        None => uri.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::protocol::{assurance::Proof, fixtures};

    const BYE: &str = "https://app.example/bye";

    fn request(parameters: &[(&str, &str)]) -> LogoutRequest {
        let parameters = Parameters::from_pairs(parameters.iter().copied());
        Asked::parse(&parameters).unwrap().believed(None, None)
    }

    fn client() -> Client {
        fixtures::client_with("web", |client| client.post_logout_redirect_uris = vec![BYE.to_owned()])
    }

    #[test]
    fn lo_03_only_the_registered_uri_leads_back() {
        for uri in ["https://app.example/bye/", "https://app.example/bye?foo=bar", "https://app.example/BYE", "bye", ""]
        {
            let request = request(&[("post_logout_redirect_uri", uri), ("state", "s")]);
            assert_eq!(destination(&client(), &request), None, "{uri}");
        }
        let request = request(&[("post_logout_redirect_uri", BYE)]);
        assert_eq!(destination(&client(), &request).as_deref(), Some(BYE), "no state, no query");
    }

    /// Anybody may post a request, which is then kept: without the token, and without anything that has no end.
    #[test]
    fn what_is_kept_of_a_request_has_bounds_and_proves_nothing() {
        let (long, token) = ("s".repeat(LONGEST + 1), "t".repeat(60_000));
        for name in ["client_id", "post_logout_redirect_uri", "state", "ui_locales"] {
            let parameters = Parameters::from_pairs([(name, long.as_str())]);
            assert_eq!(Asked::parse(&parameters), Err(MalformedLogout::TooLong(name)));
            let parameters = Parameters::from_pairs([(name, "a"), (name, "a")]);
            assert_eq!(Asked::parse(&parameters), Err(MalformedLogout::Repeated(name)));
        }
        let kept = request(&[("id_token_hint", &token), ("state", "s")]);
        assert_eq!(kept, LogoutRequest { state: Some("s".into()), ..LogoutRequest::default() });
        assert_eq!(kept.fields().collect::<Vec<_>>(), [("state", "s")]);
    }

    #[test]
    fn a_hint_names_one_session_of_one_person() {
        let session = SignedIn {
            session_id: Uuid::from_u128(1),
            user_id: Uuid::from_u128(2),
            authenticated_at: fixtures::at(0),
            proven_at: fixtures::at(0),
            proof: Proof::default(),
        };
        let hint = |sub: u128, sid: Option<u128>| Hint {
            sub: Uuid::from_u128(sub).to_string(),
            sid: sid.map(Uuid::from_u128),
        };
        assert!(hint(2, Some(1)).names(&session));
        for other in [hint(2, None), hint(2, Some(3)), hint(3, Some(1))] {
            assert!(!other.names(&session), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn state_comes_back_as_it_was(state in "[ -~é☃]{1,90}") {
            let request = request(&[("post_logout_redirect_uri", BYE), ("state", &state)]);

            let url = Url::parse(&destination(&client(), &request).unwrap()).unwrap();

            let pairs = url.query_pairs().into_owned().collect::<Vec<_>>();
            prop_assert_eq!(pairs, [("state".to_owned(), state)]);
        }
    }
}
