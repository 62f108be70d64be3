//! What several nodes over one database know of the registry, and when.

use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis::{
    app::{App, Settings},
    clock::Clock,
    registry::{apis, apis::ApiSettings, clients},
    store::registry::position,
};
use sqlx::{
    AssertSqlSafe,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::Duration;
use url::form_urlencoded;

use crate::{
    registry::a_service,
    server::{Answer, ISSUER, Server, admin, master_key},
    throttle::behind_proxy,
};

const CLIENT_CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

async fn status(server: &Server, client: &str) -> u16 {
    server.token(Some(client), &CLIENT_CREDENTIALS).await.status.as_u16()
}

async fn run(server: &Server, sql: &str) {
    sqlx::query(AssertSqlSafe(sql)).execute(&server.db).await.unwrap();
}

/// A request of the authorization endpoint from an address.
async fn ask(server: &Server, address: &str, client: &str) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("client_id", client).finish();
    let request = Request::get(format!("/oauth2/authorize?{query}")).header("x-forwarded-for", address);
    server.send(request.body(Body::empty()).unwrap()).await
}

/// With all that it needs: the node that never heard of either catches up first.
#[sqlx::test]
async fn a_client_that_was_just_registered_works_at_once_on_every_node(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;

    for n in 0..5 {
        let scope = format!("notes{n}:read");
        let api = ApiSettings {
            identifier: format!("urn:notes{n}"),
            name: "Notes".into(),
            scopes: [(scope.clone(), "Read notes".into())].into(),
            ..ApiSettings::default()
        };
        apis::create(&server.app, &admin(), &api).await.unwrap();
        let client = format!("notes{n}");
        let mut settings = a_service(&client);
        settings.metadata.scopes = scope.parse().unwrap();
        clients::create(&server.app, &admin(), settings).await.unwrap();

        for node in [&second, &server] {
            let answer = node.token(Some(&client), &CLIENT_CREDENTIALS).await;
            assert_eq!(answer.json()["scope"], *scope, "{}", answer.body);
        }
    }
}

/// Somebody asks for a client on every node in the moment in which it is registered. Then it works where it was registered
/// at once, and everywhere within a second.
#[sqlx::test]
async fn a_client_works_although_it_was_asked_for_too_early(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;

    for n in 0..10 {
        let (client, by) = (format!("early{n}"), admin());
        let (created, here, there) = tokio::join!(
            clients::create(&server.app, &by, a_service(&client)),
            status(&server, &client),
            status(&second, &client),
        );
        assert!(created.is_ok());
        assert!([here, there].into_iter().all(|status| status == 200 || status == 401), "{here} {there}");
        assert_eq!(status(&server, &client).await, 200);
        second.app.refresh().await.unwrap();
        assert_eq!(status(&second, &client).await, 200);
    }
}

#[sqlx::test]
async fn a_change_costs_its_own_size(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    assert_eq!(second.app.clients_in_memory().0, 0, "no node loads clients that nobody asks for");
    for client in ["service", "monitor", "web"] {
        second.token(Some(client), &CLIENT_CREDENTIALS).await;
    }
    assert_eq!(second.app.clients_in_memory().0, 3);

    clients::set_enabled(&server.app, &admin(), "service", false).await.unwrap();
    second.app.refresh().await.unwrap();

    assert_eq!(second.app.clients_in_memory().0, 2);
    assert_eq!((status(&second, "service").await, status(&second, "monitor").await), (401, 400));
    let apis = |node: &Server| node.app.last_known().map(|known| std::sync::Arc::as_ptr(&known.registry));
    let before = apis(&second);
    clients::set_enabled(&server.app, &admin(), "service", true).await.unwrap();
    second.app.refresh().await.unwrap();
    assert!(before.is_some() && apis(&second) == before, "APIs and roles were not read again");
    assert_eq!(status(&second, "service").await, 200);
}

/// After a restore or a failover the numbers stand for other changes; after a long pause the changes are forgotten.
#[sqlx::test]
async fn a_node_that_cannot_follow_begins_anew(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (n, lost) in [
        "update registry_changes set token = gen_random_uuid()",
        "delete from registry_changes where version > 5; update registry_version set version = 5;
         update registry_changes set token = gen_random_uuid() where version = 5",
        "delete from registry_changes where version > 3; update registry_version set version = 3",
        "delete from registry_changes where version < (select version from registry_version)",
    ]
    .into_iter()
    .enumerate()
    {
        let node = server.second_node().await;
        assert_eq!(status(&node, "service").await, 200);
        let before = position(&server.db).await.unwrap();
        // A change that the node does not follow, because what it knows is of another history.
        clients::create(&server.app, &admin(), a_service(&format!("other{n}"))).await.unwrap();
        run(&server, "update clients set enabled = false where client_id = 'service'").await;
        for statement in lost.split(';') {
            run(&server, statement).await;
        }
        assert_ne!(position(&server.db).await.unwrap(), before);

        node.app.refresh().await.unwrap();
        assert_eq!(status(&node, "service").await, 401, "{lost}");
        run(&server, "update clients set enabled = true where client_id = 'service'").await;
    }
}

