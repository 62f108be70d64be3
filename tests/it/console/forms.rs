//! The console's forms: what they ask for, what they say when something is wrong.

use axum::http::StatusCode;
use portcullis::store;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{client_form, revision, signed_in};
use crate::server::{RECORDS, Server};

#[sqlx::test]
async fn a_form_keeps_what_was_typed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    let mut form = client_form("Portal & more");
    form[1] = ("type", "web");
    form.extend([("redirect_uris", "http://portal.example/cb"), ("access_token_lifetime", "soon")]);
    let page = browser.submit("/admin/clients/new", &form).await;

    assert_eq!(page.answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["Portal &#38; more", "http://portal.example/cb", "value=\"soon\"", "value=\"web\" checked"] {
        assert!(page.answer.body.contains(kept), "{kept}: {}", page.answer.body);
    }
    for field in ["redirect_uris", "access_token_lifetime"] {
        assert!(page.answer.body.contains(&format!("id=\"{field}-error\"")), "{field}");
    }
}

/// Which fields are wrong, in the order of the page.
fn wrong(html: &str) -> Vec<&str> {
    let parts = html.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    parts.filter_map(|id| id.strip_suffix("-error")).collect()
}

#[sqlx::test]
async fn everything_wrong_is_said_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    for (uri, form, fields) in [
        ("/admin/clients/new", &[][..], &["client_name", "type"][..]),
        (
            "/admin/clients/new",
            &[("type", "web"), ("refresh_token_lifetime", "long"), ("contacts", "nobody"), ("client_uri", "x")],
            &["client_name", "redirect_uris", "refresh_token_lifetime", "contacts", "client_uri"],
        ),
        (
            "/admin/apis/new",
            &[
                ("identifier", "records"),
                ("scope.1.name", "a"),
                ("scope.1.words", "A"),
                ("scope.2.name", "a"),
                ("scope.2.words", "C"),
                ("access_token_lifetime", "1.5"),
            ],
            &["name", "identifier", "scopes", "access_token_lifetime"],
        ),
        ("/admin/roles/new", &[("description", "\u{200b}"), ("scopes", "x")], &["name", "description", "scopes"]),
        ("/admin/users/new", &[("email", "no")], &["username", "email"]),
        ("/admin/users/new", &[("username", "carol")], &["email"]),
    ] {
        let page = browser.submit(uri, form).await;
        assert_eq!(page.answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{uri}");
        assert_eq!(wrong(&page.answer.body), fields, "{uri} {form:?}");
    }
}

/// AD-16: what only one of them changed is as they want it, and lists are united.
#[sqlx::test]
async fn what_two_editors_want_is_brought_together(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let uri = "/admin/clients/web/edit";
    let (page, before) = (browser.open(uri).await, server.client("web").await.unwrap());
    let (seen, name) = (revision(&page), before.name.clone());
    let uris = |more: &str| format!("{}\r\n{more}", before.redirect_uris.join("\r\n"));
    let (first, second) = (uris("https://first.example/cb"), uris("https://second.example/cb"));
    let form = |name, uris, revision| {
        [
            ("client_name", name),
            ("redirect_uris", uris),
            ("revision", revision),
            ("scope", "openid"),
            ("token_endpoint_auth_method", "client_secret_basic"),
        ]
    };

    browser.submit(uri, &form("Renamed", &first, &seen)).await;
    let told = browser.submit(uri, &form(&name, &second, &seen)).await;

    assert_eq!(told.answer.status, StatusCode::PRECONDITION_FAILED);
    assert!(told.answer.body.contains("Their change is in the form now"), "{}", told.answer.body);
    for both in ["value=\"Renamed\"", "https://first.example/cb\n", "https://second.example/cb"] {
        assert!(told.answer.body.contains(both), "{both}: {}", told.answer.body);
    }
    let all = format!("{first}\r\nhttps://second.example/cb");
    let saved = browser.submit(uri, &form("Renamed", &all, &revision(&told))).await;
    assert_eq!(saved.answer.status, StatusCode::OK, "{}", saved.answer.body);

    // Of an API, whose scopes are named, and of a role.
    let (mut apis, role) =
        (server.snapshot().await.registry().apis().cloned().collect::<Vec<_>>(), "/admin/roles/visitor");
    let api = apis.remove(0);
    let uri = format!("/admin/apis/{}/edit", api.api_id);
    let revision_seen = revision(&browser.open(&uri).await);
    let form = |scope| {
        [("name", api.name.as_str()), ("scope.9.name", scope), ("scope.9.words", scope), ("revision", &revision_seen)]
    };
    browser.submit(&uri, &form("first:read")).await;
    let told = browser.submit(&uri, &form("second:read")).await;
    assert_eq!(told.answer.status, StatusCode::PRECONDITION_FAILED);
    assert!(told.answer.body.contains("value=\"first:read\"") && told.answer.body.contains("value=\"second:read\""));

    let seen = revision(&browser.open(role).await);
    browser.submit(role, &[("description", "Theirs"), ("revision", &seen)]).await;
    let told = browser.submit(role, &[("description", "Mine"), ("scopes", "records:read"), ("revision", &seen)]).await;
    assert_eq!(told.answer.status, StatusCode::PRECONDITION_FAILED);
    for said in ["value=\"Mine\"", "Another administrator changed this to: Theirs", "value=\"records:read\" checked"] {
        assert!(told.answer.body.contains(said), "{said}: {}", told.answer.body);
    }
}

