//! What we publish about ourselves ([RFC 8414], [OpenID Connect Discovery §3]). It lists only what works.
//!
//! [RFC 8414]: https://www.rfc-editor.org/rfc/rfc8414
//! [OpenID Connect Discovery §3]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata

use serde_json::{Value, json};

use super::{
    assurance::Level,
    authorization_request::ResponseMode,
    client::values::{AuthMethod, GrantType},
    dpop, endpoint,
    signing_algorithm::SigningAlgorithm,
    standard_claims,
};

/// Which certificates of clients count here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificatesTaken {
    /// None: nobody is asked for one.
    None,
    /// Those that clients have registered themselves.
    Registered,
    /// Those, and what authorities of this installation vouch for.
    VouchedFor,
}

/// The metadata document, the same at both well-known places. `api_scopes` are those that administrators registered.
#[must_use]
pub fn document<'a>(
    issuer: &str,
    api_scopes: impl IntoIterator<Item = &'a str>,
    certificates: CertificatesTaken,
) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    let is_taken = |method: &&AuthMethod| match method {
        AuthMethod::TlsClientAuth => certificates == CertificatesTaken::VouchedFor,
        AuthMethod::SelfSignedTlsClientAuth => certificates != CertificatesTaken::None,
        _ => true,
    };
    let methods = AuthMethod::ALL.iter().filter(is_taken).map(|method| method.as_str()).collect::<Vec<_>>();
    let proving = methods.iter().filter(|method| **method != AuthMethod::None.as_str()).collect::<Vec<_>>();
    let of_clients = SigningAlgorithm::OF_CLIENTS.map(SigningAlgorithm::as_str);
    let scopes = standard_claims::SCOPES.into_iter().chain(api_scopes).collect::<Vec<_>>();
    let own_claims = ["sub", "iss", "aud", "exp", "iat", "auth_time", "sid", "nonce", "acr", "amr"];
    let claims = own_claims.into_iter().chain(standard_claims::claim_names()).chain([standard_claims::ROLES]);
    let claims = claims.collect::<Vec<_>>();
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth2/authorize"),
        "token_endpoint": at(endpoint::TOKEN),
        "pushed_authorization_request_endpoint": at(endpoint::PUSHED_REQUESTS),
        "require_pushed_authorization_requests": false,
        "userinfo_endpoint": at(endpoint::USERINFO),
        "jwks_uri": at("/oauth2/jwks"),
        "introspection_endpoint": at("/oauth2/introspect"),
        "revocation_endpoint": at("/oauth2/revoke"),
        "end_session_endpoint": at("/oauth2/end-session"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::NAMED.map(|(name, _)| name),
        "authorization_signing_alg_values_supported": SigningAlgorithm::ALL.map(SigningAlgorithm::as_str),
        "grant_types_supported": GrantType::ALL.iter().map(|grant| grant.as_str()).collect::<Vec<_>>(),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": of_clients,
        "introspection_endpoint_auth_methods_supported": proving,
        "introspection_endpoint_auth_signing_alg_values_supported": of_clients,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": of_clients,
        "scopes_supported": scopes,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": SigningAlgorithm::ALL.map(SigningAlgorithm::as_str),
        "dpop_signing_alg_values_supported": dpop::ALGORITHMS.map(SigningAlgorithm::as_str),
        "acr_values_supported": Level::ALL.map(Level::as_str),
        "claims_supported": claims,
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": SigningAlgorithm::ALL.map(SigningAlgorithm::as_str),
        "require_signed_request_object": false,
        "tls_client_certificate_bound_access_tokens": certificates != CertificatesTaken::None,
        "request_uri_parameter_supported": false,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    })
}

/// The endpoints where clients that have a certificate show it, under the URL that asks for one ([RFC 8705 §5]). Browsers go
/// to none of them: there a page would ask users which of their certificates they mean.
///
/// [RFC 8705 §5]: https://www.rfc-editor.org/rfc/rfc8705#section-5
#[must_use]
pub fn mtls_endpoint_aliases(document: &Value, issuer: &str, mtls_url: &str) -> Value {
    const CALLED_BY_CLIENTS: [&str; 5] = [
        "token_endpoint",
        "pushed_authorization_request_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
    ];
    let alias = |name: &str| {
        let path = document[name].as_str()?.strip_prefix(issuer)?;
        Some((name.to_owned(), Value::from(format!("{mtls_url}{path}"))))
    };
    CALLED_BY_CLIENTS.into_iter().filter_map(alias).collect::<serde_json::Map<_, _>>().into()
}
