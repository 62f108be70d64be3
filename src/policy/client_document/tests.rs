use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    outbound::OutboundSettings,
    policy::fixtures::registry,
    protocol::{
        client::{AuthMethod, GrantType},
        fixtures,
    },
};

const URL: &str = "https://agents.example.org/client.json";

fn url() -> ClientIdUrl {
    ClientIdUrl::parse(URL).unwrap()
}

fn hosts(entries: &[&str]) -> Vec<DocumentHost> {
    entries.iter().map(|entry| entry.parse().unwrap()).collect()
}

fn scope(text: &str) -> Scope {
    text.parse().unwrap()
}

/// A good document with these members in place of its own; `null` leaves one out.
fn document(changes: &Value) -> Vec<u8> {
    let mut members = json!({
        "client_id": URL,
        "client_name": "Agent",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "logo_uri": "https://agents.example.org/logo.png",
        "client_uri": "https://agents.example.org/",
        "unheard_of": {"a": [1]},
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.as_object_mut().unwrap().remove(name);
        } else {
            members[name] = value.clone();
        }
    }
    members.to_string().into_bytes()
}

fn described(changes: &Value) -> Result<ClientMetadata, UnusableDocument> {
    read(&url(), &document(changes), &scope("openid records:read"))
}

#[test]
fn a_document_makes_a_public_client_with_no_more_than_its_host_may_have() {
    let client = described(&json!({})).unwrap();

    assert_eq!(
        (client.name.as_str(), client.client_type, client.auth_method),
        ("Agent", ClientType::Native, AuthMethod::None)
    );
    assert_eq!(client.redirect_uris, ["http://127.0.0.1/callback"]);
    assert_eq!(client.scopes, scope("openid records:read"));
    assert_eq!((client.client_uri, client.policy_uri, client.tos_uri), (None, None, None), "nobody vouches for links");
    for (asked, left) in
        [("records:read", "records:read"), ("openid records:write", "openid"), ("", "openid records:read")]
    {
        assert_eq!(described(&json!({ "scope": asked })).unwrap().scopes, scope(left), "{asked}");
    }
    assert!(described(&json!({"scope": "admin"})).unwrap().scopes.iter().next().is_none());
}

#[test]
fn what_a_document_leaves_out_has_the_defaults_of_rfc_7591_but_for_the_secret() {
    let bare =
        json!({"client_name": null, "grant_types": null, "response_types": null, "token_endpoint_auth_method": null});
    let client = described(&bare).unwrap();

    assert_eq!(client.name, "agents.example.org");
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    assert_eq!(client.auth_method, AuthMethod::None);
}

#[test]
fn where_it_answers_tells_what_it_is() {
    for (uris, expected) in [
        (json!(["https://app.example/cb"]), ClientType::Browser),
        (json!(["https://app.example/cb", "http://localhost:3000/cb"]), ClientType::Native),
        (json!(["http://[::1]/cb"]), ClientType::Native),
        (json!(["org.example.agents:/cb"]), ClientType::Native),
    ] {
        assert_eq!(described(&json!({ "redirect_uris": uris })).unwrap().client_type, expected, "{uris}");
    }
}

#[test]
fn a_document_that_is_not_what_it_must_be_is_refused_with_the_reason() {
    use UnusableDocument::{AuthMethod, Lacks, Malformed, OtherClientId, Secret, SecretKey, Stricter};
    for (changes, refused) in [
        (json!({"client_id": null}), OtherClientId),
        (json!({"client_id": "https://agents.example.org/other.json"}), OtherClientId),
        (json!({"client_id": "https://agents.example.org:443/client.json"}), OtherClientId),
        (json!({"client_id": [URL]}), OtherClientId),
        (json!({"client_secret": "ptc_cs_x"}), Secret("client_secret")),
        (json!({"client_secret_expires_at": 0}), Secret("client_secret_expires_at")),
        (json!({"jwks": {"keys": [{"kty": "EC", "d": "x"}]}}), SecretKey),
        (json!({"jwks": {"keys": [{"kty": "oct", "k": "x"}]}}), SecretKey),
        (json!({"jwks": {"keys": [{"kty": "RSA", "oth": []}]}}), SecretKey),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), AuthMethod),
        (json!({"token_endpoint_auth_method": "client_secret_basic"}), AuthMethod),
        (json!({"token_endpoint_auth_method": 1}), Malformed("token_endpoint_auth_method")),
        (json!({"use_moonlight_bound_tokens": true}), Stricter("use_moonlight_bound_tokens".into())),
        (json!({"request_object_encryption_alg": "RSA-OAEP"}), Stricter("request_object_encryption_alg".into())),
        (json!({"response_types": ["token"]}), Lacks("response_types", "code")),
        (json!({"grant_types": ["client_credentials"]}), Lacks("grant_types", "authorization_code")),
        (json!({"grant_types": "authorization_code"}), Malformed("grant_types")),
        (json!({"redirect_uris": "https://app.example/cb"}), Malformed("redirect_uris")),
        (json!({"redirect_uris": [1]}), Malformed("redirect_uris")),
        (json!({"scope": ["openid"]}), Malformed("scope")),
        (json!({"scope": "a\"b"}), Malformed("scope")),
    ] {
        assert_eq!(described(&changes).err(), Some(refused), "{changes}");
    }
    for refused in [&b"[]"[..], b"", b"{", b"null", br#"{"client_id": 1, "client_id": 2}"#] {
        assert_eq!(read(&url(), refused, &Scope::default()), Err(UnusableDocument::NotJson));
    }
    for name in [json!(7), json!("a\u{202e}b"), json!("x".repeat(101)), json!(" ")] {
        let read = described(&json!({ "client_name": name })).and_then(|client| {
            client_metadata::check(&client, &registry(&[]), &OutboundSettings::default())
                .map_err(UnusableDocument::Refused)
        });
        assert!(matches!(read, Err(UnusableDocument::Refused(_))), "{name}");
    }
}

