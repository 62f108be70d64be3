//! Changes as values: several together or none, each as if it came alone, and what races between them leave behind.

use std::collections::{BTreeMap, BTreeSet};

use portcullis::{
    policy::change::{ApiSettings, Change, RoleSettings},
    protocol::{
        client::{ClientSecret, ClientType, KeptSecret},
        client_metadata::ClientMetadata,
        scope::Scope,
    },
    registry::{ChangeError, NoneMade, make, make_all},
    secret::{Secret, SecretKind},
    store::{apis, roles},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::server::{RECORDS, Server, admin};

const SCOPES: [&str; 4] = ["x:read", "x:write", "y:pay", "y:refund"];

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn scopes(&mut self) -> BTreeSet<String> {
        SCOPES.iter().filter(|_| self.roll(3) > 0).map(|name| (*name).to_owned()).collect()
    }

    /// Any change of two clients, two APIs and two roles; many of them of what is not there, or outdated.
    fn change(&mut self) -> Change {
        let (client_id, revision) = (format!("c{}", self.roll(2)), 1 + i32::try_from(self.roll(3)).unwrap());
        let (api, name) = (u128::from(self.roll(2)), format!("r{}", self.roll(2)));
        let api_id = Uuid::from_u128(api + 1);
        match self.roll(10) {
            0 | 1 => Change::RegisterClient {
                client_id,
                metadata: self.metadata(api),
                secret: Some(secret()),
                enabled: true,
            },
            2 => Change::EditClient { client_id, revision, metadata: self.metadata(api) },
            3 => Change::AddClientSecret { client_id, secret: secret(), overlap: Some(Duration::HOUR) },
            4 => Change::DeleteClient { client_id },
            5 | 6 => Change::RegisterApi { api_id, settings: self.api(api) },
            7 => Change::EditApi { api_id, revision, settings: self.api(api) },
            8 => Change::DeleteApi { api_id },
            _ => {
                let settings = RoleSettings { scopes: self.scopes(), ..RoleSettings::default() };
                match self.roll(3) {
                    0 => Change::AddRole { name, office: None, settings },
                    1 => Change::EditRole { name, revision, settings },
                    _ => Change::DeleteRole { name },
                }
            }
        }
    }

    fn metadata(&mut self, api: u128) -> Box<ClientMetadata> {
        let introspects_api = (self.roll(3) == 0).then(|| identifier(api));
        Box::new(ClientMetadata { introspects_api, ..a_service(self.scopes()) })
    }

    fn api(&mut self, api: u128) -> ApiSettings {
        let own = |name: &String| name.starts_with(if api == 0 { 'x' } else { 'y' });
        an_api(api, self.scopes().into_iter().filter(own))
    }
}

fn identifier(api: u128) -> String {
    format!("urn:example:api:{api}")
}

fn an_api(api: u128, scopes: impl IntoIterator<Item = String>) -> ApiSettings {
    let scopes = scopes.into_iter().map(|name| (name, "Do it".to_owned())).collect::<BTreeMap<_, _>>();
    ApiSettings { identifier: identifier(api), name: format!("API {api}"), scopes, ..ApiSettings::default() }
}

fn a_service(scopes: impl IntoIterator<Item = String>) -> ClientMetadata {
    let scopes = Scope::from_names(scopes).unwrap();
    ClientMetadata { name: "A service".into(), scopes, ..ClientMetadata::of_type(ClientType::Service) }
}

fn secret() -> ClientSecret {
    let secret = Secret::generate(SecretKind::ClientSecret);
    ClientSecret {
        secret_id: Uuid::new_v4(),
        name: String::new(),
        kept: KeptSecret::Hash(secret.hash()),
        last_four: secret.last_four().to_owned(),
        generated: true,
        created_at: OffsetDateTime::now_utc(),
        expires_at: None,
    }
}

/// What the registry holds, but for times and what is drawn at random.
async fn held(server: &Server) -> Vec<String> {
    let sql = "
        select 'client ' || client_id || revision || enabled || (metadata - 'scope')::text || scopes::text from clients
        union all select 'secrets ' || client_id || count(*) || count(expires_at) from client_secrets group by client_id
        union all select 'api ' || api_id || revision || name from apis
        union all select 'scope ' || name || api_id from scopes
        union all select 'role ' || name || revision from roles
        union all select 'gives ' || role || scope from role_scopes
        order by 1";
    sqlx::query_scalar(sql).fetch_all(&server.db).await.unwrap()
}

