//! Registering clients from a document in the console.

use portcullis::protocol::client::ClientType;
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::signed_in;
use crate::{factors::between, server::Server};

const PAGE: &str = "/admin/clients/import";

/// What is registered is what was checked: nothing before, and nothing else.
#[sqlx::test]
async fn a_document_is_checked_and_then_registered(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let good = json!({
        "client_id": "portal", "client_name": "Portal", "redirect_uris": ["https://portal.example/callback"],
        "client_secret": "kept-since-2019-x", "logo_uri": "https://portal.example/logo.png"
    });
    let bad = json!({"client_name": "Legacy", "redirect_uris": ["https://*.example/cb"], "require_signed_request_object": true});
    let send = |document: String, checked: &str, decision: &str| {
        [
            ("document", document),
            ("secret_days", "30".into()),
            ("checked", checked.into()),
            ("decision", decision.into()),
        ]
    };
    let mut post = async |fields: [(&'static str, String); 4]| {
        browser.submit(PAGE, &fields.each_ref().map(|(name, value)| (*name, value.as_str()))).await
    };

    let none = post(send("{".into(), "", "check")).await;
    assert!(none.answer.status == 422 && none.answer.body.contains("This is no JSON object"));
    let refused = post(send(json!([good, bad]).to_string(), "", "register")).await;
    for said in ["wildcards", "require_signed_request_object", "logos of clients"] {
        assert!(refused.answer.body.contains(said), "{said}");
    }
    let unseen = post(send(good.to_string(), "", "register")).await;
    assert!(server.client("portal").await.is_none(), "nobody has seen what would become of it");
    let mark = between(&unseen.answer.body, "name=\"checked\" value=\"", "\"").to_owned();
    let other = json!({"client_name": "Other", "redirect_uris": ["https://other.example/cb"]});
    post(send(other.to_string(), &mark, "register")).await;

    let done = post(send(good.to_string(), &mark, "register")).await;

    assert_eq!((done.path(), done.answer.status.as_u16()), ("/admin/clients/registered", 200));
    assert!(!done.answer.body.contains("kept-since-2019-x"), "its secret is nothing new");
    server.advance(time::Duration::seconds(2)).await;
    let portal = server.client("portal").await.unwrap();
    assert_eq!(portal.client_type, ClientType::Web);
    let life = portal.secrets[0].expires_at.unwrap() - portal.created_at;
    assert!((29..=30).contains(&life.whole_days()), "{life}: from when it was asked for");
    let shown = browser.open("/admin/clients/portal?tab=secrets").await;
    assert!(shown.answer.body.contains("Brought along"));
}
