use proptest::prelude::*;

use super::*;
use crate::{
    outbound::OutboundSettings,
    policy::{
        change::{Author, Change, Setting, State, Thing, plan},
        fixtures,
    },
    protocol::{
        client::{ClientType, GrantType},
        client_metadata::ClientMetadata,
    },
};

fn reading() -> Reading {
    Reading { scopes: BTreeMap::new(), secrets_end: None, now: OffsetDateTime::UNIX_EPOCH, only: None }
}

fn read_json(document: Value) -> Result<Arrived, Vec<Refusal>> {
    let Value::Object(members) = document else { unreachable!() };
    read(members, &reading())
}

/// A document with these members beside those that every web application has.
fn web(members: &Value) -> Result<Arrived, Vec<Refusal>> {
    let mut document = json!({
        "client_id": "portal", "client_name": "Portal", "redirect_uris": ["https://portal.example/callback"],
        "scope": "openid profile"
    });
    document.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    read_json(document)
}

fn fields(refused: Result<Arrived, Vec<Refusal>>) -> Vec<&'static str> {
    refused.err().into_iter().flatten().map(|refusal| refusal.field).collect()
}

fn noted(arrived: &Arrived) -> Vec<&str> {
    arrived.notes.iter().map(|note| note.field.as_str()).collect()
}

