//! Examples that the tests of several rules share.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    assurance::Level,
    authorization_request::{AuthorizationRequest, Destination},
    claims_request::ClaimsRequest,
    client::{AuthMethod, AuthenticatedClient, Client, ClientType, Credentials, GrantType},
    grant::Grant,
    parameters::Parameters,
    signing_algorithm::SigningAlgorithm,
};

pub const CALLBACK: &str = "https://app.example/callback";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A moment: seconds after the request of [`request`] arrived.
pub fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::seconds(seconds)
}

/// A public client that may do all that such a client can do.
pub fn client(client_id: &str) -> Client {
    Client {
        client_id: client_id.into(),
        name: "App".into(),
        client_type: ClientType::Browser,
        auth_method: AuthMethod::None,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        redirect_uris: vec![CALLBACK.into()],
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        backchannel_logout_session_required: false,
        frontchannel_logout_uri: None,
        frontchannel_logout_session_required: false,
        scopes: "openid profile offline_access".parse().unwrap(),
        id_token_signed_response_alg: SigningAlgorithm::Rs256,
        access_token_lifetime: 300,
        refresh_token_idle_lifetime: 1000,
        refresh_token_lifetime: 10_000,
        introspects_api: None,
        required_level: Level::Aal1,
        introspects_all: false,
        contacts: Vec::new(),
        client_uri: None,
        policy_uri: None,
        tos_uri: None,
        enabled: true,
        tokens_not_before: None,
        created_at: at(0),
        updated_at: at(0),
        revision: 1,
        secrets: Vec::new(),
    }
}

/// The client, after it has proved who it is.
pub fn authenticated(client: Client) -> AuthenticatedClient {
    Arc::new(client).authenticate(&Credentials::None, at(0)).ok().unwrap()
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
    AuthorizationRequest::parse(&parameters, &client, destination, None, at(0)).unwrap()
}
