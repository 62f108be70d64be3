//! What a client asks for when it signs a person out ([OpenID Connect RP-Initiated Logout 1.0 §2]).
//!
//! [OpenID Connect RP-Initiated Logout 1.0 §2]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout

use serde::Deserialize;
use uuid::Uuid;

use super::{client::Client, interaction::SignedIn, parameters::Parameters, redirect_uri};

/// The parameters that mean something to us.
pub const PARAMETERS: [&str; 5] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

/// What a genuine ID token says of the sign-in that it comes from. It may have expired.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
pub fn post_logout_uri<'a>(client: &Client, request: &'a Parameters) -> Option<&'a str> {
    let uri = request.one("post_logout_redirect_uri").ok()??;
    client.post_logout_redirect_uris.iter().any(|registered| registered == uri).then_some(uri)
}

/// Where the browser goes in the end: to that URI, with the request's `state`.
#[must_use]
pub fn destination(client: &Client, request: &Parameters) -> Option<String> {
    let uri = post_logout_uri(client, request)?;
    Some(match request.one("state") {
        Ok(Some(state)) => redirect_uri::with_parameters(uri, [("state", state)]),
        _ => uri.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::protocol::{assurance::Proof, fixtures};

    const BYE: &str = "https://app.example/bye";

    fn client() -> Client {
        Client { post_logout_redirect_uris: vec![BYE.to_owned()], ..fixtures::client("web") }
    }

    #[test]
    fn lo_03_only_the_registered_uri_leads_back() {
        for uri in ["https://app.example/bye/", "https://app.example/bye?foo=bar", "https://app.example/BYE", "bye", ""]
        {
            let request = Parameters::from_pairs([("post_logout_redirect_uri", uri), ("state", "s")]);
            assert_eq!(destination(&client(), &request), None, "{uri}");
        }
        let request = Parameters::from_pairs([("post_logout_redirect_uri", BYE)]);
        assert_eq!(destination(&client(), &request).as_deref(), Some(BYE), "no state, no query");
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
            let request = Parameters::from_pairs([("post_logout_redirect_uri", BYE), ("state", &state)]);

            let url = Url::parse(&destination(&client(), &request).unwrap()).unwrap();

            let pairs = url.query_pairs().into_owned().collect::<Vec<_>>();
            prop_assert_eq!(pairs, [("state".to_owned(), state)]);
        }
    }
}
