use std::collections::BTreeMap;

use super::*;
use crate::{model::registry::Api, protocol::assurance::Level};

const API: &str = "https://records.example/api";

fn registry() -> Registry {
    let api = Api {
        api_id: Uuid::max(),
        identifier: API.into(),
        name: "Records".into(),
        access_token_lifetime: None,
        roles_in_token: false,
        required_level: Level::default(),
        scopes: BTreeMap::from([("records:read".into(), "See your records".into())]),
        created_at: OffsetDateTime::UNIX_EPOCH,
        revision: 1,
    };
    Registry::new(vec![api], vec![])
}

/// A client that passes, of this type.
fn good(client_type: ClientType) -> ClientSettings {
    let uris = if client_type == ClientType::Service { vec![] } else { vec!["https://app.example/cb".to_owned()] };
    ClientSettings {
        name: "App".into(),
        client_type: Some(client_type),
        redirect_uris: uris,
        scopes: vec!["records:read".into()],
        ..ClientSettings::default()
    }
}

fn validated(settings: &ClientSettings) -> Result<Client, Vec<Problem>> {
    validate(settings, "app", &registry(), &OutboundSettings::default(), OffsetDateTime::UNIX_EPOCH)
}

/// The fields that are refused, in their order.
fn refused(settings: &ClientSettings) -> Vec<&'static str> {
    validated(settings).err().into_iter().flatten().map(|problem| problem.field).collect()
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
        let client = validated(&good(client_type)).ok().unwrap();

        assert_eq!((client.auth_method, client.grant_types.as_slice()), (method, grants));
        assert_eq!((client.access_token_lifetime, client.refresh_token_idle_lifetime), (300, 1_209_600));
        assert_eq!((client.enabled, client.revision), (true, 1));
    }
}

#[test]
fn what_is_wrong_is_said_at_its_field() {
    use ClientType::{Browser, Native, Service, Web};
    type Change = fn(&mut ClientSettings);
    for (client_type, field, change) in [
        (Web, "name", (|s| s.name = "\u{202e}app".into()) as Change),
        (Web, "redirect_uris", |s| s.redirect_uris.clear()),
        (Web, "redirect_uris", |s| s.redirect_uris = vec!["http://app.example/".into()]),
        (Browser, "redirect_uris", |s| s.redirect_uris = vec!["com.example.app:/cb".into()]),
        (Service, "redirect_uris", |s| s.redirect_uris = vec!["https://app.example/".into()]),
        (Service, "post_logout_redirect_uris", |s| s.post_logout_redirect_uris = vec!["https://a.example/".into()]),
        (Web, "scopes", |s| s.scopes = vec!["records:write".into()]),
        (Service, "scopes", |s| s.scopes = vec!["openid".into()]),
        (Browser, "auth_method", |s| s.auth_method = Some(AuthMethod::ClientSecretBasic)),
        (Service, "auth_method", |s| s.auth_method = Some(AuthMethod::None)),
        (Native, "grant_types", |s| s.grant_types = Some(vec![GrantType::ClientCredentials])),
        (Web, "grant_types", |s| s.grant_types = Some(vec![GrantType::RefreshToken])),
        (Web, "grant_types", |s| s.grant_types = Some(vec![])),
        (Web, "access_token_lifetime", |s| s.access_token_lifetime = Some(1801)),
        (Web, "access_token_lifetime", |s| s.access_token_lifetime = Some(29)),
        (Web, "refresh_token_lifetime", |s| s.refresh_token_lifetime = Some(7_776_001)),
        (Web, "introspects_api", |s| s.introspects_api = Some("https://other.example".into())),
        (Browser, "introspects_api", |s| s.introspects_all = true),
        (Web, "contacts", |s| s.contacts = vec!["nobody".into()]),
        (Web, "client_uri", |s| s.client_uri = Some("javascript:alert(1)".into())),
        (Web, "client_secret", |s| s.client_secret = Some(crate::secret::Secret::presented("short"))),
        (Web, "type", |s| s.client_type = None),
    ] {
        let mut settings = good(client_type);
        change(&mut settings);
        assert_eq!(refused(&settings), [field], "{client_type:?}");
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let settings = ClientSettings {
        name: String::new(),
        redirect_uris: vec!["https://*.example".into(), "/cb".into()],
        access_token_lifetime: Some(0),
        ..good(ClientType::Web)
    };
    assert_eq!(refused(&settings), ["name", "redirect_uris", "redirect_uris", "access_token_lifetime"]);
    let untyped = ClientSettings { client_type: None, ..settings };
    assert_eq!(refused(&untyped), ["name", "type", "redirect_uris", "redirect_uris", "access_token_lifetime"]);
}

#[test]
fn without_a_type_only_what_no_type_allows_is_refused() {
    for uris in [&[][..], &["com.example.app:/cb".to_owned()]] {
        let scopes = vec!["openid".into(), "records:read".into()];
        let settings = ClientSettings { scopes, redirect_uris: uris.to_vec(), ..good(ClientType::Native) };
        assert_eq!(refused(&ClientSettings { client_type: None, ..settings }), ["type"], "{uris:?}");
    }
}

#[test]
fn an_api_is_named_by_identifier_or_id() {
    for name in [API.to_owned(), Uuid::max().to_string()] {
        let client = validated(&ClientSettings { introspects_api: Some(name), ..good(ClientType::Service) });
        assert_eq!(client.ok().unwrap().introspects_api, Some(Uuid::max()));
    }
}

#[test]
fn tk_11_a_client_id_is_no_users() {
    for (id, is_good) in [
        ("records-web", true),
        ("0192f0c1-7e1b-7000-8000-000000000000", false),
        ("0192f0c17e1b70008000000000000000", false),
        ("", false),
        ("a b", false),
        ("a:b", false),
        ("..", false),
        ("new", false),
    ] {
        let client =
            validate(&good(ClientType::Web), id, &registry(), &OutboundSettings::default(), OffsetDateTime::UNIX_EPOCH);
        assert_eq!(client.is_ok(), is_good, "{id:?}");
    }
}

/// SS-01: what cannot be called is not registered either. A browser loads the page of the front channel, so that may have
/// any port.
#[test]
fn ss_01_a_back_channel_leads_to_the_port_of_https() {
    for (uri, refusals) in [
        ("https://app.example/out", &[][..]),
        ("https://app.example:8443/out", &["backchannel_logout_uri"]),
        ("https://app.example:22/", &["backchannel_logout_uri"]),
        ("https://10.1.2.3/out", &["backchannel_logout_uri"]),
        ("http://localhost:3000/out", &["backchannel_logout_uri"]),
    ] {
        let settings = ClientSettings { backchannel_logout_uri: Some(uri.into()), ..good(ClientType::Web) };
        assert_eq!(refused(&settings), refusals, "{uri}");
    }
    let settings = ClientSettings {
        redirect_uris: vec!["https://app.example:8443/cb".into()],
        frontchannel_logout_uri: Some("https://app.example:8443/out".into()),
        ..good(ClientType::Web)
    };
    assert_eq!(refused(&settings), [""; 0]);
}
