//! What moves here from other servers: documents of clients, and exports of whole installations.

use std::collections::BTreeMap;

use portcullis::{
    accounts::arrival::{Arrivals, Came, Settled, settle},
    policy::{
        change::{Change, RoleSettings},
        moving::{
            document::{self, Reading},
            hydra,
            keycloak::{ArrivedRole, ArrivedUser, Realm, Roles, read_client, read_user},
            password::{ForeignPassword, Function, Recipe},
        },
        new_client::NewClient,
    },
    protocol::{client::ClientType, client_metadata::ClientMetadata},
    registry::{Attempt, clients, make},
    secret::Secret,
};
use serde_json::{Map, Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use uuid::Uuid;

use crate::{
    browser::{Browser, Page},
    cli::{Program, text},
    refusals::Log,
    server::{Server, admin, code_at},
};

const REALM: &str = include_str!("../exports/keycloak-realm.json");
const HYDRA: &str = include_str!("../exports/hydra-clients.json");

fn realm() -> Realm {
    serde_json::from_str(REALM).unwrap()
}

fn reading(server: &Server) -> Reading {
    Reading {
        scopes: BTreeMap::new(),
        only: Some(["records:read".to_owned(), "records:write".to_owned()].into()),
        secrets_end: Some(server.clock.now() + Duration::days(90)),
        now: server.clock.now(),
    }
}

/// Everything of the realm that can be read.
fn arrivals(server: &Server) -> Arrivals {
    let realm = realm();
    let mut roles = Roles::of(&realm);
    let arrived = std::mem::take(&mut roles.arrived);
    let users = realm.users.iter().filter_map(|user| read_user(user, &roles)?.ok()).map(|mut user| {
        if ["admin", "bob"].contains(&user.settings.username.as_str()) {
            user.settings.username.push_str("-there"); // somebody else has the name here
        }
        user
    });
    let users = users.collect();
    let clients =
        realm.clients.iter().filter_map(|client| read_client(client, &realm.client_scopes, &reading(server)).ok());
    Arrivals { roles: arrived, users, clients: clients.map(|arrived| arrived.client).collect() }
}

async fn settled(server: &Server, arrivals: Arrivals) -> Settled {
    settle(&server.app, &admin(), arrivals, Attempt::Real, |_| ()).await.unwrap()
}

async fn sign_in(server: &Server, username: &str, password: &str) -> (Browser, Page) {
    let mut browser = server.browser();
    browser.open("/account").await;
    let page = browser.submit("/sign-in", &[("username", username), ("password", password)]).await;
    (browser, page)
}

/// What is kept of the password of a user: the beginning, which says how.
async fn kept(server: &Server, username: &str) -> String {
    let hash = sqlx::query_scalar::<_, String>("select password_hash from users where username = $1").bind(username);
    hash.fetch_one(&server.db).await.unwrap()
}

/// A person called Vera, whose password another server kept.
fn vera(password: &str) -> ArrivedUser {
    let (salt, params) = (b"some salt of theirs".to_vec(), argon2::Params::new(64, 1, 1, Some(32)).unwrap());
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut output = vec![0; 32];
    argon2.hash_password_into(password.as_bytes(), &salt, &mut output).unwrap();
    let recipe = Recipe { function: Function::Argon2id(64, 1, 1), salt, length: 32 };
    ArrivedUser {
        user_id: Uuid::from_u128(7),
        settings: portcullis::policy::change::UserSettings { username: "vera".into(), ..Default::default() },
        enabled: true,
        password: Some(ForeignPassword { recipe, output }),
        had_second_factor: false,
        totp: Vec::new(),
        notes: Vec::new(),
    }
}

#[sqlx::test]
async fn users_of_a_realm_sign_in_with_what_they_know(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    let came = settled(&server, arrivals(&server)).await;

    assert!(came.users.iter().all(|(came, _)| matches!(came, Came::Made(()))));
    for (username, password) in [
        ("ann", "correct horse battery staple 512"),
        ("bob-there", "bob's pass phrase 256"),
        ("sven", "sven's pass phrase sha1"),
        ("cem", "cem's pass phrase argon2"),
    ] {
        assert!(kept(&server, username).await.starts_with("$brought$"), "{username}");
        let (_, wrong) = sign_in(&server, username, &password.to_uppercase()).await;
        assert!(wrong.has_form("sign-in"), "{username}");
        let (mut browser, _) = sign_in(&server, username, password).await;
        assert_eq!(browser.open("/account").await.uri, "/account", "{username}");
        assert!(kept(&server, username).await.starts_with("$argon2id$v=19$m=19456,"), "{username}");
        let (mut again, _) = sign_in(&server, username, password).await;
        assert_eq!(again.open("/account").await.uri, "/account", "{username}");
    }
    let (_, disabled) = sign_in(&server, "oscar", "oscar was here 512").await;
    assert!(disabled.has_form("sign-in"));
    let ann: Uuid = "2d447c2c-b74d-4218-92fb-030f2e26e8c6".parse().unwrap();
    assert_eq!(server.user_id("ann").await, ann, "tokens say the same of her as there");
}

#[sqlx::test]
async fn an_authenticator_app_goes_on_and_one_that_cannot_leaves_no_password_alone(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    settled(&server, arrivals(&server)).await;

    let (mut tina, asked) = sign_in(&server, "tina", "tina's pass phrase argon2").await;
    assert!(asked.uri.starts_with("/second-factor"), "{}", asked.uri);
    let code = code_at("ORUW4YKTMVRXEZLUKRUW4YJSGBRHS5DF", server.clock.now().unix_timestamp());
    tina.submit("/second-factor", &[("code", &code)]).await;
    assert_eq!(tina.open("/account").await.uri, "/account");

    for (username, password) in [("theo", "theo's pass phrase argon2"), ("hugo", "hugo's pass phrase argon2")] {
        let (_, asked) = sign_in(&server, username, password).await;
        assert!(asked.uri.starts_with("/enrol"), "{username}: {}", asked.uri);
    }
}

/// Nothing that comes administers, whatever it is called.
#[sqlx::test]
async fn nobody_who_comes_administers(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut coming = arrivals(&server);
    coming.roles.push(ArrivedRole { name: "administrator".into(), description: String::new(), notes: Vec::new() });
    for user in &mut coming.users {
        user.settings.roles.push("administrator".into());
    }

    let came = settled(&server, coming).await;

    assert!(matches!(came.roles.last(), Some(Came::Refused(_))));
    let snapshot = server.snapshot().await;
    for (username, roles) in [
        ("admin-there", vec![]),
        ("ann", vec!["admin", "clinician", "records-api-reader", "records-api-writer", "staff"]),
        (
            "dora",
            vec![
                "auditor",
                "auditors",
                "clinician",
                "hospital",
                "hospital-ward-7",
                "portal-editor",
                "records-api-reader",
                "records-api-writer",
                "staff",
            ],
        ),
    ] {
        let user = portcullis::store::users::find_named(&server.db, username).await.unwrap().unwrap();
        assert_eq!(user.roles, roles, "{username}");
        assert!(!user.administers(snapshot.registry()), "{username}");
    }
    assert!(snapshot.registry().role("admin").is_some_and(|role| !role.administers() && role.scopes.is_empty()));
}

#[sqlx::test]
async fn a_password_that_is_too_weak_here_opens_nothing_and_says_why(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (n, weak) in ["password123456789", "short"].into_iter().enumerate() {
        let username = format!("vera-{n}");
        let mut user = vera(weak);
        user.user_id = Uuid::from_u128(100 + n as u128);
        user.settings.username.clone_from(&username);
        settled(&server, Arrivals { users: vec![user], ..Arrivals::default() }).await;

        let (mut browser, page) = sign_in(&server, &username, weak).await;

        assert!(page.answer.body.contains("came here from another system"), "{}", page.answer.body);
        assert!(browser.open("/account").await.has_form("sign-in"));
        assert!(kept(&server, &username).await.starts_with("$brought$"));
    }
    let mut short = vera("vK8#qz2!wL");
    short.user_id = Uuid::from_u128(200);
    settled(&server, Arrivals { users: vec![short], ..Arrivals::default() }).await;
    let (_, page) = sign_in(&server, "vera", "vK8#qz2!wL").await;
    assert!(page.uri.starts_with("/enrol"), "long enough beside a second factor: {}", page.uri);
}

#[sqlx::test]
async fn two_first_sign_ins_at_once_both_get_in(_: PgPoolOptions, options: PgConnectOptions) {
    const PASSWORD: &str = "ninety-two brass lanterns";
    let server = Server::start(options).await;
    settled(&server, Arrivals { users: vec![vera(PASSWORD)], ..Arrivals::default() }).await;

    let both = tokio::join!(sign_in(&server, "vera", PASSWORD), sign_in(&server, "vera", PASSWORD));

    for (mut browser, _) in [both.0, both.1] {
        assert_eq!(browser.open("/account").await.uri, "/account");
    }
}

#[sqlx::test]
async fn secrets_that_come_along_work_until_they_end_and_lie_sealed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let service = |id: &str| NewClient {
        client_id: Some(id.into()),
        client_secret: Some(Secret::presented("kept since 2019".replace(' ', "-").as_str())),
        secret_expires_at: Some(server.clock.now() + Duration::days(90)),
        ..NewClient::from(ClientMetadata {
            name: "Moved".into(),
            scopes: "records:read".parse().unwrap(),
            ..ClientMetadata::of_type(ClientType::Service)
        })
    };
    let refused = clients::create(&server.app, &admin(), service("one")).await;
    assert!(refused.is_err(), "15 characters");
    let long = |id: &str| NewClient { client_secret: Some(Secret::presented("kept-since-2019-x")), ..service(id) };
    for id in ["one", "two"] {
        clients::create(&server.app, &admin(), long(id)).await.unwrap();
    }

    let rows = sqlx::query_as::<_, (Option<Vec<u8>>, Vec<u8>)>(
        "select secret_hash, sealed_hash from client_secrets where client_id in ('one', 'two')",
    );
    let rows = rows.fetch_all(&server.db).await.unwrap();
    assert!(rows.iter().all(|(hash, _)| hash.is_none()) && rows[0].1 != rows[1].1, "nobody sees that they share one");
    let token = async |id: &str, secret: &str| {
        let form = [("grant_type", "client_credentials"), ("scope", "records:read")];
        server.post_with_secret("/oauth2/token", Some((id, secret)), &form).await.status.as_u16()
    };
    assert_eq!((token("one", "kept-since-2019-x").await, token("two", "kept-since-2019-x").await), (200, 200));
    assert_eq!(token("one", "kept-since-2019-y").await, 401);
    server.advance(Duration::days(90)).await;
    assert_eq!(token("one", "kept-since-2019-x").await, 401, "it has ended");
}

