//! Why a client gets what it gets: what is said is what happens.

use portcullis::{accounts::users, model::office::Office, policy::permission::Permission, registry::clients};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::signed_in;
use crate::{
    admin_api::{Machine, mighty, problem},
    browser::Browser,
    offices,
    server::{BILLING, RECORDS, Server, Tokens, admin, claims},
};

/// Claims that a token has only once it is asked for and made.
const MADE_WITH_IT: [&str; 7] = ["jti", "grant_id", "sid", "iat", "exp", "auth_time", "nonce"];

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn explained(server: &Server, pairs: &[(&str, &str)]) -> Value {
    let answer = mighty(server).await.ask(server, &format!("GET /why?{}", query(pairs)), Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn held(explained: &Value) -> String {
    let scopes = explained["scopes"].as_array().unwrap().iter().filter(|scope| scope["held"] == true);
    scopes.map(|scope| scope["scope"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

/// What a token says, without what it has only once it is made.
fn said(token: &str) -> Value {
    let mut claims = claims(token);
    claims.as_object_mut().unwrap().retain(|name, _| !MADE_WITH_IT.contains(&name.as_str()));
    claims
}

async fn page(browser: &mut Browser, pairs: &[(&str, &str)]) -> String {
    let page = browser.open(&format!("/admin/why?{}", query(pairs))).await;
    assert_eq!(page.answer.status, 200, "{}", page.answer.body);
    page.answer.body.split_once("<main").unwrap().1.to_owned()
}

#[sqlx::test]
async fn what_is_said_is_what_the_tokens_say(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (username, scope) in [
        ("alice", "openid profile email records:read records:write"),
        ("alice", "openid offline_access records:read unheard:of"),
        ("bob", "openid email records:read"),
        ("alice", "billing:read"),
    ] {
        let asked = [("client_id", "web"), ("user", username), ("scope", scope)];
        let before = explained(&server, &asked).await;
        let code = server.browser().obtain(username, &[("scope", scope)]).await.code();
        let tokens = Tokens::of(&server.redeem("web", &code).await);

        let told = explained(&server, &asked).await;
        assert_eq!(told["access_token"], said(&tokens.access), "{username} {scope}");
        let id_token = if tokens.id.is_empty() { Value::Null } else { said(&tokens.id) };
        assert_eq!(told["id_token"], id_token, "{username} {scope}");
        assert_eq!((held(&told), told["issued"].as_bool()), (tokens.scope, Some(true)), "{username} {scope}");
        assert_eq!(told["refresh_token"].as_bool(), Some(!tokens.refresh.is_empty()), "{username} {scope}");
        let consents = |told: &Value| told["steps"].as_array().unwrap().iter().any(|step| step["code"] == "consent");
        assert!(consents(&before) && !consents(&told), "{username} {scope}");
    }

    let answer = server.token(Some("service"), &[("grant_type", "client_credentials")]).await;
    let told = explained(&server, &[("client_id", "service")]).await;
    assert_eq!(told["access_token"], said(answer.json()["access_token"].as_str().unwrap()));
    assert_eq!((told["for"].as_str(), &told["required_acr"]), (Some("client"), &Value::Null));
}

/// What is refused is refused with the code that the client gets.
#[sqlx::test]
async fn a_refusal_is_said_as_the_client_would_be_told(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (username, scope, resource) in [
        ("alice", "records:read billing:read", ""),
        ("bob", "records:read", ""),
        ("alice", "openid", RECORDS),
        ("bob", "openid records:read", RECORDS),
    ] {
        let mut asked = vec![("client_id", "web"), ("user", username), ("scope", scope)];
        let mut sent = vec![("scope", scope)];
        if !resource.is_empty() {
            asked.push(("resource", resource));
            sent.push(("resource", resource));
        }
        let told = explained(&server, &asked).await;
        let mut browser = server.browser();
        let page = browser.authorize(&sent).await;
        let refused = if page.has_form("sign-in") { browser.sign_in(&page, username).await } else { page };
        assert_eq!(told["obstacles"][0]["code"].as_str(), Some(refused.error().as_str()), "{username} {scope}");
        assert_eq!((&told["issued"], &told["access_token"]), (&json!(false), &Value::Null));
    }
    let one = [("client_id", "web"), ("user", "alice"), ("scope", "records:read billing:read"), ("resource", BILLING)];
    let one = explained(&server, &one).await;
    assert_eq!((held(&one).as_str(), &one["audience"]), ("billing:read", &json!([BILLING])));
    assert_eq!(one["scopes"][0]["reasons"][0]["code"], "other_resource");

    let alice = server.user_id("alice").await;
    users::set_enabled(&server.app, &admin(), alice, false).await.unwrap();
    clients::set_enabled(&server.app, &admin(), "web", false).await.unwrap();
    let told = explained(&server, &[("client_id", "web"), ("user", &alice.to_string()), ("scope", "openid")]).await;
    let codes = told["obstacles"].as_array().unwrap().iter().map(|it| it["code"].clone()).collect::<Vec<_>>();
    assert_eq!(codes, ["client_disabled", "user_disabled"]);
    let administers = explained(&server, &[("client_id", "spa"), ("user", "admin"), ("scope", "openid")]).await;
    assert_eq!(administers["obstacles"][0]["code"], "user_administers");
}

#[sqlx::test]
async fn the_page_tells_it_in_sentences_with_links(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let rows = async || {
        let tables = ["grants", "consents", "authorization_requests", "refresh_tokens"];
        let mut rows = Vec::new();
        for table in tables {
            let count = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
            rows.push(sqlx::query_scalar::<_, i64>(count).fetch_one(&server.db).await.unwrap_or_default());
        }
        rows
    };
    let before = rows().await;

    let bob = page(&mut browser, &[("client", "web"), ("user", "bob"), ("scope", "openid records:read x")]).await;
    for part in [
        "with 1 of 3 scopes",
        "No role of the user gives it. This one would: <a href=\"/admin/roles/patient\">",
        "The client is not registered for it.",
        "No API has this scope.",
        "so no role is needed",
        "The user is asked for consent first.",
        "&#34;sub&#34;",
    ] {
        assert!(bob.contains(part), "{part}: {bob}");
    }
    let several = page(&mut browser, &[("client", "web"), ("user", "ALICE@people.example")]).await;
    assert!(several.contains("invalid_target") && several.contains("A token is for one API"), "{several}");
    assert!(several.contains("&#38;resource=https%3A%2F%2Frecords.example"), "{several}");
    let named = [("client", "the web client"), ("user", "alice"), ("resource", "billing")];
    assert!(page(&mut browser, &named).await.contains("By the role <a href=\"/admin/roles/patient\">"));
    let anybody = page(&mut browser, &[("client", "web"), ("scope", "openid")]).await;
    assert!(anybody.contains("for whoever signs in") && anybody.contains("at most 1 of 1 scope"), "{anybody}");
    let unclear = page(&mut browser, &[("client", "client")]).await;
    assert!(unclear.contains("Which client?") && unclear.contains("client=spa"), "{unclear}");
    assert!(!page(&mut browser, &[("user", "bob")]).await.contains("id=\"answer\""), "a link from the page of a user");

    for (refused, message) in [
        (&[("client", "nobody-is-called-so")][..], "No client has this id or name."),
        (&[("client", "web"), ("user", "nobody")], "No user has this name"),
        (&[("client", ""), ("user", "bob")], "Name the client."),
        (&[("client", "web"), ("scope", "a\"b")], "scope must be at most 100 names"),
        (&[("client", "web"), ("resource", "urn:x")], "No API has this identifier or name."),
    ] {
        let page = browser.open(&format!("/admin/why?{}", query(refused))).await;
        assert_eq!(page.answer.status, 422, "{refused:?}");
        assert!(page.answer.body.contains(message), "{refused:?}: {}", page.answer.body);
    }
    assert_eq!(rows().await, before, "nothing is issued by asking");
}

/// Whoever asks sees no more by it than elsewhere.
#[sqlx::test]
async fn an_answer_shows_what_its_reader_may_see(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut manager = offices::at_console(&server, Office::ClientManager).await;
    let html = page(&mut manager, &[("client", "web"), ("scope", "records:read")]).await;
    assert!(html.contains("with at most 1 of 1 scope") && !html.contains("name=\"user\""), "{html}");
    let refused = manager.open("/admin/why?client=web&user=alice").await;
    assert!(refused.answer.status == 403 && refused.answer.body.contains("You may not do this"));

    let mut owner = offices::at_console(&server, Office::ClientOwner).await;
    let hidden = owner.open("/admin/why?client=web").await;
    assert!(hidden.answer.status == 422 && hidden.answer.body.contains("No client has this id"));

    let machine = Machine::new(&server, [Permission::ClientsRead]).await;
    let ask = async |query: &str| machine.ask(&server, &format!("GET /why?{query}"), Value::Null).await;
    assert_eq!(ask("client_id=web&scope=openid").await.status, 200);
    assert_eq!(problem(&ask("client_id=web&user=alice").await), (403, "insufficient_scope".into()));
    for query in ["", "client_id=nobody", "client_id=web&scope=a%22"] {
        assert_eq!(problem(&ask(query).await), (422, "invalid".into()), "{query}");
    }
    for query in ["client_id=web&x=y", "client_id=web&client_id=web"] {
        assert_eq!(problem(&ask(query).await), (400, "malformed".into()), "{query}");
    }
}