async fn clear(server: &Server) {
    for sql in [
        "delete from clients where client_id like 'c_'",
        "delete from apis where identifier like 'urn:example:api:%'",
        "delete from roles where name like 'r_'",
    ] {
        sqlx::query(sql).execute(&server.db).await.unwrap();
    }
}

/// A scope that a client or a role has, but no API.
async fn without_owner(server: &Server) -> i64 {
    let sql = "
        select count(*) from (select unnest(scopes) as held from clients union all select scope from role_scopes) all_held
        where held like any (array['x:%', 'y:%']) and not exists (select from scopes where name = held)";
    sqlx::query_scalar(sql).fetch_one(&server.db).await.unwrap()
}

#[sqlx::test]
async fn changes_end_alike_in_one_transaction_or_one_by_one(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut accepted, mut refused) = (0, 0);
    for seed in 1..=6 {
        let mut dice = Dice(seed);
        let mut made = Vec::new();
        for _ in 0..40 {
            let (change, before) = (dice.change(), held(&server).await);
            if make(&server.app, &admin(), change.clone()).await.is_ok() {
                made.push(change);
            } else {
                refused += 1;
                assert_eq!(held(&server).await, before, "a refused change leaves no trace");
            }
            assert_eq!(without_owner(&server).await, 0);
        }
        let one_by_one = held(&server).await;

        clear(&server).await;
        make_all(&server.app, &admin(), &made).await.unwrap();
        assert_eq!(held(&server).await, one_by_one);
        accepted += made.len();
        clear(&server).await;
    }
    assert!(accepted > 40 && refused > 20, "{accepted} {refused}");
}

#[sqlx::test]
async fn an_api_and_its_client_are_registered_together_or_neither(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let before = held(&server).await;
    let register = |client_id: &str, scope: &str| Change::RegisterClient {
        client_id: client_id.into(),
        metadata: Box::new(a_service([scope.to_owned()])),
        secret: Some(secret()),
        enabled: true,
    };
    let api = Change::RegisterApi { api_id: Uuid::from_u128(1), settings: an_api(0, ["x:read".to_owned()]) };

    let wrong = [api.clone(), register("c0", "x:read"), register("c1", "x:unknown")];
    let refused = make_all(&server.app, &admin(), &wrong).await;
    assert!(matches!(refused, Err(NoneMade { place: Some(2), error: ChangeError::Invalid(_) })), "it says which");
    assert_eq!(held(&server).await, before);

    let right = [api, register("c0", "x:read"), register("c1", "x:read")];
    assert_eq!(make_all(&server.app, &admin(), &right).await.unwrap().len(), 3);
    assert!(server.client("c1").await.is_some());
}

#[sqlx::test]
async fn of_clients_that_are_registered_together_the_one_that_cannot_be_is_named(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let before = held(&server).await;
    let (shared, api) =
        (secret(), Change::RegisterApi { api_id: Uuid::from_u128(1), settings: an_api(0, ["x:read".into()]) });
    make(&server.app, &admin(), api).await.unwrap();
    let register = |client_id: &str, secret: ClientSecret| Change::RegisterClient {
        client_id: client_id.into(),
        metadata: Box::new(a_service(["x:read".to_owned()])),
        secret: Some(secret),
        enabled: true,
    };
    let other_id = |secret: &ClientSecret| ClientSecret { secret_id: Uuid::now_v7(), ..secret.clone() };
    for (wrong, field) in [
        (
            vec![register("c0", secret()), register("c1", shared.clone()), register("c2", other_id(&shared))],
            "client_secret",
        ),
        (vec![register("c0", secret()), register("c1", secret()), register("c0", secret())], "client_id"),
        (vec![register("c0", secret()), register("c1", secret()), register("service", secret())], "client_id"),
    ] {
        let refused = make_all(&server.app, &admin(), &wrong).await.err().unwrap();
        let ChangeError::Invalid(refusals) = refused.error else { panic!("{field}: {}", refused.error) };
        assert_eq!((refused.place, refusals[0].field), (Some(2), field));
        assert!(server.client("c0").await.is_none(), "none is registered");
    }
    let deleted = Change::DeleteApi { api_id: Uuid::from_u128(1) };
    make(&server.app, &admin(), deleted).await.unwrap();
    assert_eq!(held(&server).await, before);
}