#[test]
fn the_type_is_what_the_document_describes() {
    use ClientType::{Browser, Native, Service, Web};
    for (document, client_type) in [
        (json!({"redirect_uris": ["https://a.example/cb"]}), Web),
        (json!({"redirect_uris": ["https://a.example/cb"], "application_type": "web"}), Web),
        (json!({"redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "none"}), Browser),
        (json!({"redirect_uris": ["http://localhost:3000/cb"], "token_endpoint_auth_method": "none"}), Browser),
        (json!({"redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none"}), Native),
        (json!({"redirect_uris": ["com.example.app:/cb"]}), Native),
        (json!({"redirect_uris": ["https://a.example/cb"], "application_type": "native"}), Native),
        (json!({"redirect_uris": ["http://127.0.0.1/cb"], "client_secret": "kept-since-2019-x"}), Web),
        (json!({"redirect_uris": [], "grant_types": ["client_credentials"]}), Service),
        (
            json!({"redirect_uris": ["https://a.example"], "grant_types": ["client_credentials", "refresh_token"]}),
            Service,
        ),
    ] {
        let mut named = document.clone();
        named["client_name"] = "App".into();
        let arrived = read_json(named).map_err(|refusals| format!("{document}: {refusals:?}")).unwrap();
        assert_eq!(arrived.client.metadata.client_type, client_type, "{document}");
    }
}

#[test]
fn what_is_left_out_is_said_and_what_protects_is_refused() {
    for (members, note) in [
        (json!({"logo_uri": "https://portal.example/logo.png"}), "logo_uri"),
        (json!({"moon_phase": "full"}), "moon_phase"),
        (json!({"grant_types": ["authorization_code", "implicit"]}), "grant_types"),
        (json!({"grant_types": ["authorization_code", "password"]}), "grant_types"),
        (json!({"contacts": ["ops", "ops@portal.example"]}), "contacts"),
        (json!({"tos_uri": "http://portal.example/terms"}), "tos_uri"),
        (json!({"default_acr_values": ["aal2"]}), "default_acr_values"),
        (json!({"client_name": null}), "client_name"),
        (json!({"client_secret": "kept-since-2019-x", "token_endpoint_auth_method": "none"}), "client_secret"),
    ] {
        let arrived = web(&members).map_err(|refusals| format!("{members}: {refusals:?}")).unwrap();
        assert_eq!(noted(&arrived), [note], "{members}");
    }
    for (members, field) in [
        (json!({"use_moonlight_bound_tokens": true}), "metadata"),
        (json!({"request_object_encryption_alg": "RSA-OAEP"}), "metadata"),
        (json!({"default_acr_values": ["urn:mace:gold"]}), "metadata"),
        (json!({"redirect_uri": ["https://portal.example/other"]}), "metadata"),
        (json!({"scopes": "openid"}), "metadata"),
        (json!({"grant_types": ["implicit"]}), "grant_types"),
        (json!({"grant_types": ["password"]}), "grant_types"),
        (json!({"grant_types": "authorization_code"}), "grant_types"),
        (json!({"grant_types": ["authorization_code", 5]}), "grant_types"),
        (json!({"response_types": ["id_token token"]}), "grant_types"),
        (json!({"token_endpoint_auth_method": "client_secret_jwt"}), "token_endpoint_auth_method"),
        (json!({"client_secret": "kept-since-2019-x", "client_secret_expires_at": -1}), "client_secret"),
        (json!({"id_token_signed_response_alg": "HS256"}), "id_token_signed_response_alg"),
    ] {
        assert_eq!(fields(web(&members)), [field], "{members}");
    }
}

#[test]
fn what_needs_no_word_has_none() {
    let arrived = web(&json!({
        "response_types": ["code", "none"], "subject_type": "public", "jwks": {}, "logo_uri": "", "policy_uri": "",
        "dpop_bound_access_tokens": false, "request_object_signing_alg": null, "client_id_issued_at": 1_795_317_342,
        "registration_access_token": "e30.e30.e30", "registration_client_uri": "https://op.example/register/portal",
        "userinfo_signed_response_alg": "none", "enabled": false
    }))
    .unwrap();
    assert_eq!(arrived.notes, []);
    assert!(!arrived.client.enabled);
    assert_eq!(arrived.client.metadata.grant_types, [GrantType::AuthorizationCode], "RFC 7591 §2");
}

#[test]
fn scopes_have_the_names_that_they_have_here() {
    let scopes = [("records.read", Some("records:read".to_owned())), ("legacy", None)];
    let scopes = scopes.into_iter().map(|(from, to)| (from.to_owned(), to)).collect();
    let document = json!({
        "client_name": "App", "redirect_uris": ["https://a.example/cb"], "scope": "openid records.read legacy records:read"
    });
    let Value::Object(document) = document else { unreachable!() };

    let arrived = read(document, &Reading { scopes, ..reading() }).unwrap();

    assert_eq!(arrived.client.metadata.scopes.to_string(), "openid records:read");
    assert_eq!(noted(&arrived), ["scope", "scope"]);
}

#[test]
fn a_secret_ends_when_it_did_there_or_sooner() {
    let end = |given: Value, most: Option<i64>| {
        let Value::Object(document) = json!({
            "client_name": "App", "redirect_uris": ["https://a.example/cb"], "client_secret": "kept-since-2019-x",
            "client_secret_expires_at": given
        }) else {
            unreachable!()
        };
        let secrets_end = most.map(|end| OffsetDateTime::from_unix_timestamp(end).unwrap());
        let arrived = read(document, &Reading { secrets_end, ..reading() }).unwrap();
        arrived.client.secret_expires_at.map(OffsetDateTime::unix_timestamp)
    };
    assert_eq!(end(json!(0), None), None);
    assert_eq!(end(json!(0), Some(90)), Some(90));
    assert_eq!(end(json!(50), Some(90)), Some(50));
    assert_eq!(end(json!(100), Some(90)), Some(90));
}

/// Documents made of pieces that mean something, and of others.
fn any_document() -> impl Strategy<Value = Value> {
    let texts = prop_oneof![
        Just("none"),
        Just("client_secret_basic"),
        Just("tls_client_auth"),
        Just("web"),
        Just("native"),
        Just("browser"),
        Just("service"),
        Just("openid profile"),
        Just("openid read"),
        Just("https://a.example/cb"),
        Just("https://*.example"),
        Just("http://a.example"),
        Just("http://127.0.0.1/cb"),
        Just("com.example.app:/cb"),
        Just("javascript:alert(1)"),
        Just("authorization_code"),
        Just("implicit"),
        Just("password"),
        Just("client_credentials"),
        Just("refresh_token"),
        Just("code"),
        Just("token"),
        Just("RS256"),
        Just("none "),
        Just("a\u{202e}b"),
        Just("+"),
        Just("aal2"),
    ];
    let text = texts.prop_map(Value::from);
    let value = prop_oneof![
        4 => text.clone(),
        4 => proptest::collection::vec(text, 0..4).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i32>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    let ours = FIELDS.iter().map(|field| field.name).chain(BESIDE).collect::<Vec<_>>();
    let theirs =
        ["response_types", "application_type", "subject_type", "default_acr_values", "require_x", "logo_uri", "x"];
    let name = proptest::sample::select(ours.into_iter().chain(theirs).collect::<Vec<_>>());
    let likely = json!({"client_name": "App", "redirect_uris": ["https://a.example/cb"]});
    (any::<bool>(), proptest::collection::btree_map(name, value, 0..8)).prop_map(move |(is_likely, members)| {
        let mut document = if is_likely { likely.clone() } else { json!({}) };
        for (name, value) in members {
            document[name] = value;
        }
        document
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// No document makes a client that registration would refuse: what is registered of it passes the rules as it stands, and
    /// is what somebody could have registered by hand.
    #[test]
    fn no_document_makes_what_registration_would_refuse(document in any_document()) {
        let apis = fixtures::registry(&[("clerk", "read")]);
        let mut state = State::default();
        apis.apis().for_each(|api| state.put(Thing::Api(Box::new((**api).clone()))));
        let outbound = OutboundSettings::default();
        let setting = Setting {
            issuer: "https://id.example",
            outbound: &outbound,
            separation_of_duties: false,
            editable_claims: &[],
            author: Author::Operator,
            now: OffsetDateTime::UNIX_EPOCH,
        };
        let Ok(arrived) = read_json(document) else { return Ok(()) };
        let metadata = arrived.client.metadata;
        let change = Change::RegisterClient {
            client_id: "app".to_owned(), metadata: Box::new(metadata.clone()), enabled: arrived.client.enabled,
            secret: (!metadata.is_public()).then(fixtures::client_secret),
        };
        let Ok(Some(planned)) = plan(&state, &change, &setting) else { return Ok(()) };
        let registered = planned.after.as_ref().and_then(Thing::as_client).map(|client| client.metadata.clone()).unwrap();

        let by_hand = client_metadata::read(registered.members(), None).unwrap();
        prop_assert_eq!(client_metadata::check(&by_hand, &state, &outbound), Ok(registered.clone()));
        prop_assert!(registered.redirect_uris.iter().all(|uri| !uri.contains('*') && !uri.starts_with("javascript")));
        prop_assert_eq!(ClientMetadata::stored(registered.members()).unwrap(), registered);
    }
}
