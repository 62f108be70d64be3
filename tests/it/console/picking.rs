//! Choosing among more scopes and roles than anybody reads: a search, and a form that sends what changes.

use portcullis::{registry::apis::ApiSettings, store::clients};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{client_form, revision, signed_in};
use crate::{
    browser::{Browser, Page},
    server::{Server, admin},
};

/// Three hundred APIs with ten scopes each.
async fn with_many_scopes(server: &Server) {
    for n in 0..30 {
        let scope = |scope: usize| (format!("api{n}:scope{scope}"), format!("Do the thing {scope}"));
        let settings = ApiSettings {
            identifier: format!("urn:api:{n}"),
            name: format!("Interface {n}"),
            scopes: (0..10).map(scope).collect(),
            ..ApiSettings::default()
        };
        portcullis::registry::apis::create(&server.app, &admin(), &settings).await.unwrap();
    }
}

/// The names of boxes with this value, with whether they are ticked.
fn boxes(page: &Page, value: &str) -> Vec<(String, bool)> {
    let inputs = page.answer.body.split("<input type=\"checkbox\" name=\"").skip(1);
    let wanted = format!("\" value=\"{value}\"");
    let found = inputs.filter_map(|input| {
        let (name, rest) = input.split_once(&wanted)?;
        (!name.contains('"')).then(|| (name.to_owned(), rest.starts_with(" checked")))
    });
    found.collect()
}

async fn scopes(server: &Server, path: &str) -> String {
    let id = path.strip_prefix("/admin/clients/").unwrap();
    clients::find(&server.db, id).await.unwrap().unwrap().scopes.to_string()
}

async fn registered(browser: &mut Browser) -> String {
    let page = browser.submit("/admin/clients/new", &client_form("Nightly")).await;
    page.path().to_owned()
}

#[sqlx::test]
async fn a_search_among_many_scopes_keeps_the_form(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    with_many_scopes(&server).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let path = registered(&mut browser).await;
    let edit = format!("{path}/edit");
    let page = browser.open(&edit).await;
    let was = revision(&page);
    assert_eq!(boxes(&page, "records:read"), [("scope.remove".to_owned(), false)]);
    assert_eq!(boxes(&page, "api7:scope3"), [], "three hundred are too many to show");
    assert!(page.answer.body.len() < 200_000, "{}", page.answer.body.len());

    let typed = [("revision", was.as_str()), ("client_name", "Nightly two"), ("scope.from", "registered")];
    let search = |find: &'static str, more: &[(&'static str, &'static str)]| {
        [&typed[..], &[("scope.find", find)], more].concat()
    };
    let page = browser.submit(&format!("{edit}?find=scope"), &search("INTERFACE 7 scope3", &[])).await;
    assert_eq!(page.uri, format!("{edit}?find=scope"), "reloading repeats nothing");
    assert!(page.answer.body.contains("value=\"Nightly two\""), "what was typed is there");
    assert!(!page.answer.body.contains("Not sent yet"), "its author is just writing it");
    assert_eq!(boxes(&page, "api7:scope3"), [("scope.add".to_owned(), false)]);
    assert_eq!(scopes(&server, &path).await, "records:read", "a search saves nothing");

    let more = [("scope.add", "api7:scope3"), ("scope.remove", "records:read")];
    let page = browser.submit(&format!("{edit}?find=scope"), &search("interface 8", &more)).await;
    assert_eq!(boxes(&page, "api7:scope3"), [("scope.add".to_owned(), true)], "what was ticked stays");
    assert_eq!(boxes(&page, "records:read"), [("scope.remove".to_owned(), true)]);

    let page = browser.submit(&edit, &search("interface 8", &[more[0], ("scope.add", "api8:scope1")])).await;
    assert_eq!(page.path(), path, "{}", page.answer.body);
    assert_eq!(scopes(&server, &path).await, "records:read api7:scope3 api8:scope1");
    assert!(!browser.open(&edit).await.answer.body.contains("Not sent yet"), "what was sent is no draft");

    let was = revision(&browser.open(&edit).await);
    let taken = [
        ("revision", was.as_str()),
        ("client_name", "Nightly"),
        ("scope.from", "registered"),
        ("scope.remove", "api7:scope3"),
        ("confirmed", "true"),
    ];
    let page = browser.submit(&edit, &taken).await;
    assert_eq!(page.path(), path, "{}", page.answer.body);
    assert_eq!(scopes(&server, &path).await, "records:read api8:scope1");
}

#[sqlx::test]
async fn what_two_pick_at_the_same_time_is_picked(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    with_many_scopes(&server).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let edit = format!("{}/edit", registered(&mut browser).await);
    let was = revision(&browser.open(&edit).await);
    let pick = |scope: &'static str| {
        [("revision", was.as_str()), ("client_name", "Nightly"), ("scope.from", "registered"), ("scope.add", scope)]
    };
    browser.submit(&edit, &pick("api1:scope1")).await;

    let page = browser.submit(&edit, &pick("api2:scope2")).await;

    assert_eq!(page.answer.status.as_u16(), 412);
    assert_eq!(boxes(&page, "api1:scope1"), [("scope.remove".to_owned(), false)], "theirs stays");
    assert_eq!(boxes(&page, "api2:scope2"), [("scope.add".to_owned(), true)], "and ours waits");
}

