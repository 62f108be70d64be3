use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::protocol::{
    access_token,
    client::{AuthMethod, GrantType},
    client_metadata::field::Kind,
    jwk_set::JwkSet,
};

const API: &str = "https://records.example/api";
const API_ID: &str = "0192f0c1-7e1b-7000-8000-000000000000";

/// One API, which has the scope `records:read`.
struct Records;

impl Apis for Records {
    fn has_scope(&self, name: &str) -> bool {
        name == "records:read"
    }

    fn identifier(&self, named: &str) -> Option<&str> {
        (named == API || named == API_ID).then_some(API)
    }
}

/// A client that passes, of this type.
fn good(client_type: ClientType) -> ClientMetadata {
    let uris = if client_type == ClientType::Service { vec![] } else { vec!["https://app.example/cb".to_owned()] };
    ClientMetadata {
        name: "App".into(),
        redirect_uris: uris,
        scopes: "records:read".parse().unwrap(),
        ..ClientMetadata::of_type(client_type)
    }
}

fn checked(metadata: &ClientMetadata) -> Result<ClientMetadata, Vec<Refusal>> {
    check(metadata, &Records, &OutboundSettings::default())
}

fn refused(checked: Result<ClientMetadata, Vec<Refusal>>) -> Vec<(&'static str, Fault)> {
    checked.err().into_iter().flatten().map(|refusal| (refusal.field, refusal.code)).collect()
}

/// Reads the good client with these members in place of its own.
fn read_with(client_type: ClientType, members: &Value) -> Result<ClientMetadata, Vec<Refusal>> {
    let mut given = good(client_type).members();
    given.extend(members.as_object().unwrap().clone());
    read(given, None)
}

#[test]
fn each_type_has_its_defaults() {
    use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
    for (client_type, method, grants) in [
        (ClientType::Web, AuthMethod::ClientSecretBasic, &[AuthorizationCode, RefreshToken][..]),
        (ClientType::Browser, AuthMethod::None, &[AuthorizationCode, RefreshToken]),
        (ClientType::Native, AuthMethod::None, &[AuthorizationCode, RefreshToken]),
        (ClientType::Service, AuthMethod::ClientSecretBasic, &[ClientCredentials]),
    ] {
        let given = json!({"client_name": "App", "type": client_type, "access_token_lifetime": null});

        let client = read(given.as_object().unwrap().clone(), None).unwrap();

        assert_eq!((client.auth_method, client.grant_types.as_slice()), (method, grants));
        assert_eq!((client.access_token_lifetime, client.refresh_token_idle_lifetime), (300, 1_209_600));
        assert_eq!(checked(&good(client_type)), Ok(good(client_type)));
    }
}

