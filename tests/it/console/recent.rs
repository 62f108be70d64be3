//! AD-11: keys, secrets, roles and accounts are changed by an administrator who has proven lately who they are.

use portcullis::store::{
    clients::{self, Sought},
    span::Span,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use super::{element, revision, signed_in};
use crate::{
    browser::{Browser, Page},
    server::Server,
};

const A_WHILE: Duration = Duration::minutes(6);

/// The hidden fields of the form with this id.
fn fields(page: &Page, id: &str) -> Vec<(String, String)> {
    let body = &page.answer.body;
    let (_, form) = body.split_once(&format!("<form id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {body}"));
    let (form, _) = form.split_once("</form>").unwrap();
    let unescaped = |text: &str| {
        [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
            .iter()
            .fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
    };
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).map(|input| {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        (unescaped(name), unescaped(rest.split_once('"').unwrap().0))
    });
    hidden.collect()
}

/// Where the form with this id goes.
fn action<'a>(page: &'a Page, id: &str) -> &'a str {
    let (_, form) = page.answer.body.split_once(&format!("<form id=\"{id}\"")).unwrap();
    form.split_once("action=\"").unwrap().1.split_once('"').unwrap().0
}

/// Answers the question with a code, and sends what waited.
async fn confirm(server: &Server, browser: &mut Browser, asked: &Page) -> Page {
    let mut form = fields(asked, "reauthentication");
    form.push(("code".into(), server.code()));
    let confirmed = send(browser, action(asked, "reauthentication"), &form).await;
    assert_eq!(confirmed.answer.status, 200, "{}", confirmed.answer.body);
    send(browser, action(&confirmed, "form-post"), &fields(&confirmed, "form-post")).await
}

async fn send(browser: &mut Browser, path: &str, form: &[(String, String)]) -> Page {
    let form = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>();
    browser.submit(path, &form).await
}

async fn changes(server: &Server) -> i64 {
    let changes = "select count(*) from audit_events where actor like 'user:%' and event ~ '^(key|role|user|client)\\.'
        and event not in ('client.authentication')";
    sqlx::query_scalar(changes).fetch_one(&server.db).await.unwrap()
}

#[sqlx::test]
async fn ad_11_who_found_an_open_console_changes_nothing_that_matters(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let alice = server.user_id("alice").await;
    let kid: String = sqlx::query_scalar("select kid from signing_keys limit 1").fetch_one(&server.db).await.unwrap();
    let user = |action: &str| format!("/admin/users/{alice}/{action}");

    server.clock.advance(A_WHILE);

    for (path, form) in [
        ("/admin/keys/rotate".into(), &[("alg", "")][..]),
        (format!("/admin/keys/{kid}/withdraw"), &[("confirmation", &kid[..8])]),
        ("/admin/clients/service/secrets".into(), &[("overlap", "0")]),
        ("/admin/clients/service/delete".into(), &[("confirmation", "service")]),
        ("/admin/clients/new".into(), &[("name", "Mine"), ("type", "service")]),
        ("/admin/roles/new".into(), &[("name", "mine"), ("office", "administrator")]),
        ("/admin/roles/patient".into(), &[("name", "patient")]),
        ("/admin/roles/visitor/delete".into(), &[("confirmation", "visitor")]),
        ("/admin/users/new".into(), &[("username", "me"), ("email", "me@a.example"), ("roles", "administrator")]),
        (user("edit"), &[("email", "me@a.example"), ("revision", "1")]),
        (user("enabled"), &[("enabled", "false")]),
        (user("link"), &[("link", "recovery")]),
        (user("delete"), &[("confirmation", "alice")]),
        (user("restore"), &[]),
        (user("reset-mfa"), &[]),
    ] {
        let asked = browser.submit(&path, form).await;

        assert_eq!(asked.answer.status, 403, "{path}");
        assert!(asked.has_form("reauthentication"), "{path}: {}", asked.answer.body);
        let wrong = [("path", path.as_str()), ("code", "000000")];
        assert_eq!(browser.submit("/admin/reauthenticate", &wrong[..1]).await.answer.status, 422, "{path}");
        assert_eq!(changes(&server).await, 0, "{path}");
    }
    assert_eq!(browser.open("/admin/users").await.answer.status, 200, "looking needs no more");
    let switched = browser.submit("/admin/clients/service/enabled", &[("enabled", "false")]).await;
    assert_eq!(switched.uri, "/admin/clients/service?done=disabled", "what stops an attack needs no more");
}

#[sqlx::test]
async fn ad_11_nothing_that_was_filled_in_is_lost(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    server.clock.advance(A_WHILE);
    let form = [
        ("client_name", "A \"<b>\" & 'c'"),
        ("type", "web"),
        ("redirect_uris", "https://a.example/cb\r\nhttps://b.example/cb?x=1"),
        ("scope", "openid"),
        ("scope", "records:read"),
        ("token_endpoint_auth_method", "client_secret_basic"),
    ];

    let asked = browser.submit("/admin/clients/new", &form).await;
    let mut again = fields(&asked, "reauthentication");
    again.push(("code".into(), "000000".into()));
    let wrong = send(&mut browser, "/admin/reauthenticate", &again).await;
    let created = confirm(&server, &mut browser, &wrong).await;

    assert_eq!((asked.answer.status.as_u16(), wrong.answer.status.as_u16()), (403, 422));
    assert_eq!(created.answer.status, 200, "{}", created.answer.body);
    assert!(element(&created, "client-secret").starts_with("ptc_cs_"));
    let registered =
        clients::page(&server.db, Sought { text: Some("A \""), ..Sought::default() }, Span::by_name(None, 2))
            .await
            .unwrap()
            .remove(0);
    assert_eq!(registered.name, form[0].1);
    assert_eq!(registered.redirect_uris, ["https://a.example/cb", "https://b.example/cb?x=1"]);
    assert_eq!(registered.scopes.as_slice(), ["openid", "records:read"]);

    let rotated = browser.submit("/admin/keys/rotate", &[("alg", "ES256")]).await;
    assert_eq!(rotated.uri, "/admin/keys?done=rotated", "the proof is good for five minutes");
}

#[sqlx::test]
async fn ad_11_two_tabs_and_an_outdated_form_go_on_as_ever(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let alice = server.user_id("alice").await;
    let edit = format!("/admin/users/{alice}/edit");
    let revision = revision(&browser.open(&edit).await);
    let form = [("revision", revision.as_str()), ("email", "new@people.example"), ("roles", "patient")];
    server.clock.advance(A_WHILE);
    let first = browser.submit(&edit, &form).await;
    let second = browser.submit(&edit, &form).await;

    let saved = confirm(&server, &mut browser, &first).await;
    let outdated = confirm(&server, &mut browser, &second).await;

    assert_eq!(saved.uri, format!("/admin/users/{alice}?done=saved"));
    assert_eq!(outdated.answer.status, 412, "{}", outdated.answer.body);
}

/// What waits goes to the console and nowhere else.
#[sqlx::test]
async fn ad_11_the_question_leads_nowhere_else(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    for path in ["https://thief.example/", "//thief.example/admin/", "/account/delete", "", "admin/keys/rotate"] {
        let code = server.code();
        let page = browser.submit("/admin/reauthenticate", &[("path", path), ("code", &code)]).await;
        assert_eq!(page.answer.status, 400, "{path}");
    }
    let (mut stranger, code) = (server.browser(), server.code());
    let page = stranger.submit("/admin/reauthenticate", &[("path", "/admin/keys/rotate"), ("code", &code)]).await;
    assert_eq!(page.path(), "/admin/sign-in");
}