/// AD-16: the same of a user, of whom the audit trail has fingerprints only.
#[sqlx::test]
async fn what_two_editors_want_of_a_user_is_brought_together(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let uri = format!("/admin/users/{}/edit", server.user_id("alice").await);
    let seen = revision(&browser.open(&uri).await);
    let before = store::users::find_named(&server.db, "alice").await.unwrap().unwrap();
    let email = before.email.clone().unwrap();
    let form = |email, given_name, role| {
        [("email", email), ("given_name", given_name), ("roles", role), ("revision", seen.as_str())]
    };
    let (old_name, own_role) = (before.profile.given_name.clone().unwrap_or_default(), before.roles[0].clone());

    let theirs = [
        ("email", email.as_str()),
        ("given_name", "Theirs"),
        ("roles", &own_role),
        ("roles", "visitor"),
        ("revision", &seen),
    ];
    browser.submit(&uri, &theirs).await;
    let told = browser.submit(&uri, &form("new@people.example", &old_name, &own_role)).await;
    assert_eq!(told.answer.status, StatusCode::PRECONDITION_FAILED);
    for both in ["value=\"new@people.example\"", "value=\"Theirs\"", "value=\"visitor\" checked"] {
        assert!(told.answer.body.contains(both), "{both}: {}", told.answer.body);
    }
    assert!(!told.answer.body.contains("unknown"), "{}", told.answer.body);

    // Where both want something else, the one who looks at the form decides.
    let told = browser.submit(&uri, &form(&email, "Mine", &own_role)).await;
    assert!(told.answer.body.contains("value=\"Mine\""), "{}", told.answer.body);
    assert!(told.answer.body.contains("changed details of the profile too"), "{}", told.answer.body);
}

/// AD-16
#[sqlx::test]
async fn the_second_of_two_editors_is_told(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let uri = "/admin/clients/service/edit";
    let seen = revision(&browser.open(uri).await);
    let form =
        |name: &'static str, revision| [("client_name", name), ("scope", "records:read"), ("revision", revision)];

    let first = browser.submit(uri, &form("First", &seen)).await;
    let second = browser.submit(uri, &form("Second", &seen)).await;

    assert_eq!(first.answer.status, StatusCode::OK);
    assert_eq!(second.answer.status, StatusCode::PRECONDITION_FAILED);
    assert!(second.answer.body.contains("value=\"Second\"") && second.answer.body.contains("admin changed Name"));
    assert_eq!(server.client("service").await.unwrap().name, "First");
    let third = browser.submit(uri, &form("Second", &revision(&second))).await;
    assert_eq!((third.answer.status, &*server.client("service").await.unwrap().name), (StatusCode::OK, "Second"));
}

