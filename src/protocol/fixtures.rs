//! Examples that the tests of several rules share.

use std::sync::Arc;

use proptest::{collection::vec, option, prelude::*, sample::subsequence};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    assurance::Level,
    authorization_request::{AuthorizationRequest, Destination},
    claims_request::ClaimsRequest,
    client::{
        AuthenticatedClient, Client, ClientType, Credentials,
        values::{AssertionAudience, IdTokenClaims},
    },
    client_metadata::ClientMetadata,
    grant::Grant,
    jwk_set::JwkSet,
    parameters::Parameters,
    scope::Scope,
    signing_algorithm::SigningAlgorithm,
};

pub const CALLBACK: &str = "https://app.example/callback";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The thumbprint of a key (RFC 9449 §6.1).
pub const KEY: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

/// A moment: seconds after the request of [`request`] arrived.
pub fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::seconds(seconds)
}

/// A public client that may do all that such a client can do.
pub fn client(client_id: &str) -> Client {
    client_with(client_id, |_| ())
}

/// The same client, but for this.
pub fn client_with(client_id: &str, change: impl FnOnce(&mut ClientMetadata)) -> Client {
    let mut metadata = ClientMetadata {
        name: "App".into(),
        redirect_uris: vec![CALLBACK.into()],
        scopes: "openid profile offline_access".parse().unwrap(),
        refresh_token_idle_lifetime: 1000,
        refresh_token_lifetime: 10_000,
        ..ClientMetadata::of_type(ClientType::Browser)
    };
    change(&mut metadata);
    Client::new(client_id.into(), metadata, at(0))
}

/// Metadata of any client that can be written down, whether it may be registered or not.
pub fn any_metadata() -> impl Strategy<Value = ClientMetadata> {
    let uri = || "https://[a-z]{1,8}\\.example/[a-z]{0,8}";
    let link = move || option::of(uri());
    let links = (link(), link(), link(), link(), link(), option::of("urn:[a-z]{1,8}"));
    let lists = (vec(uri(), 0..4), vec(uri(), 0..4), vec("[a-z]{1,8}@people\\.example", 0..4));
    let scopes = subsequence(vec!["openid", "email", "records:read", "records:write"], 0..=4);
    let chosen = (any::<proptest::sample::Index>(), any::<[bool; 3]>(), any::<[u16; 3]>(), scopes);
    ("[A-Za-z][ -~]{0,20}[a-z]", links, lists, chosen).prop_map(|(name, links, lists, chosen)| {
        let (nth, [all, back, front], seconds, scopes) = chosen;
        ClientMetadata {
            name,
            redirect_uris: lists.0,
            scopes: scopes.join(" ").parse().unwrap_or_default(),
            required_level: *nth.get(&Level::ALL),
            access_token_lifetime: seconds[0].into(),
            refresh_token_idle_lifetime: seconds[1].into(),
            refresh_token_lifetime: seconds[2].into(),
            require_auth_method: back,
            require_pushed_authorization_requests: front,
            require_signed_request_object: back,
            tls_client_auth_subject_dn: links.0.clone().map(|_| "CN=app,O=Example".to_owned()),
            tls_client_certificate_bound_access_tokens: back,
            jwks: all.then(|| JwkSet { keys: vec![serde_json::json!({"kty": "OKP", "kid": "a"})] }),
            jwks_uri: links.5.clone().map(|_| "https://app.example/jwks".to_owned()),
            assertion_audience: *nth.get(AssertionAudience::ALL),
            dpop_bound_access_tokens: front,
            id_token_signed_response_alg: *nth.get(&SigningAlgorithm::ALL),
            authorization_signed_response_alg: *nth.get(&SigningAlgorithm::ALL),
            id_token_claims: *nth.get(IdTokenClaims::ALL),
            roles_claim: links.5.clone().map(|_| "realm_access.roles".to_owned()),
            all_roles: front,
            introspects_api: links.5,
            introspects_all: all,
            post_logout_redirect_uris: lists.1,
            backchannel_logout_uri: links.0,
            backchannel_logout_session_required: back,
            frontchannel_logout_uri: links.1,
            frontchannel_logout_session_required: front,
            contacts: lists.2,
            client_uri: links.2,
            policy_uri: links.3,
            tos_uri: links.4,
            ..ClientMetadata::of_type(*nth.get(ClientType::ALL))
        }
    })
}

/// The client, after it has proved who it is.
pub fn authenticated(client: Client) -> AuthenticatedClient {
    Arc::new(client).authenticate(&Credentials::None, "https://id.example", at(0)).ok().unwrap()
}

/// What somebody allowed this client at the moment 0, for 10,000 seconds.
pub fn grant(client_id: &str) -> Grant {
    Grant {
        grant_id: Uuid::nil(),
        client_id: client_id.into(),
        user_id: Uuid::nil(),
        session_id: Uuid::nil(),
        scope: "openid profile offline_access".parse().unwrap(),
        resources: Vec::new(),
        claims: ClaimsRequest::default(),
        nonce: None,
        authenticated_at: at(0),
        amr: vec!["pwd".into()],
        acr: "aal1".into(),
        created_at: at(0),
        expires_at: at(10_000),
        revoked: false,
    }
}

/// The parameters of a good request, with these in place of its own; an empty one is left out.
pub fn parameters(changes: &[(&str, &str)]) -> Parameters {
    let good = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile"),
        ("state", "xyz"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = good.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let given = changes.iter().copied().filter(|(_, value)| !value.is_empty());
    Parameters::from_pairs(kept.chain(given))
}

/// A good request with these changes.
pub fn request(changes: &[(&str, &str)]) -> AuthorizationRequest {
    let (parameters, client) = (parameters(changes), client("app"));
    let destination = Destination::find(&parameters, &client).unwrap();
    AuthorizationRequest::parse(&parameters, &client, destination, None, Scope::default(), at(0)).unwrap()
}
