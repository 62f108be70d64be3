//! Nobody grants what they do not hold, nor takes it over.

use portcullis::{
    model::office::Office,
    policy::{change::Change, new_client::NewClient},
    protocol::{client::ClientType, client_metadata::ClientMetadata},
    registry::{self, ChangeError, clients, roles},
    store,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{appoint, at_console};
use crate::server::{Server, admin};

const OURS: &str = "portcullis:clients:write";

/// A service that may administer clients.
async fn powerful_client(server: &Server) -> String {
    let metadata = ClientMetadata {
        name: "Powerful".into(),
        scopes: OURS.parse().unwrap(),
        ..ClientMetadata::of_type(ClientType::Service)
    };
    clients::create(&server.app, &admin(), NewClient::from(metadata)).await.unwrap().client.client_id
}

async fn changes(server: &Server) -> i64 {
    let changes =
        "select count(*) from audit_events where actor like 'user:%' and event ~ '^(role|user|client|session)[.]'
        and event not in ('session.raised')";
    sqlx::query_scalar(changes).fetch_one(&server.db).await.unwrap()
}

/// The account of somebody who holds more is not touched, by any form.
#[sqlx::test]
async fn who_manages_users_takes_over_no_administrator(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut manager = at_console(&server, Office::UserManager).await;
    let (bob, alice) = (server.user_id("bob").await, server.user_id("alice").await);
    let own = server.user_id("admin").await;
    store::users::hold(&server.db, bob, server.clock.now()).await.unwrap();
    let before = changes(&server).await;
    let revision = async |id| store::users::find(&server.db, id).await.unwrap().unwrap().revision.to_string();
    let (of_bob, of_alice, of_own) = (revision(bob).await, revision(alice).await, revision(own).await);
    let edit = |revision, role| [("revision", revision), ("email", "me@thief.example"), ("roles", role)];

    for (path, form) in [
        (format!("/admin/users/{bob}/edit"), &edit(of_bob.as_str(), "visitor")[..]),
        (format!("/admin/users/{bob}/enabled"), &[("enabled", "false")]),
        (format!("/admin/users/{bob}/link"), &[("link", "recovery")]),
        (format!("/admin/users/{bob}/lift-hold"), &[]),
        (format!("/admin/users/{bob}/reset-mfa"), &[("confirmation", "bob")]),
        (format!("/admin/users/{bob}/sessions"), &[("end", "all")]),
        (format!("/admin/users/{bob}/consents"), &[("withdraw", "web")]),
        (format!("/admin/users/{bob}/delete"), &[("confirmation", "bob")]),
        (format!("/admin/users/{alice}/edit"), &edit(&of_alice, "administrator")),
        (format!("/admin/users/{own}/edit"), &edit(&of_own, "administrator")),
        ("/admin/users/new".into(), &[("username", "me"), ("email", "me@thief.example"), ("roles", "administrator")]),
    ] {
        let page = manager.submit(&path, form).await;
        assert_eq!(page.answer.status, 403, "{path}: {}", page.answer.body);
        assert!(page.answer.body.contains("You may not do this"), "{path}: {}", page.answer.body);
    }
    assert_eq!(changes(&server).await, before);
    let page = manager.open(&format!("/admin/users/{bob}")).await;
    assert!(!page.answer.body.contains("/reset-mfa") && !page.answer.body.contains("/link\""), "{}", page.answer.body);

    let saved = manager.submit(&format!("/admin/users/{alice}/edit"), &edit(&of_alice, "visitor")).await;
    assert_eq!(saved.uri, format!("/admin/users/{alice}?done=saved"), "{}", saved.answer.body);
}

/// A client that may do more than who manages clients is not touched by them.
#[sqlx::test]
async fn who_manages_clients_takes_over_none_that_holds_more(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let powerful = powerful_client(&server).await;
    let mut owner = at_console(&server, Office::ClientOwner).await;
    let own = server.user_id("admin").await;
    clients::give(&server.app, &admin(), &powerful, Some(own)).await.unwrap();
    let before = changes(&server).await;

    let edit = [
        ("revision", "2"),
        ("client_name", "Mine"),
        ("scope", OURS),
        ("token_endpoint_auth_method", "client_secret_basic"),
    ];
    for (path, form) in [
        ("edit", &edit[..]),
        ("secrets", &[("overlap", "0")]),
        ("enabled", &[("enabled", "false")]),
        ("delete", &[("confirmation", "Powerful")]),
        ("owner", &[("owner", "alice")]),
    ] {
        let page = owner.submit(&format!("/admin/clients/{powerful}/{path}"), form).await;
        assert_eq!(page.answer.status, 403, "{path}: {}", page.answer.body);
    }
    let new = [
        ("client_name", "Mine"),
        ("type", "service"),
        ("scope", OURS),
        ("token_endpoint_auth_method", "client_secret_basic"),
    ];
    assert_eq!(owner.submit("/admin/clients/new", &new).await.answer.status, 403);
    assert_eq!(changes(&server).await, before);
    assert_eq!(owner.open(&format!("/admin/clients/{powerful}")).await.answer.status, 200, "it is shown all the same");

    let mut manager = at_console(&server, Office::ClientManager).await;
    let rotated = manager.submit(&format!("/admin/clients/{powerful}/secrets"), &[("overlap", "0")]).await;
    assert!(rotated.answer.body.contains("ptc_cs_"), "who holds what it does may: {}", rotated.answer.body);
}

/// Who registers a client owns it, and sees and changes that one alone.
#[sqlx::test]
async fn an_owner_has_their_own_clients_and_sees_no_others(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut owner = at_console(&server, Office::ClientOwner).await;
    let new = [
        ("client_name", "Mine"),
        ("type", "service"),
        ("scope", "records:read"),
        ("token_endpoint_auth_method", "client_secret_basic"),
    ];
    let created = owner.submit("/admin/clients/new", &new).await;
    assert!(created.uri.ends_with("?done=created"), "{}", created.answer.body);
    let mine: String = sqlx::query_scalar("select client_id from clients where metadata ->> 'client_name' = 'Mine'")
        .fetch_one(&server.db)
        .await
        .unwrap();

    let list = owner.open("/admin/clients").await;
    assert!(list.answer.body.contains(&mine) && !list.answer.body.contains("/admin/clients/web\""));
    for path in ["", "/edit", "/delete"] {
        assert_eq!(owner.open(&format!("/admin/clients/{mine}{path}")).await.answer.status, 200, "{path}");
        assert_eq!(owner.open(&format!("/admin/clients/web{path}")).await.answer.status, 404, "{path}");
    }
    for (path, form) in [
        ("edit", &[("revision", "1"), ("client_name", "Mine")][..]),
        ("secrets", &[("overlap", "0")]),
        ("enabled", &[("enabled", "false")]),
        ("delete", &[("confirmation", "The web client")]),
    ] {
        assert_eq!(owner.submit(&format!("/admin/clients/web/{path}"), form).await.answer.status, 404, "{path}");
    }
    let disabled = owner.submit(&format!("/admin/clients/{mine}/enabled"), &[("enabled", "false")]).await;
    assert_eq!(disabled.uri, format!("/admin/clients/{mine}?done=disabled"));
    assert_eq!(
        owner.open(&format!("/admin/clients/{mine}/owner")).await.answer.status,
        403,
        "that is not theirs to say"
    );

    let mut manager = at_console(&server, Office::ClientManager).await;
    let page = manager.submit(&format!("/admin/clients/{mine}/owner"), &[("owner", "nobody")]).await;
    assert_eq!(page.answer.status, 422, "{}", page.answer.body);
    let given = manager.submit(&format!("/admin/clients/{mine}/owner"), &[("owner", "alice")]).await;
    assert_eq!(given.uri, format!("/admin/clients/{mine}?done=saved"));
    let mut owner = at_console(&server, Office::ClientOwner).await;
    assert_eq!(owner.open(&format!("/admin/clients/{mine}")).await.answer.status, 404, "it is alice's now");
}

/// An office that is withdrawn while its holder makes a change: the change comes first, or is not made. Neither waits for
/// the other for ever.
#[sqlx::test]
async fn of_a_change_and_the_end_of_an_office_one_comes_first(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for round in 0..10 {
        let browser = at_console(&server, Office::ClientManager).await;
        // They stay at the console by another office.
        let user = store::users::find_named(&server.db, "admin").await.unwrap().unwrap();
        appoint(&server, "alice", Office::Auditor).await;
        let both = vec!["client_manager".to_owned(), "auditor".to_owned()];
        sqlx::query("insert into user_roles (user_id, role) select $1, unnest($2::text[]) on conflict do nothing")
            .bind(user.user_id)
            .bind(&both)
            .execute(&server.db)
            .await
            .unwrap();
        let enabled = server.client("web").await.unwrap().enabled;

        let (mut one, wanted) = (browser, if enabled { "false" } else { "true" });
        let switch = async move { one.submit("/admin/clients/web/enabled", &[("enabled", wanted)]).await };
        let operator = admin();
        let end = roles::delete(&server.app, &operator, "client_manager");
        let (switched, ended) = tokio::join!(switch, end);

        ended.unwrap();
        let order = "select touched from registry_changes order by version desc limit 1"; // versions are as commits are
        let last: Vec<String> = sqlx::query_scalar(order).fetch_one(&server.db).await.unwrap();
        let was_made = switched.uri.contains("done=");
        assert!(was_made || switched.answer.status == 403, "{round}: {}", switched.answer.body);
        assert_eq!(server.client("web").await.unwrap().enabled != enabled, was_made, "{round}");
        assert_eq!(last, ["roles"], "{round}: nothing is changed by an office that is gone");
    }
}

/// They have the database and its keys anyway.
#[sqlx::test]
async fn operators_may_do_everything(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let powerful = powerful_client(&server).await;
    let unknown = Change::GiveClient { client_id: powerful.clone(), owner: Some(uuid::Uuid::from_u128(7)) };
    let refused = registry::make(&server.app, &admin(), unknown).await;
    assert!(matches!(refused, Err(ChangeError::Invalid(refusals)) if refusals[0].field == "owner"));
    clients::rotate_secret(&server.app, &admin(), &powerful, time::Duration::ZERO).await.unwrap();
    clients::delete(&server.app, &admin(), &powerful).await.unwrap();
}
