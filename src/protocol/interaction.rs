//! What is still missing before a code can be issued. Pages change what is true and ask again; nothing else decides.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    assurance::{Missing, Proof},
    authorization_request::{AuthorizationRequest, Prompt},
    client::Client,
    error::AuthorizationErrorCode,
    requested_level::requested,
    scope::Scope,
};

/// What a browser's sign-in says about its user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the specifications'")]
pub struct SignedIn {
    pub session_id: Uuid,
    pub user_id: Uuid,
    /// When the first factor was proven.
    pub authenticated_at: OffsetDateTime,
    /// When the last factor was proven.
    pub proven_at: OffsetDateTime,
    pub proof: Proof,
}

/// What a user has allowed this client so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The scopes, of all their requests together.
    pub scope: Scope,
    /// Whether they said yes on the consent page of this very request, and not only of another.
    pub given_here: bool,
}

/// The step that comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep<'a> {
    /// The user signs in, or signs in again.
    SignIn,
    /// The signed-in user proves another factor.
    SecondFactor,
    /// The signed-in user adds a factor.
    Enrol,
    /// The signed-in user is asked for consent.
    AskConsent,
    /// Nothing is missing: the client gets a code for these scopes.
    IssueCode(&'a SignedIn, Scope),
    /// The client gets an error.
    Refuse(AuthorizationErrorCode),
}

/// Decides what is missing.
///
/// `signed_in` comes with what that user still has to prove. `grantable` is what the request, the client and the
/// user's roles allow together, or why they allow nothing; it counts only once somebody is signed in. `prompt=login`
/// needs no flag: the sign-in must be newer than the request. A consent must be given on this very request if
/// `prompt=consent` asks for it, or if the client [asks each time](Client::asks_each_time): any program on the device can
/// pose as a native one, and a code that needs nobody would go to that (RFC 8252 §8.6, decision D12).
#[must_use]
pub fn next_step<'a>(
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: Option<(&'a SignedIn, Missing)>,
    consent: Option<&Consent>,
    grantable: Result<&Scope, AuthorizationErrorCode>,
) -> NextStep<'a> {
    let silent = request.prompts(Prompt::None);
    let unless_silent = |step| if silent { NextStep::Refuse(AuthorizationErrorCode::LoginRequired) } else { step };

    if requested(request).is_err() {
        return NextStep::Refuse(AuthorizationErrorCode::UnmetAuthenticationRequirements);
    }
    let suits = |(session, _): &(&SignedIn, Missing)| is_recent(session, request) && is_hinted(session, request);
    let Some((session, missing)) = signed_in.filter(suits) else { return unless_silent(NextStep::SignIn) };
    match missing {
        Missing::SecondFactor { .. } => return unless_silent(NextStep::SecondFactor),
        Missing::Enrolment { .. } => return unless_silent(NextStep::Enrol),
        Missing::Nothing => (),
    }
    let grantable = match grantable {
        Ok(grantable) => grantable,
        Err(code) => return NextStep::Refuse(code),
    };
    let never_silent = client.asks_each_time();
    let asks_each_time = never_silent || request.prompts(Prompt::Consent);
    let covered = consent
        .filter(|consent| consent.scope.covers(&request.consent_scope(grantable)))
        .is_some_and(|consent| consent.given_here || !asks_each_time);
    match (covered, silent) {
        (_, true) if never_silent => NextStep::Refuse(AuthorizationErrorCode::InteractionRequired),
        (true, _) => NextStep::IssueCode(session, grantable.clone()),
        (false, true) => NextStep::Refuse(AuthorizationErrorCode::ConsentRequired),
        (false, false) => NextStep::AskConsent,
    }
}

/// Whether the sign-in is as new as `prompt` and `max_age` want it.
fn is_recent(session: &SignedIn, request: &AuthorizationRequest) -> bool {
    let asks_again = request.prompts(Prompt::Login) || request.prompts(Prompt::SelectAccount);
    let oldest = match request.max_age {
        _ if asks_again => Some(request.received_at),
        Some(seconds) => Some(request.received_at - Duration::seconds(seconds)),
        None => None,
    };
    oldest.is_none_or(|oldest| session.authenticated_at >= oldest)
}