#[sqlx::test]
async fn a_client_begins_with_what_was_picked_for_another(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    with_many_scopes(&server).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let path = registered(&mut browser).await;
    let id = path.strip_prefix("/admin/clients/").unwrap();
    let page = browser.open(&format!("/admin/clients/new?like={id}")).await;
    assert_eq!(boxes(&page, "records:read"), [("scope.remove".to_owned(), false)]);

    let mut form = client_form("Nightly two");
    form.retain(|(name, _)| *name != "scope");
    form.extend([("like", id), ("scope.from", "registered"), ("scope.add", "api3:scope3")]);
    let page = browser.submit("/admin/clients/new", &form).await;

    assert_eq!(scopes(&server, page.path()).await, "records:read api3:scope3", "{}", page.answer.body);
}

#[sqlx::test]
async fn roles_are_picked_too(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    with_many_scopes(&server).await;
    sqlx::query("insert into roles (name, description, created_at) select 'team-' || n, 'Team', now() from generate_series(1, 200) n")
        .execute(&server.db)
        .await
        .unwrap();
    let (mut browser, _) = signed_in(&server, "admin").await;
    let form = [("name", "reader"), ("scopes.from", "registered"), ("scopes.add", "api1:scope1")];
    let page = browser.submit("/admin/roles/new", &form).await;
    assert_eq!(page.path(), "/admin/roles", "{}", page.answer.body);
    let page = browser.open("/admin/roles/reader").await;
    assert_eq!(boxes(&page, "api1:scope1"), [("scopes.remove".to_owned(), false)]);

    let form = [
        ("username", "carol"),
        ("email", "carol@example.com"),
        ("roles.from", "registered"),
        ("roles.add", "team-150"),
        ("roles.find", "reader"),
    ];
    let page = browser.submit("/admin/users/new?find=roles", &form).await;
    assert_eq!(boxes(&page, "team-150"), [("roles.add".to_owned(), true)]);
    assert_eq!(boxes(&page, "reader"), [("roles.add".to_owned(), false)]);
    let page = browser.submit("/admin/users/new", &form).await;
    assert!(page.uri.ends_with("done=user-created"), "{}", page.answer.body);
    let edit = format!("{}/edit", page.path());
    let page = browser.open(&edit).await;
    assert_eq!(boxes(&page, "team-150"), [("roles.remove".to_owned(), false)]);
    let form = [
        ("revision", &*revision(&page)),
        ("email", "carol@example.com"),
        ("roles.from", "registered"),
        ("roles.add", "reader"),
        ("roles.remove", "team-150"),
    ];
    browser.submit(&edit, &form).await;
    let page = browser.open(&edit).await;
    assert_eq!((boxes(&page, "team-150").len(), boxes(&page, "reader").len()), (0, 1));
}

#[sqlx::test]
async fn an_api_keeps_the_scopes_that_its_form_does_not_show(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let scopes = (0..1000).map(|n| (format!("big:{n:03}"), "Do it".to_owned())).collect();
    let settings = ApiSettings { identifier: "urn:big".into(), name: "Big".into(), scopes, ..ApiSettings::default() };
    let api = portcullis::registry::apis::create(&server.app, &admin(), &settings).await.unwrap();
    let (mut browser, _) = signed_in(&server, "admin").await;
    let edit = format!("/admin/apis/{}/edit", api.api_id);
    let page = browser.open(&edit).await;
    assert!(page.answer.body.contains("1000 more are not shown") && page.answer.body.len() < 100_000);
    let seen = revision(&page);
    let form = |find: &'static str| {
        let form = [
            ("revision", seen.as_str()),
            ("name", "Bigger"),
            ("scopes.find", find),
            ("scope.1.name", "big:new"),
            ("scope.1.words", "Do more"),
        ];
        form.to_vec()
    };
    let page = browser.submit(&format!("{edit}?find=scopes"), &form("BIG:99")).await;
    for kept in ["value=\"Bigger\"", "value=\"big:new\"", "value=\"big:999\"", "990 more are not shown"] {
        assert!(page.answer.body.contains(kept), "{kept}: {}", page.answer.body);
    }

    let changed = [
        ("scope.5.name", "big:999"),
        ("scope.5.remove", "true"),
        ("scope.6.name", "big:998"),
        ("scope.6.words", "Less"),
    ];
    let page = browser.submit(&edit, &[form(""), changed.to_vec()].concat()).await;

    assert!(page.uri.ends_with("?done=saved"), "{}", page.answer.body);
    let api = server.snapshot().await.registry().api(api.api_id).unwrap().clone();
    assert_eq!((api.scopes.len(), api.scopes.contains_key("big:999")), (1000, false));
    assert_eq!((api.scopes["big:998"].as_str(), api.scopes["big:new"].as_str()), ("Less", "Do more"));
}