/// Whoever comes first: no client keeps a scope that nobody owns.
#[sqlx::test]
async fn an_api_goes_while_clients_that_need_it_are_registered(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut deleted = 0;
    for round in 0..8 {
        let api = Change::RegisterApi { api_id: Uuid::from_u128(1), settings: an_api(0, ["x:read".to_owned()]) };
        make(&server.app, &admin(), api).await.unwrap();
        let mut changes = (0..4).map(|n| Change::RegisterClient {
            client_id: format!("c{n}"),
            metadata: Box::new(ClientMetadata {
                introspects_api: (n % 2 == 0).then(|| identifier(0)),
                ..a_service(["x:read".to_owned()])
            }),
            secret: Some(secret()),
            enabled: true,
        });
        let mut at_once = changes.by_ref().take(if round % 2 == 0 { 2 } else { 0 }).collect::<Vec<_>>();
        at_once.push(Change::DeleteApi { api_id: Uuid::from_u128(1) });
        at_once.extend(changes);
        let at_once = at_once.into_iter().map(|change| {
            let server = server.clone();
            tokio::spawn(async move {
                let is_delete = matches!(change, Change::DeleteApi { .. });
                (is_delete, make(&server.app, &admin(), change).await)
            })
        });
        for done in at_once.collect::<Vec<_>>() {
            match done.await.unwrap() {
                (true, done) => deleted += usize::from(done.is_ok()),
                (false, Ok(_)) => {}
                (false, Err(error)) => assert!(matches!(error, ChangeError::Invalid(_)), "{error}"),
            }
        }
        assert_eq!(without_owner(&server).await, 0);
        clear(&server).await;
    }
    assert_eq!(deleted, 8);
    let late = Change::RegisterClient {
        client_id: "late".into(),
        metadata: Box::new(ClientMetadata { introspects_api: Some(identifier(0)), ..a_service(["x:read".to_owned()]) }),
        secret: Some(secret()),
        enabled: true,
    };
    let late = make(&server.app, &admin(), late).await;
    assert!(matches!(late, Err(ChangeError::Invalid(_))), "whoever comes too late is refused");
}

/// AD-16 for roles and APIs: of several edits of one state at once, one is made, and the others learn of it.
#[sqlx::test]
async fn ad_16_of_edits_of_a_role_or_an_api_at_once_one_is_made(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let role = roles::find(&server.db, "patient").await.unwrap().unwrap();
    let api = apis::all(&server.db).await.unwrap().into_iter().find(|api| api.identifier == RECORDS).unwrap();
    let edits = |n: usize| {
        let settings = RoleSettings { description: format!("Number {n}"), ..RoleSettings::from(role.clone()) };
        let role = Change::EditRole { name: role.name.clone(), revision: role.revision, settings };
        let settings = ApiSettings { name: format!("Number {n}"), ..ApiSettings::from(&api) };
        [role, Change::EditApi { api_id: api.api_id, revision: api.revision, settings }]
    };
    for kind in 0..2 {
        let at_once = (0..5).map(|n| {
            let (server, change) = (server.clone(), edits(n)[kind].clone());
            tokio::spawn(async move { make(&server.app, &admin(), change).await.err() })
        });
        let mut losers = Vec::new();
        for done in at_once.collect::<Vec<_>>() {
            losers.extend(done.await.unwrap());
        }
        assert_eq!(losers.len(), 4);
        let changed = if kind == 0 { "description" } else { "name" };
        for error in losers {
            let ChangeError::Outdated(since) = error else { panic!("{error}") };
            assert_eq!((since.by.as_deref(), since.fields), (Some("cli"), vec![changed.to_owned()]));
        }
    }
}

#[sqlx::test]
async fn of_two_clients_with_one_id_or_one_secret_one_is_registered(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let shared = secret();
    for (ids, secrets) in [(["c0", "c0"], None), (["c1", "c2"], Some(shared))] {
        let at_once = ids.map(|client_id| {
            let secret =
                secrets.clone().map_or_else(secret, |shared| ClientSecret { secret_id: Uuid::new_v4(), ..shared });
            let metadata = Box::new(a_service([]));
            let change =
                Change::RegisterClient { client_id: client_id.into(), metadata, secret: Some(secret), enabled: true };
            let server = server.clone();
            tokio::spawn(async move { make(&server.app, &admin(), change).await })
        });
        let mut refusals = Vec::new();
        for done in at_once {
            if let Err(ChangeError::Invalid(refused)) = done.await.unwrap() {
                refusals.extend(refused.into_iter().map(|refusal| refusal.field));
            }
        }
        assert_eq!(refusals, [if secrets.is_none() { "client_id" } else { "client_secret" }]);
    }
}