#[sqlx::test]
async fn apis_roles_and_users_are_made_by_forms(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    let api = [
        ("name", "Notes"),
        ("identifier", "urn:example:notes"),
        ("scope.1.name", "notes:read"),
        ("scope.1.words", "Read notes"),
        ("scope.2.name", "notes:write"),
        ("scope.2.words", "Write"),
    ];
    let form = browser.open("/admin/apis/new").await.answer.body;
    assert!(form.contains("value=\"ES256\" selected") && form.contains("RS256: every library knows it"), "{form}");
    assert_eq!(browser.submit("/admin/apis/new", &api).await.answer.status, StatusCode::OK);
    let role = [("name", "writer"), ("description", "Writes"), ("scopes", "notes:read"), ("scopes", "notes:write")];
    assert_eq!(browser.submit("/admin/roles/new", &role).await.answer.status, StatusCode::OK);
    let user = [("username", "carol"), ("email", "carol@people.example"), ("roles", "writer")];
    assert_eq!(browser.submit("/admin/users/new", &user).await.answer.status, StatusCode::OK);

    assert!(server.snapshot().await.registry().role("writer").unwrap().scopes.contains("notes:write"));
    let carol = store::users::find_named(&server.db, "Carol").await.unwrap().unwrap();
    assert_eq!(carol.roles, ["writer"]);
}

#[sqlx::test]
async fn a_service_has_nothing_that_is_for_people(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    server.change_client("service", |service| service.refresh_token_lifetime = 3600).await;

    for uri in ["/admin/clients/service", "/admin/clients/service/edit"] {
        let page = browser.open(uri).await;
        assert_eq!(page.answer.status, StatusCode::OK);
        for word in ["edirect URI", "efresh token", "ID token", "Home page", "offline_access", "sign-in"] {
            assert!(!page.answer.body.contains(word), "{uri} says {word}");
        }
    }
    let seen = revision(&browser.open("/admin/clients/service/edit").await);
    let form = [("client_name", "Renamed"), ("scope", "records:read"), ("revision", &seen)];
    let saved = browser.submit("/admin/clients/service/edit", &form).await;

    assert_eq!(saved.uri, "/admin/clients/service?done=saved");
    let after = server.client("service").await.unwrap();
    assert_eq!((&*after.name, after.refresh_token_lifetime), ("Renamed", 3600), "what is not shown stays");
}

/// Clients, APIs and roles demand a level, which stays where a form does not name one.
#[sqlx::test]
async fn a_level_is_chosen_and_stays(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let records = server.snapshot().await.registry().apis().find(|api| api.identifier == RECORDS).unwrap().clone();
    let api = format!("/admin/apis/{}", records.api_id);
    let scopes = records.scopes.keys().map(|name| format!("{name} See")).collect::<Vec<_>>().join("\r\n");

    for (uri, shown, name, scopes) in [
        ("/admin/clients/web/edit".to_owned(), "/admin/clients/web", "client_name", ("scope", "openid")),
        (format!("{api}/edit"), &*api, "name", ("scopes", &*scopes)),
        ("/admin/roles/visitor".to_owned(), "/admin/roles", "description", ("scopes", "records:read")),
    ] {
        for level in [Some("phr"), None] {
            let form = browser.open(&uri).await;
            let seen = revision(&form);
            let mut fields = vec![(name, "It"), scopes, ("revision", &seen)];
            fields.extend(level.map(|level| ("required_acr", level)));
            let saved = browser.submit(&uri, &fields).await.uri;
            assert!(saved.starts_with(&format!("{shown}?done=saved")), "{saved}");
            let form = browser.open(&uri).await.answer.body;
            assert!(form.contains("<option value=\"phr\" selected>"), "{uri} {level:?}");
            let page = browser.open(&format!("{shown}?tab=sign-in")).await.answer.body;
            assert!(page.contains("Two factors, phishing-resistant (phr)"), "{shown} {level:?}");
        }
    }
}