#[test]
fn the_list_says_exactly_whose_documents_count() {
    let list = hosts(&["agents.example.org openid records:read", "tools.example.org", "localhost:8443"]);
    for (url, scopes) in [
        (URL, Some("openid records:read")),
        ("https://agents.example.org:8443/c", Some("openid records:read")),
        ("https://tools.example.org/c", Some("openid profile email offline_access")),
        ("https://localhost:8443/c", Some("openid profile email offline_access")),
        ("https://localhost/c", None),
        ("https://localhost:8444/c", None),
        ("https://x.agents.example.org/c", None),
        ("https://agents.example.org.evil.example/c", None),
        ("https://example.org/c", None),
    ] {
        let found = admitted(&ClientIdUrl::parse(url).unwrap(), &list);
        assert_eq!(found, scopes.map(scope), "{url}");
    }
    assert_eq!(admitted(&url(), &[]), None);
}

#[test]
fn a_client_has_what_the_list_leaves_it_now() {
    let documented = || fixtures::client_with(URL, |client| client.scopes = scope("openid records:read"));
    for (list, enabled, scopes) in [
        (&["agents.example.org openid"][..], true, "openid"),
        (&["agents.example.org openid records:read records:write"], true, "openid records:read"),
        (&["tools.example.org"], false, "openid records:read"),
        (&[], false, "openid records:read"),
    ] {
        let client = as_admitted(documented(), &hosts(list));
        assert_eq!((client.enabled, &client.scopes), (enabled, &scope(scopes)), "{list:?}");
    }
    let disabled = Client { enabled: false, ..documented() };
    assert!(!as_admitted(disabled, &hosts(&["agents.example.org"])).enabled, "the list enables nobody");
    assert!(as_admitted(fixtures::client("app"), &[]).enabled, "others have nothing to do with it");
}

fn any_member() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~]{0,12}".prop_map(Value::from),
        "https?://[a-z.]{1,9}/[a-z*#]{0,3}".prop_map(Value::from),
        Just(json!("javascript:alert(1)")),
        Just(json!("client_credentials")),
        Just(json!("authorization_code")),
        Just(json!("none")),
        Just(json!("code")),
    ];
    let texts = prop::collection::vec(text.clone(), 0..3).prop_map(Value::from);
    prop_oneof![text, texts, any::<bool>().prop_map(Value::from), any::<i32>().prop_map(Value::from)]
}

proptest! {
    /// No document makes a client that registration would refuse, or one with more than its host may have.
    #[test]
    fn whatever_a_document_says_the_rules_for_every_client_hold(
        members in prop::collection::vec((
            prop::sample::select(vec![
                "client_name", "redirect_uris", "scope", "grant_types", "response_types", "token_endpoint_auth_method",
                "post_logout_redirect_uris", "type", "introspects_all", "backchannel_logout_uri", "access_token_lifetime",
                "id_token_signed_response_alg", "all_roles", "required_acr",
            ]),
            any_member(),
        ), 0..4),
    ) {
        let changes = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>();
        let (most, registry) = (scope("openid read"), registry(&[]));
        if let Ok(client) = read(&url(), &document(&Value::Object(changes)), &most)
            && let Ok(client) = client_metadata::check(&known_scopes(&client, &registry), &registry, &OutboundSettings::default())
        {
            prop_assert!(client.is_public() && !client.introspects_all && client.backchannel_logout_uri.is_none());
            prop_assert!(matches!(client.client_type, ClientType::Native | ClientType::Browser));
            prop_assert!(!client.redirect_uris.is_empty() && most.covers(&client.scopes) && !client.all_roles);
            prop_assert!(client.grant_types.iter().all(|grant| *grant != GrantType::ClientCredentials));
            for uri in &client.redirect_uris {
                prop_assert_eq!(redirect_uri::check_registration(uri, client.client_type), Ok(()), "{}", uri);
            }
        }
    }
}