fn is_hinted(session: &SignedIn, request: &AuthorizationRequest) -> bool {
    request.subject.as_ref().is_none_or(|subject| *subject == session.user_id.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{
        assurance::Method,
        client::ClientType,
        fixtures::{self, at, client, client_with},
    };

    fn session(seconds: i64) -> SignedIn {
        SignedIn {
            session_id: Uuid::nil(),
            user_id: Uuid::nil(),
            authenticated_at: at(seconds),
            proven_at: at(seconds),
            proof: Proof::of(Method::Password),
        }
    }

    fn consent(scope: &str) -> Consent {
        Consent { scope: scope.parse().unwrap(), given_here: false }
    }

    fn given_here(scope: &str) -> Consent {
        Consent { given_here: true, ..consent(scope) }
    }

    /// A client that runs in browsers, and is described by a document.
    fn documented() -> Client {
        client("https://agents.example.org/client.json")
    }

    fn native() -> Client {
        client_with("app", |client| client.client_type = ClientType::Native)
    }

    /// What comes next for a client that runs in browsers.
    fn next<'a>(
        request: &AuthorizationRequest,
        signed_in: Option<(&'a SignedIn, Missing)>,
        consent: Option<&Consent>,
        grantable: &Scope,
    ) -> NextStep<'a> {
        next_step(request, &client("app"), signed_in, consent, Ok(grantable))
    }

    /// One letter for each step: the tables below stay readable.
    fn step(
        (prompt, max_age): (&str, &str),
        client: &Client,
        session: Option<&SignedIn>,
        consent: Option<&Consent>,
    ) -> char {
        let request = fixtures::request(&[("prompt", prompt), ("max_age", max_age)]);
        let grantable = "openid profile".parse().unwrap();
        let signed_in = session.map(|session| (session, Missing::Nothing));
        match next_step(&request, client, signed_in, consent, Ok(&grantable)) {
            NextStep::SignIn => 's',
            NextStep::SecondFactor | NextStep::Enrol => unreachable!("nothing is missing"),
            NextStep::AskConsent => 'a',
            NextStep::IssueCode(..) => 'c',
            NextStep::Refuse(AuthorizationErrorCode::LoginRequired) => 'l',
            NextStep::Refuse(AuthorizationErrorCode::InteractionRequired) => 'i',
            NextStep::Refuse(_) => 'r',
        }
    }

    #[test]
    fn the_first_missing_thing_comes_next() {
        let all = || Some(consent("openid profile email"));
        for (prompt, max_age, signed_in, consent, next) in [
            ("", "", None, None, 's'),
            ("", "", Some(-99), None, 'a'),
            ("", "", Some(-99), all(), 'c'),
            ("", "", Some(-99), Some(consent("openid")), 'a'),
            ("none", "", None, all(), 'l'),
            ("none", "", Some(-99), None, 'r'),
            ("none", "", Some(-99), all(), 'c'),
            ("login", "", Some(-1), all(), 's'),
            ("login", "", Some(0), all(), 'c'),
            ("select_account", "", Some(-1), all(), 's'),
            ("consent", "", Some(-99), all(), 'a'),
            ("consent", "", Some(-99), Some(given_here("openid")), 'a'),
            ("login consent", "", Some(1), Some(given_here("openid profile")), 'c'),
            ("", "0", Some(-1), all(), 's'),
            ("", "0", Some(0), all(), 'c'),
            ("", "99", Some(-99), all(), 'c'),
            ("", "98", Some(-99), all(), 's'),
            ("none", "98", Some(-99), all(), 'l'),
        ] {
            assert_eq!(
                step((prompt, max_age), &client("app"), signed_in.map(session).as_ref(), consent.as_ref()),
                next,
                "{prompt:?} {max_age:?} {signed_in:?}"
            );
        }
    }

    /// D12, RFC 8252 §8.6; and whoever describes itself
    #[test]
    fn a_native_client_gets_no_code_without_a_page_that_the_person_sees() {
        let remembered = || Some(consent("openid profile"));
        for (prompt, signed_in, consent, next) in [
            ("", None, remembered(), 's'),
            ("", Some(-99), None, 'a'),
            ("", Some(-99), remembered(), 'a'),
            ("", Some(-99), Some(given_here("openid")), 'a'),
            ("", Some(-99), Some(given_here("openid profile")), 'c'),
            ("login", Some(0), remembered(), 'a'),
            ("none", None, remembered(), 'l'),
            ("none", Some(-99), None, 'i'),
            ("none", Some(-99), remembered(), 'i'),
        ] {
            let session = signed_in.map(session);
            for client in [native(), documented()] {
                let step = step((prompt, ""), &client, session.as_ref(), consent.as_ref());
                assert_eq!(step, next, "{prompt:?} {consent:?} {}", client.client_id);
            }
        }
    }

    #[test]
    fn what_is_missing_comes_before_consent_and_never_silently() {
        let (second, enrol) =
            (Missing::SecondFactor { phishing_resistant: false }, Missing::Enrolment { phishing_resistant: true });
        let login_required = || NextStep::Refuse(AuthorizationErrorCode::LoginRequired);
        let all = consent("openid");
        for (prompt, missing, expected) in [
            ("", second, NextStep::SecondFactor),
            ("", enrol, NextStep::Enrol),
            ("none", second, login_required()),
            ("none", enrol, login_required()),
        ] {
            let request = fixtures::request(&[("prompt", prompt)]);
            assert_eq!(
                next(&request, Some((&session(0), missing)), Some(&all), &all.scope),
                expected,
                "{prompt} {missing:?}"
            );
        }
    }

    #[test]
    fn an_essential_acr_that_nobody_reaches_is_refused_at_once() {
        let claims = r#"{"id_token": {"acr": {"essential": true, "value": "urn:x"}}}"#;
        let refused = next(&fixtures::request(&[("claims", claims)]), None, None, &Scope::default());
        assert_eq!(refused, NextStep::Refuse(AuthorizationErrorCode::UnmetAuthenticationRequirements));
    }

    #[test]
    fn another_person_than_the_hinted_one_signs_in_anew() {
        let mut request = fixtures::request(&[]);
        request.subject = Some("somebody else".into());
        assert_eq!(next(&request, Some((&session(0), Missing::Nothing)), None, &Scope::default()), NextStep::SignIn);
    }

    #[test]
    fn claims_that_are_asked_for_one_by_one_need_a_consent_and_add_no_scope() {
        let claims = r#"{"userinfo": {"email": null}, "id_token": {"name": null}}"#;
        let (request, session) = (fixtures::request(&[("claims", claims)]), session(0));
        let openid = "openid".parse::<Scope>().unwrap();
        for (consented, expected) in [
            ("openid", NextStep::AskConsent),
            // The client is not registered for `email`.
            ("openid profile", NextStep::IssueCode(&session, openid.clone())),
        ] {
            let step = next(&request, Some((&session, Missing::Nothing)), Some(&consent(consented)), &openid);
            assert_eq!(step, expected, "{consented}");
        }
    }

    #[test]
    fn why_nothing_can_be_granted_is_said_once_somebody_is_signed_in() {
        let (request, session) = (fixtures::request(&[]), session(0));
        for code in [AuthorizationErrorCode::InvalidScope, AuthorizationErrorCode::InvalidTarget] {
            let step = |signed_in| next_step(&request, &client("app"), signed_in, Some(&consent("openid")), Err(code));
            assert_eq!(step(Some((&session, Missing::Nothing))), NextStep::Refuse(code));
            assert_eq!(step(None), NextStep::SignIn);
        }
    }

    proptest! {
        #[test]
        fn no_code_without_a_consent_that_covers_it(
            granted in "[a-d]( [a-d]){0,3}", consented in "[a-d]( [a-d]){0,3}", is_native: bool, given_here: bool, asks: bool,
        ) {
            let (granted, consented): (Scope, Scope) = (granted.parse().unwrap(), consented.parse().unwrap());
            let consent = Consent { scope: consented.clone(), given_here };
            let (session, client) = (session(0), if is_native { native() } else { client("app") });
            let request = fixtures::request(&[("prompt", if asks { "consent" } else { "" })]);
            let step = next_step(&request, &client, Some((&session, Missing::Nothing)), Some(&consent), Ok(&granted));
            let suffices = consented.covers(&granted) && (given_here || !(is_native || asks));
            prop_assert_eq!(matches!(step, NextStep::IssueCode(..)), suffices);
        }
    }
}