/// What a newer version of the program wrote, which runs beside while an installation is updated.
#[sqlx::test]
async fn a_change_of_which_nothing_is_known_concerns_everything(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    assert_eq!(status(&server, "service").await, 200);

    run(&server, "update clients set enabled = false where client_id = 'service'").await;
    run(
        &server,
        "with raised as (update registry_version set version = version + 1 returning version)
        insert into registry_changes (version, token, touched) select version, gen_random_uuid(), '{wallet}' from raised",
    )
    .await;
    server.app.refresh().await.unwrap();

    assert_eq!(status(&server, "service").await, 401);
}

/// Clients in use need no statement, so that they go on while others cannot be looked up.
#[sqlx::test]
async fn a_client_in_memory_is_not_looked_up(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    assert_eq!(status(&server, "service").await, 200);

    run(&server, "alter table clients rename to lost_clients").await;

    assert_eq!(status(&server, "service").await, 200);
    assert_eq!(status(&server, "monitor").await, 503, "what is not known is not decided");
    assert_eq!(status(&server, "nobody").await, 503);
    assert_eq!(status(&server, "no client has such an id").await, 401);
    run(&server, "alter table lost_clients rename to clients").await;
    assert_eq!((status(&server, "monitor").await, status(&server, "nobody").await), (400, 401));
}

#[sqlx::test]
async fn who_makes_up_client_ids_must_wait_and_nobody_else(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    assert_eq!(status(&server, "service").await, 200);

    for n in 0..60 {
        assert_eq!(ask(&server, "198.51.100.7", &format!("made-up-{n}")).await.status, 400, "{n}");
        assert_eq!(ask(&server, "198.51.100.9", "deleted").await.status, 400, "the same again counts once");
    }
    let refused = ask(&server, "198.51.100.7", "made-up-60").await;
    assert_eq!(refused.status, 429);
    assert!((1..=60).contains(&refused.header("retry-after").parse().unwrap()));
    assert_eq!(ask(&server, "198.51.100.7", "monitor").await.status, 429, "it may be made up too");
    assert_eq!(ask(&server, "198.51.100.7", "service").await.status, 400, "it is in memory: only the rest is wrong");
    for other in ["198.51.100.8", "198.51.100.9"] {
        assert_eq!(ask(&server, other, "made-up-61").await.status, 400);
    }
    server.advance(Duration::minutes(1)).await;
    assert_eq!(ask(&server, "198.51.100.7", "made-up-62").await.status, 400);
}

#[sqlx::test]
async fn the_scripts_of_a_new_client_may_call_and_made_up_origins_are_counted(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = behind_proxy(&Server::start(options).await);
    let allowed = async |address: &str, origin: &str| {
        let request = Request::options("/oauth2/token")
            .header("x-forwarded-for", address)
            .header(header::ORIGIN, origin)
            .header("access-control-request-method", "POST");
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        answer.header("access-control-allow-origin").to_owned()
    };
    assert_eq!(allowed("198.51.100.8", "https://spa.example").await, "https://spa.example");
    server.change_client("spa", |spa| spa.redirect_uris = vec!["https://new.example:8443/callback".into()]).await;
    assert_eq!(allowed("198.51.100.8", "https://new.example:8443").await, "https://new.example:8443");

    for n in 0..60 {
        assert_eq!(allowed("198.51.100.7", &format!("https://made-up-{n}.example")).await, "");
    }
    for origin in ["https://web.example", "https://made-up-60.example", "null", "https://new.example:8443/"] {
        assert_eq!(allowed("198.51.100.8", origin).await, "", "{origin}");
    }
    run(&server, "update clients set origins = '{https://unasked.example}' where client_id = 'spa'").await;
    assert_eq!(allowed("198.51.100.7", "https://unasked.example").await, "", "it asked for too many");
    assert_eq!(allowed("198.51.100.8", "https://unasked.example").await, "https://unasked.example");
}

/// A command opens the database: it loads nothing that it is not asked for.
#[sqlx::test]
async fn a_command_changes_the_registry_without_loading_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let app = App::open(Settings::new(ISSUER.parse().unwrap()), server.app.db.clone(), Clock::default(), master_key());
    let app = app.unwrap();

    clients::create(&app, &admin(), a_service("by-command")).await.unwrap();

    assert!(app.last_known().is_none());
    assert_eq!(status(&server, "by-command").await, 200);
}

/// Nodes that have followed forget; the newest change stays for them to compare themselves with.
#[sqlx::test]
async fn changes_are_forgotten_when_every_node_has_followed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let count =
        async || sqlx::query_scalar::<_, i64>("select count(*) from registry_changes").fetch_one(&server.db).await;
    assert!(count().await.unwrap() > 5);
    let newest = position(&server.db).await.unwrap();

    run(&server, "update registry_changes set at = at - interval '2 hours'").await;
    server.run_job("old_changes").await.unwrap();

    assert_eq!((count().await.unwrap(), position(&server.db).await.unwrap()), (1, newest));
    assert_eq!(status(&server, "service").await, 200);
}
