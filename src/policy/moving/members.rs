//! What other servers say of a client and we do not: members of RFC 7591 and its kin, each with what becomes of it.

use serde_json::Value;

use crate::protocol::client_metadata::fields::FIELDS;

/// What becomes of a member that says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is so here for every client, or says nothing about what a client may do.
    Nothing,
    /// It is left out; the text says what that means.
    LeftOut(&'static str),
    /// It asks for something stricter, or for another form of what we send: without it the client would be less safe than
    /// it was, or would not work. The text says what to do.
    Refused(&'static str),
}

use Fate::{LeftOut, Nothing, Refused};

const NOT_ENCRYPTED: Fate = Refused(
    "nothing is encrypted to clients here yet: if TLS suffices for it, remove this member, and change the application",
);
const NOT_SIGNED: Fate =
    Refused("this answer is plain JSON here: remove this member, and let the application read JSON");
const NO_ENCRYPTED_REQUESTS: Fate =
    Refused("encrypted requests are not taken here: remove this member, and push the requests");
const NO_CIBA: Fate = LeftOut("there is no back-channel authentication (CIBA) here");
const LIFETIME: Fate = LeftOut("lifetimes are set by access_token_lifetime and refresh_token_lifetime, within bounds");

/// Every member that is known, by its name, and which text of it says nothing.
const MEMBERS: &[(&str, &str, Fate)] = &[
    // RFC 7591 and RFC 7592
    ("response_types", "", Nothing), // the grant types say it
    ("software_id", "", Nothing),
    ("software_version", "", Nothing),
    ("software_statement", "", LeftOut("what it says is registered only as far as the other members say it")),
    ("registration_access_token", "", Nothing),
    ("registration_client_uri", "", Nothing),
    ("logo_uri", "", LeftOut("logos of clients are not shown here")),
    // OpenID Connect Dynamic Client Registration
    ("application_type", "", Nothing), // the type says it
    (
        "subject_type",
        "public",
        Refused("pairwise subjects are not made here yet: remove this member if all may see the same one"),
    ),
    ("sector_identifier_uri", "", LeftOut("it matters for pairwise subjects only")),
    ("id_token_encrypted_response_alg", "none", NOT_ENCRYPTED),
    ("id_token_encrypted_response_enc", "", NOT_ENCRYPTED),
    ("userinfo_signed_response_alg", "none", NOT_SIGNED),
    ("userinfo_encrypted_response_alg", "none", NOT_ENCRYPTED),
    ("userinfo_encrypted_response_enc", "", NOT_ENCRYPTED),
    ("request_object_signing_alg", "none", LeftOut("the key says which algorithm it is for")),
    ("request_object_encryption_alg", "none", NO_ENCRYPTED_REQUESTS),
    ("request_object_encryption_enc", "", NO_ENCRYPTED_REQUESTS),
    (
        "token_endpoint_auth_signing_alg",
        "none",
        LeftOut("the key says which algorithm it is for, and RS256 is not taken"),
    ),
    ("default_max_age", "", Refused("send max_age in each request, and remove this member")),
    ("default_acr_values", "", Refused("set required_acr (aal1, aal2 or phr) in its place")),
    ("require_auth_time", "", Nothing),
    ("initiate_login_uri", "", LeftOut("sign-ins begin at the application")),
    ("request_uris", "", LeftOut("requests by reference are not taken")),
    // RFC 8705, RFC 9101, RFC 9126, RFC 9396, RFC 9449, RFC 9701, JARM
    ("use_mtls_endpoint_aliases", "", Nothing), // that is the client's affair
    ("authorization_details_types", "", LeftOut("what may be asked for is said by scopes alone")),
    ("introspection_signed_response_alg", "none", NOT_SIGNED),
    ("introspection_encrypted_response_alg", "none", NOT_ENCRYPTED),
    ("introspection_encrypted_response_enc", "", NOT_ENCRYPTED),
    ("authorization_encrypted_response_alg", "none", NOT_ENCRYPTED),
    ("authorization_encrypted_response_enc", "", NOT_ENCRYPTED),
    // CIBA
    ("backchannel_token_delivery_mode", "", NO_CIBA),
    ("backchannel_client_notification_endpoint", "", NO_CIBA),
    ("backchannel_authentication_request_signing_alg", "none", NO_CIBA),
    ("backchannel_user_code_parameter", "", NO_CIBA),
    // Ory Hydra
    ("metadata", "", LeftOut("notes of other programs are not kept")),
    ("owner", "", LeftOut("write who is responsible as contacts")),
    ("audience", "", LeftOut("a client’s scopes say which APIs its tokens are for")),
    ("allowed_cors_origins", "", LeftOut("scripts may call from the origins of the redirect URIs of browser clients")),
    ("access_token_strategy", "jwt", LeftOut("access tokens are signed here (RFC 9068), whatever the client")),
    ("skip_consent", "", LeftOut("users are asked once for each client")),
    ("skip_logout_consent", "", LeftOut("users are asked unless the client sends id_token_hint")),
    ("authorization_code_grant_access_token_lifespan", "", LIFETIME),
    ("authorization_code_grant_id_token_lifespan", "", LIFETIME),
    ("authorization_code_grant_refresh_token_lifespan", "", LIFETIME),
    ("client_credentials_grant_access_token_lifespan", "", LIFETIME),
    ("device_authorization_grant_access_token_lifespan", "", Nothing),
    ("device_authorization_grant_id_token_lifespan", "", Nothing),
    ("device_authorization_grant_refresh_token_lifespan", "", Nothing),
    ("implicit_grant_access_token_lifespan", "", Nothing),
    ("implicit_grant_id_token_lifespan", "", Nothing),
    ("jwt_bearer_grant_access_token_lifespan", "", Nothing),
    ("refresh_token_grant_access_token_lifespan", "", LIFETIME),
    ("refresh_token_grant_id_token_lifespan", "", LIFETIME),
    ("refresh_token_grant_refresh_token_lifespan", "", LIFETIME),
];

/// What becomes of a member that is none of ours. Of names that nobody here has heard of, those that ask for something
/// stricter are refused too.
pub fn fate(name: &str, value: &Value) -> Fate {
    let known = MEMBERS.iter().find(|(known, ..)| *known == name);
    if says_nothing(value) || known.is_some_and(|(_, nothing, _)| value == nothing) {
        return Nothing;
    }
    if let Some((.., fate)) = known {
        return *fate;
    }
    let is_stricter = name.starts_with("require") || name.ends_with("_required") || name.contains("_bound_");
    if is_stricter && *value == true {
        return Refused("it asks for something stricter that is not known here: remove it if that is not needed");
    }
    if name.contains('#') { LeftOut("a text in one language is kept") } else { LeftOut("it is not known here") }
}

/// Whether a member asks for something that is not done here, and without which the client would be less safe than it relies
/// on.
pub fn is_stricter(name: &str, value: &Value) -> bool {
    let is_ours = FIELDS.iter().any(|field| field.name == name);
    !is_ours && matches!(fate(name, value), Refused(_))
}

/// Whether any member that only OpenID Connect has stands there.
pub fn is_of_openid(name: &str) -> bool {
    const OF_OPENID: [&str; 8] = [
        "application_type",
        "subject_type",
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "default_max_age",
        "require_auth_time",
        "post_logout_redirect_uris",
        "sector_identifier_uri",
    ];
    OF_OPENID.contains(&name)
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_stricter_is_refused_and_what_says_nothing_is_passed_over() {
        for (name, value, is_refused) in [
            ("require_moonlight", json!(true), true),
            ("signature_required", json!(true), true),
            ("subject_type", json!("pairwise"), true),
            ("subject_type", json!("public"), false),
            ("request_object_encryption_alg", json!("RSA-OAEP"), true),
            ("default_max_age", json!(0), true),
            ("logo_uri", json!("https://app.example/logo.png"), false),
        ] {
            assert_eq!(matches!(fate(name, &value), Refused(_)), is_refused, "{name}: {value}");
        }
        assert!(matches!(fate("client_name#fr", &json!("Dossiers")), LeftOut(_)));
    }

    #[test]
    fn each_member_stands_there_once_and_is_none_of_ours() {
        use std::collections::BTreeSet;

        let names = MEMBERS.iter().map(|(name, ..)| *name).collect::<BTreeSet<_>>();
        assert_eq!(names.len(), MEMBERS.len());
        assert!(FIELDS.iter().all(|field| !names.contains(field.name)));
    }
}
