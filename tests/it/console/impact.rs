//! Before something goes that is in use, the console says what hangs on it, and asks.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{revision, signed_in};
use crate::{factors::between, server::Server};

#[sqlx::test]
async fn a_scope_that_is_in_use_does_not_go_by_a_slip(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.tokens("web").await; // somebody has allowed it
    let (mut browser, _) = signed_in(&server, "admin").await;
    let api = server.snapshot().await.registry().owner("records:read").unwrap().clone();
    let uri = format!("/admin/apis/{}/edit", api.api_id);
    let seen = revision(&browser.open(&uri).await);
    let form = |confirmed| {
        [
            ("name", "Records"),
            ("scope.1.name", "records:read"),
            ("scope.1.remove", "true"),
            ("scope.2.name", "record:read"),
            ("scope.2.words", "A slip"),
            ("revision", &*seen),
            ("confirmed", confirmed),
        ]
    };

    let asked = browser.submit(&uri, &form("")).await;
    let guessed = browser.submit(&uri, &form("yes")).await;

    for page in [&asked, &guessed] {
        assert_eq!(page.answer.status, 409, "{}", page.answer.body);
        for said in ["<code>records:read</code>", "clients are registered for it.", "1 user has allowed it."] {
            assert!(page.answer.body.contains(said), "{said}: {}", page.answer.body);
        }
    }
    assert!(server.snapshot().await.registry().owner("records:read").is_some(), "nothing is saved");
    let back = browser.open(&uri).await;
    assert!(back.answer.body.contains("value=\"A slip\""), "the form still holds what was typed");
    assert_eq!(revision(&back), seen);

    let mark = between(&asked.answer.body, "name=\"confirmed\" value=\"", "\"").to_owned();
    let saved = browser.submit(&uri, &form(&mark)).await;
    assert_eq!(saved.uri, format!("/admin/apis/{}?done=saved", api.api_id));
    assert!(server.snapshot().await.registry().owner("records:read").is_none());
}

#[sqlx::test]
async fn what_nobody_uses_goes_without_a_question(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let new = [
        ("name", "Spare"),
        ("identifier", "urn:spare"),
        ("scope.1.name", "spare:read"),
        ("scope.1.words", "A"),
        ("scope.2.name", "spare:write"),
        ("scope.2.words", "B"),
    ];
    let page = browser.submit("/admin/apis/new", &new).await;
    let uri = format!("{}/edit", page.path());

    let gone = [("name", "Spare"), ("scope.1.name", "spare:write"), ("scope.1.remove", "true"), ("revision", "1")];
    let saved = browser.submit(&uri, &gone).await;

    assert!(saved.uri.ends_with("?done=saved"), "{} {}", saved.uri, saved.answer.body);
}

#[sqlx::test]
async fn roles_and_clients_say_who_has_them(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.tokens("web").await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let role = server.snapshot().await.registry().roles().find(|role| !role.scopes.is_empty()).unwrap().clone();

    let page = browser.open(&format!("/admin/roles/{}/delete", role.name)).await;
    assert!(page.answer.body.contains("this role."), "{}", page.answer.body);
    let uri = format!("/admin/roles/{}", role.name);
    let form = [("revision", role.revision.to_string()), ("description", "x".into())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(browser.submit(&uri, &form).await.answer.status, 409);

    let page = browser.open("/admin/clients/web/delete").await;
    assert!(page.answer.body.contains("1 user has allowed it."), "{}", page.answer.body);
    let revision = server.client("web").await.unwrap().revision.to_string();
    let form = [
        ("revision", &*revision),
        ("client_name", "Web"),
        ("redirect_uris", "https://elsewhere.example/cb"),
        ("scope", "openid"),
        ("token_endpoint_auth_method", "client_secret_basic"),
    ];
    let asked = browser.submit("/admin/clients/web/edit", &form).await;
    assert_eq!(asked.answer.status, 409, "{}", asked.answer.body);
    assert!(asked.answer.body.contains("/callback</code>"), "{}", asked.answer.body);
    let wrong =
        form.map(|(name, value)| if name == "redirect_uris" { (name, "https://a.example/#x") } else { (name, value) });
    let refused = browser.submit("/admin/clients/web/edit", &wrong).await;
    assert_eq!(refused.answer.status, 422, "what is wrong is said first: {}", refused.answer.body);
}