#[test]
fn what_is_wrong_is_said_at_its_field() {
    use ClientType::{Browser, Native, Service, Web};
    use Fault::{Malformed, NotAllowed, OutOfBounds, Required, TooMany, Unknown};
    type Change = fn(&mut ClientMetadata);
    for (client_type, field, code, change) in [
        (Web, "client_name", Malformed, (|s| s.name = "\u{202e}app".into()) as Change),
        (Web, "client_name", Required, |s| s.name = " ".into()),
        (Web, "redirect_uris", Required, |s| s.redirect_uris.clear()),
        (Web, "redirect_uris", Malformed, |s| s.redirect_uris = vec!["http://app.example/".into()]),
        (Web, "redirect_uris", TooMany, |s| s.redirect_uris = vec!["https://app.example/".into(); 51]),
        (Browser, "redirect_uris", Malformed, |s| s.redirect_uris = vec!["com.example.app:/cb".into()]),
        (Service, "redirect_uris", NotAllowed, |s| s.redirect_uris = vec!["https://a.example/".into()]),
        (Service, "post_logout_redirect_uris", NotAllowed, |s| {
            s.post_logout_redirect_uris = vec!["https://a.example/".into()];
        }),
        (Web, "scope", Unknown, |s| s.scopes = "records:write".parse().unwrap()),
        (Service, "scope", NotAllowed, |s| s.scopes = "openid".parse().unwrap()),
        (Browser, "token_endpoint_auth_method", NotAllowed, |s| s.auth_method = AuthMethod::ClientSecretBasic),
        (Service, "token_endpoint_auth_method", NotAllowed, |s| s.auth_method = AuthMethod::None),
        (Service, "jwks", Required, |s| s.auth_method = AuthMethod::PrivateKeyJwt),
        (Service, "jwks", Required, |s| s.auth_method = AuthMethod::SelfSignedTlsClientAuth),
        (Service, "jwks", Malformed, |s| s.jwks = Some(JwkSet { keys: vec![json!({"kty": "oct", "k": "AA"})] })),
        (Service, "jwks_uri", NotAllowed, |s| s.jwks_uri = Some("https://10.0.0.1/jwks".into())),
        (Browser, "jwks_uri", NotAllowed, |s| s.jwks_uri = Some("https://app.example/jwks".into())),
        (Service, "tls_client_auth_subject_dn", Required, |s| s.auth_method = AuthMethod::TlsClientAuth),
        (Service, "tls_client_auth_san_dns", NotAllowed, |s| s.tls_client_auth_san_dns = Some("app.example".into())),
        (Service, "tls_client_auth_san_dns", NotAllowed, |s| {
            s.auth_method = AuthMethod::TlsClientAuth;
            s.tls_client_auth_subject_dn = Some("CN=app".into());
            s.tls_client_auth_san_dns = Some("app.example".into());
        }),
        (Service, "tls_client_auth_subject_dn", Malformed, |s| {
            s.auth_method = AuthMethod::TlsClientAuth;
            s.tls_client_auth_subject_dn = Some("app".into());
        }),
        (Web, "require_signed_request_object", NotAllowed, |s| s.require_signed_request_object = true),
        (Native, "grant_types", NotAllowed, |s| {
            s.grant_types = vec![GrantType::AuthorizationCode, GrantType::ClientCredentials];
        }),
        (Web, "grant_types", NotAllowed, |s| s.grant_types = vec![GrantType::RefreshToken]),
        (Web, "grant_types", Required, |s| s.grant_types = vec![]),
        (Web, "access_token_lifetime", OutOfBounds, |s| s.access_token_lifetime = 1801),
        (Web, "access_token_lifetime", OutOfBounds, |s| s.access_token_lifetime = 29),
        (Web, "refresh_token_lifetime", OutOfBounds, |s| s.refresh_token_lifetime = 7_776_001),
        (Web, "introspects_api", Unknown, |s| s.introspects_api = Some("https://other.example".into())),
        (Browser, "introspects_all", NotAllowed, |s| s.introspects_all = true),
        (Web, "contacts", Malformed, |s| s.contacts = vec!["nobody".into()]),
        (Web, "client_uri", Malformed, |s| s.client_uri = Some("javascript:alert(1)".into())),
        (Web, "frontchannel_logout_uri", Malformed, |s| s.frontchannel_logout_uri = Some("javascript:alert(1)".into())),
        (Web, "frontchannel_logout_uri", NotAllowed, |s| {
            s.frontchannel_logout_uri = Some("https://b.example/".into());
        }),
    ] {
        let mut client = good(client_type);
        change(&mut client);
        assert_eq!(refused(checked(&client)), [(field, code)], "{client_type:?}");
    }
}

/// A form sends every field, also those that nobody filled in.
#[test]
fn what_was_left_empty_is_nothing() {
    let empty =
        json!({"jwks": "", "jwks_uri": " ", "roles_claim": "", "introspects_api": "", "tls_client_auth_san_dns": ""});
    for client_type in ClientType::ALL {
        let read = read_with(*client_type, &empty).unwrap();
        assert_eq!(checked(&read).unwrap(), checked(&good(*client_type)).unwrap());
    }
}

