//! Lists as files.

use portcullis::model::office::Office;
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{lists, signed_in};
use crate::{offices, server::Server};

#[sqlx::test]
async fn a_file_holds_all_that_the_filter_finds_in_its_order(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    lists::fill(&server, lists::CLIENTS, 1201).await;
    lists::fill(&server, lists::USERS, 1201).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    for (query, rows, first) in [
        ("clients?format=json&q=many&sort=-name", 1201, "many-1201"),
        ("clients?format=json&q=many&sort=created", 1201, "many-1201"),
        ("clients?format=json&state=disabled", 120, "many-0010"),
        ("clients?format=json&q=many+0007", 1, "many-0007"),
        ("clients?format=json&q=nothing", 0, ""),
        ("users?format=json&q=zoe", 1201, "Many-0001"),
        ("users?format=json&q=zoe&sort=created", 1201, "Many-1201"),
    ] {
        let page = browser.open(&format!("/admin/export/{query}")).await;
        let file: Value = serde_json::from_str(&page.answer.body).unwrap();
        let file = file.as_array().unwrap();

        let name = |row: &Value| row.get("client_id").or(row.get("username")).unwrap().as_str().unwrap().to_owned();
        assert_eq!((file.len(), file.first().map(name).unwrap_or_default().as_str()), (rows, first), "{query}");
        let mut names = file.iter().map(name).collect::<Vec<_>>();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), rows, "{query}: a row stands twice");
    }
    for query in ["apis?format=json&q=records", "roles?format=json&q=patient"] {
        let page = browser.open(&format!("/admin/export/{query}")).await;
        let file: Value = serde_json::from_str(&page.answer.body).unwrap();
        assert!(!file[0]["scopes"].as_array().unwrap().is_empty(), "{query}: {file}");
    }
}

/// What a spreadsheet would take for a formula stays a text, and nothing secret is in a file.
#[sqlx::test]
async fn a_file_for_a_spreadsheet_holds_texts(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let evil = r#"update clients set metadata = metadata || '{"client_name": "=cmd|'' /C calc''!\"A0\", b"}' where client_id = 'web'"#;
    sqlx::query(evil).execute(&server.db).await.unwrap();

    let answer = browser.open("/admin/export/clients?format=csv").await.answer;

    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let disposition = answer.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"clients-2") && disposition.ends_with(".csv\""),
        "{disposition}"
    );
    assert!(answer.body.starts_with("client_id,client_name,type,"), "{}", answer.body);
    assert!(answer.body.contains("\r\n\"web\",\"'=cmd|' /C calc'!\"\"A0\"\", b\",\"web\",true,"), "{}", answer.body);
    assert!(!answer.body.contains("secret"), "{}", answer.body);
    let users = browser.open("/admin/export/users?format=csv").await.answer.body;
    assert!(users.contains("\"alice\"") && !users.contains("argon2"), "{users}");
    for bad in [
        "clients",
        "clients?format=xml",
        "clients?format=csv&sort=x",
        "users?format=csv&role=nobody",
        "users?format=csv&state=x",
    ] {
        assert_eq!(browser.open(&format!("/admin/export/{bad}")).await.answer.status, 400, "{bad}");
    }
}

#[sqlx::test]
async fn an_owner_takes_their_own_clients_along_and_no_other(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = offices::at_console(&server, Office::ClientOwner).await;
    let own = "update clients set owner = $1 where client_id = 'service'";
    sqlx::query(own).bind(server.user_id("admin").await).execute(&server.db).await.unwrap();

    let file = browser.open("/admin/export/clients?format=json").await.answer.body;

    let file: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(
        file.as_array().unwrap().iter().map(|row| row["client_id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["service"]
    );
}