/// TK-11: the same id for a user and for a client, at the same moment.
#[sqlx::test]
async fn tk_11_of_a_user_and_a_client_with_one_id_one_comes(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for n in 0..8_u128 {
        let id = Uuid::from_u128(0xabc0_0000 + n);
        let mut user = vera("ninety-two brass lanterns");
        (user.user_id, user.settings.username) = (id, format!("vera-{n}"));
        let named = if n % 2 == 0 { id.to_string() } else { id.simple().to_string() };
        let metadata = ClientMetadata { name: "A double".into(), ..ClientMetadata::of_type(ClientType::Service) };
        let new = NewClient { client_id: Some(named), ..metadata.into() };
        let by = admin();

        let (user, client) = tokio::join!(
            settled(&server, Arrivals { users: vec![user], ..Arrivals::default() }),
            clients::create(&server.app, &by, new)
        );

        let user_came = matches!(user.users[0].0, Came::Made(()));
        assert!(user_came != client.is_ok(), "{n}: one of them");
    }
}

/// What a realm becomes, by the command line; a dry run writes nothing, and a second run finds all of it here.
#[sqlx::test]
async fn a_realm_is_taken_over_by_one_command(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let api = "api create --identifier urn:records --name Records --scope records:read=See --json";
    assert!(portcullis.run(api, "").status.success());
    let run = |arguments: &str| -> Value {
        let output = portcullis.run(&format!("import keycloak - {arguments}--json"), REALM);
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let dry = run("--dry-run ");
    assert_eq!((&dry["dry_run"], portcullis.run("user list --json", "").stdout), (&true.into(), b"[]\n".to_vec()));

    let real = run("");

    let outcome = |report: &Value, kind: &str, name: &str| {
        let lines = report[kind].as_array().unwrap();
        lines.iter().find(|line| line["name"] == name).map_or(Value::Null, |line| line["outcome"].clone())
    };
    for (kind, name, expected) in [
        ("clients", "portal", "changed"),
        ("clients", "importer", "changed"),
        ("clients", "phone-app", "changed"),
        ("clients", "legacy-wildcard", "refused"),
        ("clients", "old-implicit", "refused"),
        ("clients", "bank-backend", "refused"),
        ("clients", "mtls-partner", "changed"),
        ("clients", "records-api", "refused"),
        ("clients", "https://saml.example/metadata", "refused"),
        ("clients", "account", "refused"),
        ("clients", "switched-off", "changed"),
        ("users", "ann", "changed"),
        ("users", "cem", "taken"),
        ("users", "fred", "refused"),
        ("roles", "staff", "taken"),
        ("roles", "clinician", "changed"),
        ("roles", "hospital-ward-7-intensive-care", "changed"),
    ] {
        assert_eq!(
            (outcome(&dry, kind, name), outcome(&real, kind, name)),
            (expected.into(), expected.into()),
            "{name}"
        );
    }
    let again = run("");
    for name in ["portal", "phone-app"] {
        assert_eq!(outcome(&again, "clients", name), "exists", "{name}");
    }
    assert_eq!(outcome(&again, "users", "ann"), "exists");
    assert_eq!(again["taken"], 0);
    let off = portcullis.run("client show switched-off --json", "").stdout;
    assert_eq!(serde_json::from_slice::<Value>(&off).unwrap()["enabled"], false);
}

/// A dry run says what would come, and tells no secret that opens nothing.
#[sqlx::test]
async fn a_dry_run_tells_no_secret(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let api = "api create --identifier urn:records --name Records --scope records:read=See --json";
    assert!(portcullis.run(api, "").status.success());
    let confidential = r#"[{"client_id": "billing", "grant_types": ["client_credentials"], "scope": "records:read"}]"#;

    let dry = portcullis.run("import hydra - --dry-run --json", confidential);
    let report: Value = serde_json::from_slice(&dry.stdout).unwrap();
    let real = portcullis.run("import hydra - --json", confidential);

    assert_eq!(report["clients"][0]["client_secret"], Value::Null);
    let report: Value = serde_json::from_slice(&real.stdout).unwrap();
    assert!(report["clients"][0]["client_secret"].is_string());
}

/// What is only tried, or refused in the end, is not logged as if it had happened.
#[sqlx::test]
async fn nothing_is_logged_that_does_not_hold(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let one = |id: &str| {
        let metadata = ClientMetadata { name: "Billing".into(), ..ClientMetadata::of_type(ClientType::Service) };
        NewClient { client_id: Some(id.into()), ..metadata.into() }
    };
    let log = Log::begin();
    let by = admin();

    clients::create_possible(&server.app, &by, vec![one("tried")], Attempt::DryRun).await.unwrap();
    assert!(clients::create_all(&server.app, &by, vec![one("billing"), one("billing")]).await.is_err());
    assert_eq!(log.take("audit"), Vec::<Value>::new());

    clients::create(&server.app, &by, one("billing")).await.unwrap();
    let logged = log.take("audit");
    assert_eq!((logged.len(), &logged[0]["client_id"]), (1, &json!("billing")), "{logged:?}");
}

/// Which roles administer is asked when they are given, and a name that somebody has is not the same user.
#[sqlx::test]
async fn what_is_here_is_asked_when_it_counts(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let change = Change::AddRole {
        name: "chief".into(),
        office: Some(portcullis::model::office::Office::Auditor),
        settings: RoleSettings::default(),
    };
    make(&server.app, &admin(), change).await.unwrap();
    let arriving = |id, username: &str| {
        let mut user = vera("ninety-two brass lanterns");
        (user.user_id, user.settings.username) = (Uuid::from_u128(id), username.into());
        user.settings.roles = vec!["chief".into(), "nurse".into()];
        user
    };
    let role = |name: &str| ArrivedRole { name: name.into(), description: String::new(), notes: Vec::new() };
    let users = vec![arriving(7, "vera"), arriving(7, "vera"), arriving(8, "Vera"), arriving(9, "admin")];

    let came = settled(&server, Arrivals { roles: vec![role("nurse")], users, ..Arrivals::default() }).await;

    let outcomes = came.users.iter().map(|(came, _)| match came {
        Came::Made(()) => "made",
        Came::Exists => "exists",
        Came::Refused(_) => "refused",
    });
    assert_eq!(outcomes.collect::<Vec<_>>(), ["made", "exists", "refused", "refused"]);
    let user = portcullis::store::users::find_named(&server.db, "vera").await.unwrap().unwrap();
    assert_eq!(user.roles, ["nurse"]);
}

/// Each document of each server is understood, and refused where it asks for what there is not.
#[sqlx::test]
async fn documents_of_other_servers_are_understood(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let api = "api create --identifier urn:records --name Records --scope records:read=See --json";
    assert!(portcullis.run(api, "").status.success());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exports");
    let report = |file: &str, more: &str| -> Value {
        let output = portcullis.run(&format!("client create --metadata {folder}/{file} --dry-run --json{more}"), "");
        assert!(output.status.success(), "{file}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let outcomes = |report: &Value| {
        let lines = report["clients"].as_array().unwrap().clone();
        lines.iter().map(|line| line["outcome"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let drop_scopes = " --map-scope microprofile-jwt= --map-scope organization=";
    for (file, more, expected) in [
        ("rfc7591-keycloak.json", drop_scopes, vec!["changed"; 3]),
        ("rfc7591-auth0.json", "", vec!["changed", "changed"]),
        ("rfc7591-okta.json", "", vec!["changed", "taken", "refused"]),
        ("rfc7591-spring.json", "", vec!["changed"; 3]),
        (
            "rfc7591-entra.json",
            " --map-scope api://6731de76-14a6-49ae-97bc-6eba6914391e/records.read=records:read",
            vec!["changed"],
        ),
    ] {
        let report = report(file, more);
        assert_eq!(outcomes(&report), expected, "{file}: {report:#}");
    }
    assert_eq!(portcullis.run("client list --json", "").stdout, b"[]\n", "nothing was written");

    let auth0 = std::fs::read_to_string(format!("{folder}/rfc7591-auth0.json")).unwrap();
    let created = portcullis.run("client create --metadata - --grace-days 30 --json", &auth0);
    let made: Value = serde_json::from_slice(&created.stdout).unwrap();
    assert_eq!(made[0]["client_id"], "8SXWY6j3afl2CP5ntwEOpMdPxxy49Gt2");
    assert!(made[0]["client_secret_expires_at"].as_i64() > Some(1_700_000_000));
    assert_eq!(
        (&made[1]["type"], &made[1]["scope"]),
        (&"browser".into(), &"openid profile email offline_access".into())
    );
    assert!(text(&created.stderr).contains("client 0: scope:"), "{}", text(&created.stderr));
}

#[sqlx::test]
async fn clients_of_a_hydra_come_and_those_that_cannot_are_named(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let clients: hydra::Clients = serde_json::from_str(HYDRA).unwrap();
    let read = clients.each().into_iter().map(|client| hydra::read(client, &reading(&server))).collect::<Vec<_>>();
    let refused = read.iter().map(Result::is_err).collect::<Vec<_>>();
    assert_eq!(refused, [false, false, false, false, false, false, true, true, false], "implicit, pairwise");
    let arrived = read.into_iter().filter_map(Result::ok).map(|arrived| arrived.client).collect();

    let came = settled(&server, Arrivals { clients: arrived, ..Arrivals::default() }).await;

    let refused =
        came.clients.iter().filter_map(|came| if let Came::Refused(why) = came { Some(why.to_string()) } else { None });
    let refused = refused.collect::<Vec<_>>();
    assert!(matches!(refused.as_slice(), [one] if one.contains("nobody signs in to a service")), "{refused:?}");
    let portal = server.client("3c9b1d0e-52f4-4a3a-8f0e-6c1f7b7a0a11").await.unwrap();
    assert_eq!((portal.client_type, portal.access_token_lifetime), (ClientType::Web, 900));
    assert_eq!(portal.scopes.to_string(), "openid profile email offline_access");
    assert_eq!(server.client("cli-tool").await.unwrap().client_type, ClientType::Native);
}

/// All of an array, or nothing.
#[sqlx::test]
async fn one_bad_document_keeps_all_out(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let good = json!({"client_name": "Good", "redirect_uris": ["https://a.example/cb"]});
    let bad = json!({"client_name": "Bad", "redirect_uris": ["https://*.example/cb"]});

    let output = portcullis.run("client create --metadata -", &json!([good, bad]).to_string());

    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("client 1") && text(&output.stderr).contains("wildcards"));
    assert_eq!(portcullis.run("client list --json", "").stdout, b"[]\n");
}

/// Whatever stands in a document, the answer is a report or a precise error.
#[test]
fn documents_that_are_none_are_refused() {
    let now = time::OffsetDateTime::UNIX_EPOCH;
    let reading = Reading { scopes: BTreeMap::new(), only: None, secrets_end: None, now };
    for given in [json!({}), json!({"client_id": 5}), json!({"client_name": [], "redirect_uris": {}, "grant_types": 1})]
    {
        let Value::Object(members) = given.clone() else { unreachable!() };
        assert!(document::read(members, &reading).is_err() || given == json!({}), "{given}");
    }
    assert!(document::read(Map::new(), &reading).is_ok_and(|arrived| arrived.client.metadata.name.is_empty()));
}

/// A user's id that was brought cannot be had by a client later.
#[sqlx::test]
async fn tk_11_no_user_is_added_with_the_id_of_a_client(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let id = Uuid::from_u128(9);
    let metadata = ClientMetadata { name: "First".into(), ..ClientMetadata::of_type(ClientType::Service) };
    clients::create(&server.app, &admin(), NewClient { client_id: Some(id.to_string()), ..metadata.into() })
        .await
        .unwrap();
    let settings = Box::new(portcullis::policy::change::UserSettings { username: "vera".into(), ..Default::default() });

    let added = make(&server.app, &admin(), Change::AddUser { user_id: id, settings, password_hash: None }).await;

    assert!(added.is_err());
}
