//! The secrets of a client, in the console.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{element, signed_in};
use crate::{factors::between, server::Server};

#[sqlx::test]
async fn a_third_rotation_asks_before_it_cuts_one_short(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let path = "/admin/clients/service/secrets";
    let form = |confirmed| [("name", ""), ("overlap", "86400"), ("confirmed", confirmed)];
    let works = async || {
        let secrets = server.client("service").await.unwrap().secrets.clone();
        secrets.into_iter().filter(|secret| secret.works(server.clock.now())).count()
    };
    let first = browser.submit(path, &form("")).await;
    assert!(element(&first, "client-secret").starts_with("ptc_cs_"), "{}", first.answer.body);

    let asked = browser.submit(path, &form("")).await;

    assert_eq!(asked.answer.status, 409);
    assert!(asked.answer.body.contains("works now. It was never used."), "{}", asked.answer.body);
    assert!(asked.answer.body.contains("href=\"/admin/clients/service?tab=secrets\""), "a page to go back to");
    assert_eq!(works().await, 2, "nothing happened");
    let mark = between(&asked.answer.body, "name=\"confirmed\" value=\"", "\"").to_owned();
    let rotated = browser.submit(path, &form(&mark)).await;
    assert_ne!(element(&rotated, "client-secret"), element(&first, "client-secret"));
    assert_eq!(works().await, 2);
}

#[sqlx::test]
async fn a_client_gets_a_secret_for_each_place(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let path = "/admin/clients/service/secrets";
    let page = browser.submit(path, &[("name", "Night shift")]).await;
    for said in ["Night shift", "End now", "Add secret", "Rotate secret"] {
        assert!(page.answer.body.contains(said), "{said}: {}", page.answer.body);
    }
    let again = browser.submit(path, &[("name", "Night shift")]).await;
    assert_eq!(again.answer.status, 422, "{}", again.answer.body);

    let secrets = server.client("service").await.unwrap().secrets.clone();
    let added = secrets.iter().find(|secret| secret.name == "Night shift").unwrap().secret_id.to_string();
    let end = format!("{path}/end");
    let asked = browser.submit(&end, &[("secret_id", &added)]).await;
    assert_eq!(asked.answer.status, 409);
    let mark = between(&asked.answer.body, "name=\"confirmed\" value=\"", "\"").to_owned();
    let ended = browser.submit(&end, &[("secret_id", &added), ("confirmed", &mark)]).await;
    assert_eq!(ended.uri, "/admin/clients/service?tab=secrets&done=ended");
    let last = server.client("service").await.unwrap().secrets[0].secret_id.to_string();
    let asked = browser.submit(&end, &[("secret_id", &last)]).await;
    let mark = between(&asked.answer.body, "name=\"confirmed\" value=\"", "\"").to_owned();
    let kept = browser.submit(&end, &[("secret_id", &last), ("confirmed", &mark)]).await;
    assert_eq!(kept.answer.status, 409);
    assert!(kept.answer.body.contains("last secret"), "{}", kept.answer.body);
}

/// A key that we make for a client is shown once, and its public half is registered. A form sends fields that are empty too.
#[sqlx::test]
async fn a_client_without_a_key_gets_one(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let form = [
        ("client_name", "Signing"),
        ("type", "service"),
        ("scope", "records:read"),
        ("token_endpoint_auth_method", "private_key_jwt"),
        ("jwks", ""),
        ("jwks_uri", ""),
        ("tls_client_auth_subject_dn", ""),
    ];
    let page = browser.submit("/admin/clients/new", &form).await;
    let (id, shown) = (page.path().rsplit('/').next().unwrap().to_owned(), element(&page, "client-secret").to_owned());
    assert!(page.answer.body.contains("Private key") && shown.contains("&#34;d&#34;"), "{shown}");
    let keys = async || server.client(&id).await.unwrap().jwks.clone().unwrap().keys;
    let first = keys().await;
    assert!(first.len() == 1 && first[0].get("d").is_none() && server.client(&id).await.unwrap().secrets.is_empty());

    let tab = format!("/admin/clients/{id}?tab=secrets");
    let kid = first[0]["kid"].as_str().unwrap();
    assert!(browser.open(&tab).await.answer.body.contains(kid));
    browser.submit(&format!("/admin/clients/{id}/keys"), &[]).await;
    assert_eq!(keys().await.len(), 2);
    let end = format!("/admin/clients/{id}/keys/end");
    let asked = browser.submit(&end, &[("key", kid)]).await;
    assert!(asked.answer.status == 409 && asked.answer.body.contains("never used"), "{}", asked.answer.body);
    let mark = between(&asked.answer.body, "name=\"confirmed\" value=\"", "\"").to_owned();
    browser.submit(&end, &[("key", kid), ("confirmed", &mark)]).await;
    let left = keys().await;
    assert!(left.len() == 1 && left[0]["kid"] != kid);
}
