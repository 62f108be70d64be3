//! Changes of every kind, as they are drawn: few names, so that they meet.

use super::*;

fn names(of: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
    proptest::sample::subsequence(of, 0..=of.len()).prop_map(|names| names.into_iter().map(ToOwned::to_owned).collect())
}

fn metadata() -> impl Strategy<Value = Box<ClientMetadata>> {
    (names(&SCOPES), proptest::option::of(1_u128..3)).prop_map(|(scopes, api)| {
        Box::new(ClientMetadata {
            name: "A client".into(),
            redirect_uris: vec!["https://app.example/callback".into()],
            scopes: Scope::from_names(scopes).unwrap(),
            introspects_api: api.map(|api| format!("urn:api:{api}")),
            ..ClientMetadata::of_type(ClientType::Web)
        })
    })
}

fn api_settings(api: u128) -> impl Strategy<Value = ApiSettings> {
    names(&SCOPES[..3]).prop_map(move |scopes| ApiSettings {
        identifier: format!("urn:api:{api}"),
        name: "An API".into(),
        scopes: scopes.into_iter().map(|name| (name, "Do it".to_owned())).collect(),
        ..ApiSettings::default()
    })
}

pub(super) fn document_url() -> ClientIdUrl {
    ClientIdUrl::parse("https://agents.example.org/client.json").unwrap()
}

/// The same as a document could say it.
pub(super) fn published(metadata: ClientMetadata) -> ClientMetadata {
    ClientMetadata {
        name: metadata.name,
        scopes: metadata.scopes,
        redirect_uris: vec!["https://agents.example.org/callback".into()],
        ..ClientMetadata::of_type(ClientType::Browser)
    }
}

/// Any change, some of them outdated or of what is not there.
pub(super) fn change() -> impl Strategy<Value = Change> {
    let client = proptest::sample::select(&CLIENTS[..]).prop_map(ToOwned::to_owned);
    let role = proptest::sample::select(&ROLES[..]).prop_map(ToOwned::to_owned);
    let of_clients =
        (client, metadata(), 1..4_i32, 0..8_u8, 0..21_u8).prop_map(|(client_id, metadata, revision, kind, number)| {
            match kind {
                0 => Change::RegisterClient { client_id, metadata, secret: Some(client_secret()), enabled: true },
                1 => Change::EditClient { client_id, metadata, revision },
                2 => Change::SwitchClient { client_id, enabled: revision > 1 },
                4 => Change::DescribeClient { url: document_url(), metadata: Box::new(published(*metadata)) },
                5 => Change::GiveClient { client_id, owner: Some(Uuid::from_u128(2)).filter(|_| revision > 1) },
                3 => {
                    let names = ["", "blue", "green", "red", "white", "black", "grey"];
                    let (name, id) = (names[usize::from(number) % 7], Uuid::from_u128(number.into()));
                    let secret = ClientSecret { secret_id: id, name: name.into(), ..client_secret() };
                    let overlap = (number % 3 > 0).then(|| Duration::days(revision.into()));
                    Change::AddClientSecret { client_id, secret, overlap }
                }
                7 => Change::EndClientSecret { client_id, secret_id: Uuid::from_u128(number.into()) },
                _ => Change::DeleteClient { client_id },
            }
        });
    let of_apis = (1_u128..3).prop_flat_map(|api| {
        let api_id = Uuid::from_u128(api);
        (api_settings(api), 1..4_i32, 0..3_u8).prop_map(move |(settings, revision, kind)| match kind {
            0 => Change::RegisterApi { api_id, settings },
            1 => Change::EditApi { api_id, settings, revision },
            _ => Change::DeleteApi { api_id },
        })
    });
    let office = proptest::option::of(proptest::sample::select(&Office::ALL[..]));
    let of_roles =
        (role, names(&SCOPES[..5]), 1..4_i32, 0..3_u8, office).prop_map(|(name, scopes, revision, kind, office)| {
            let settings = RoleSettings { scopes, ..RoleSettings::default() };
            match kind {
                0 => Change::AddRole { name, office, settings },
                1 => Change::EditRole { name, settings, revision },
                _ => Change::DeleteRole { name },
            }
        });
    let of_users =
        (1_u128..3, names(&ROLES), 1..4_i32, 0..5_u8, any::<u64>()).prop_map(|(user, roles, revision, kind, new)| {
            let user_id = Uuid::from_u128(user);
            let settings = UserSettings {
                username: "alice".into(),
                roles: roles.into_iter().collect(),
                ..UserSettings::default()
            };
            match kind {
                0 => Change::EditUser { user_id, revision, settings: Box::new(settings) },
                1 => Change::SwitchUser { user_id, enabled: revision > 1 },
                2 => Change::DeleteUser { user_id },
                3 => Change::AddUser {
                    user_id: Uuid::from_u128(1000 + u128::from(new)),
                    settings: Box::new(settings),
                    password_hash: None,
                },
                _ => Change::RestoreUser { user_id },
            }
        });
    prop_oneof![of_clients, of_apis, of_roles, of_users]
}