#[test]
fn everything_wrong_is_said_at_once_in_the_order_of_the_form() {
    let client = ClientMetadata {
        name: String::new(),
        redirect_uris: vec!["https://*.example".into(), "/cb".into()],
        grant_types: vec![],
        access_token_lifetime: 0,
        ..good(ClientType::Web)
    };
    let names = |refused: Vec<(&'static str, Fault)>| refused.into_iter().map(|(field, _)| field).collect::<Vec<_>>();
    assert_eq!(
        names(refused(checked(&client))),
        ["client_name", "redirect_uris", "redirect_uris", "grant_types", "access_token_lifetime"]
    );
    let mut untyped = client.members();
    untyped.remove("type");
    assert_eq!(
        names(refused(read(untyped.clone(), None))),
        ["client_name", "type", "redirect_uris", "redirect_uris", "access_token_lifetime"]
    );
    assert!(read(untyped, Some(ClientType::Web)).is_ok_and(|read| read == client), "the rest is for the check");
}

#[test]
fn without_a_type_only_what_no_type_allows_is_refused() {
    for uris in [json!([]), json!(["com.example.app:/cb"])] {
        let scope = "openid records:read";
        let read = read_with(ClientType::Native, &json!({"type": null, "redirect_uris": uris, "scope": scope}));
        assert_eq!(refused(read), [("type", Fault::Required)], "{uris}");
    }
}

#[test]
fn what_json_cannot_be_is_said_at_its_field() {
    use Fault::{Malformed, OutOfBounds, Unknown};
    for (members, refusals) in [
        (json!({"client_title": "App"}), &[("metadata", Unknown)][..]),
        (json!({"client_name": 7}), &[("client_name", Malformed)]),
        (json!({"type": "desktop"}), &[("type", Unknown)]),
        (json!({"redirect_uris": "https://app.example/"}), &[("redirect_uris", Malformed)]),
        (json!({"redirect_uris": [1, 2]}), &[("redirect_uris", Malformed), ("redirect_uris", Malformed)]),
        (json!({"scope": ["records:read"]}), &[("scope", Malformed)]),
        (json!({"scope": "a  b"}), &[("scope", Malformed)]),
        (json!({"grant_types": ["password"]}), &[("grant_types", Unknown)]),
        (json!({"introspects_all": "true"}), &[("introspects_all", Malformed)]),
        (json!({"access_token_lifetime": "300"}), &[("access_token_lifetime", OutOfBounds)]),
        (json!({"access_token_lifetime": 5_000_000_000_i64}), &[("access_token_lifetime", OutOfBounds)]),
        (json!({"required_acr": 2, "tos_uri": false}), &[("required_acr", Unknown), ("tos_uri", Malformed)]),
    ] {
        assert_eq!(refused(read_with(ClientType::Web, &members)), refusals, "{members}");
    }
}

#[test]
fn what_passes_is_in_its_normal_form() {
    for api in [API, API_ID] {
        let given = ClientMetadata {
            name: " App ".into(),
            redirect_uris: vec!["https://app.example/cb".into(), "https://app.example/cb".into()],
            introspects_api: Some(format!(" {api} ")),
            tos_uri: Some(" ".into()),
            grant_types: vec![GrantType::RefreshToken, GrantType::AuthorizationCode],
            ..good(ClientType::Web)
        };
        let normal = ClientMetadata { introspects_api: Some(API.into()), ..good(ClientType::Web) };
        assert_eq!(checked(&given), Ok(normal));
    }
}

#[test]
fn a_type_does_not_change() {
    let (web, service) = (good(ClientType::Web), good(ClientType::Service));
    assert_eq!(check_edit(&web, &ClientMetadata { name: "B".into(), ..web.clone() }), []);
    assert_eq!(refused(Err(check_edit(&web, &service))), [("type", Fault::Fixed)]);
}

/// SS-01: what cannot be called is not registered either. A browser loads the page of the front channel, so that may have
/// any port.
#[test]
fn ss_01_a_back_channel_leads_to_the_port_of_https() {
    for (uri, is_good) in [
        ("https://app.example/out", true),
        ("https://app.example:8443/out", false),
        ("https://app.example:22/", false),
        ("https://10.1.2.3/out", false),
        ("http://localhost:3000/out", false),
    ] {
        let client = ClientMetadata { backchannel_logout_uri: Some(uri.into()), ..good(ClientType::Web) };
        let refusals = if is_good { &[][..] } else { &[("backchannel_logout_uri", Fault::NotAllowed)] };
        assert_eq!(refused(checked(&client)), refusals, "{uri}");
    }
    let client = ClientMetadata {
        redirect_uris: vec!["https://app.example:8443/cb".into()],
        frontchannel_logout_uri: Some("https://app.example:8443/out".into()),
        ..good(ClientType::Web)
    };
    assert!(checked(&client).is_ok());
}

#[test]
fn no_access_token_lives_longer_than_the_longest() {
    let Some(Field { kind: Kind::Seconds { most, .. }, .. }) = field("access_token_lifetime") else { unreachable!() };
    assert_eq!(i64::from(*most), access_token::LONGEST_LIFETIME);
}

#[test]
fn the_registry_knows_its_apis() {
    let registry = crate::policy::fixtures::registry(&[]);
    assert!(Apis::has_scope(&registry, "read") && !Apis::has_scope(&registry, "records:read"));
    assert_eq!(registry.identifier("urn:records"), Some("urn:records"));
    assert_eq!(registry.identifier(&Uuid::from_u128(2).to_string()), Some("urn:billing"));
    assert_eq!(registry.identifier("urn:other"), None);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        "(openid|web|none|aal2|https://a.example/)".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from))
}

proptest! {
    /// Whatever somebody sends, they are told what is wrong with it: reading never fails without a reason.
    #[test]
    fn what_cannot_be_read_is_refused_with_a_reason(
        given in prop::collection::vec((0..FIELDS.len(), any_json()), 0..6),
    ) {
        let given = given.into_iter().map(|(n, value)| (FIELDS[n].name.to_owned(), value)).collect::<Map<_, _>>();
        if let Err(refusals) = read(given, Some(ClientType::Web)) {
            prop_assert!(!refusals.is_empty());
        }
    }
}
