//! What is done to several rows of a list at once.

use portcullis::model::office::Office;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{lists, make_administrator, signed_in};
use crate::{offices, server::Server};

async fn disabled(server: &Server) -> Vec<String> {
    let ids = "select client_id from clients where not enabled order by 1";
    sqlx::query_scalar(ids).fetch_all(&server.db).await.unwrap()
}

#[sqlx::test]
async fn clients_are_switched_together_after_a_question(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let list = browser.open("/admin/clients?ticked=all").await.answer.body;
    assert!(list.contains("name=\"id\" value=\"web\" aria-label=\"Select ") && list.contains(" checked>"), "{list}");
    let form = [("act", "disable"), ("id", "web"), ("id", "service"), ("id", "nobody")];

    let question = browser.submit("/admin/selected/clients", &form).await;

    assert_eq!(question.answer.status, 200);
    assert!(question.answer.body.contains("<h1>Disable 2 clients?</h1>"), "{}", question.answer.body);
    assert_eq!(disabled(&server).await, [""; 0], "a question changes nothing");
    let answer = [("act", "disable"), ("id", "web"), ("id", "service"), ("sure", "yes")];
    let page = browser.submit("/admin/selected/clients", &answer).await;
    assert_eq!(page.uri, "/admin/clients?done=disabled");
    assert_eq!(disabled(&server).await, ["service", "web"]);
    let events = "select count(*) from audit_events where event = 'client.disabled'";
    assert_eq!(sqlx::query_scalar::<_, i64>(events).fetch_one(&server.db).await.unwrap(), 2);

    // One is gone meanwhile: the other is switched on all the same, and the page says which was not.
    sqlx::query("delete from clients where client_id = 'service'").execute(&server.db).await.unwrap();
    let answer = [("act", "enable"), ("id", "web"), ("id", "service"), ("sure", "yes")];
    let page = browser.submit("/admin/selected/clients", &answer).await;
    assert_eq!(page.answer.status, 409);
    let body = &page.answer.body;
    assert!(body.contains("<h1>1 client enabled, 1 not</h1>") && body.contains("It is not there any more."), "{body}");
    assert_eq!(disabled(&server).await, [""; 0]);
}

#[sqlx::test]
async fn the_last_administrator_stays_enabled(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    make_administrator(&server, "bob").await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let ids = [server.user_id("admin").await, server.user_id("alice").await, server.user_id("bob").await];
    let ids = ids.map(|id| id.to_string());
    let form =
        ids.iter().map(|id| ("id", id.as_str())).chain([("act", "disable"), ("sure", "yes")]).collect::<Vec<_>>();

    let page = browser.submit("/admin/selected/users", &form).await;

    let enabled = "select username from users where enabled order by 1";
    let enabled: Vec<String> = sqlx::query_scalar(enabled).fetch_all(&server.db).await.unwrap();
    assert_eq!(
        enabled.iter().filter(|name| ["admin", "bob"].contains(&name.as_str())).count(),
        1,
        "{}",
        page.answer.body
    );
    assert!(!enabled.contains(&"alice".to_owned()), "{enabled:?}");
}

/// IN-05, IN-07: what no list of ours sends is refused.
#[sqlx::test]
async fn in_07_a_selection_is_one_of_a_page(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let many = (0..201).map(|n| format!("client-{n}")).collect::<Vec<_>>();
    let many = many.iter().map(|id| ("id", id.as_str())).chain([("act", "disable")]).collect::<Vec<_>>();

    for (path, form, status) in [
        ("clients", &[("act", "disable")][..], 400),
        ("clients", &[("act", "delete"), ("id", "web")], 400),
        ("clients", &[("act", "enable"), ("act", "disable"), ("id", "web")], 400),
        ("clients", &[("act", "disable"), ("id", "nobody")], 404),
        ("clients", &many, 400),
        ("users", &[("act", "disable"), ("id", "alice")], 404),
        ("users", &[("act", "disable"), ("id", "00000000-0000-0000-0000-000000000000")], 404),
    ] {
        let page = browser.submit(&format!("/admin/selected/{path}"), form).await;
        assert_eq!(page.answer.status.as_u16(), status, "{path} {form:?}: {}", page.answer.body);
    }
    assert_eq!(disabled(&server).await, [""; 0]);
}

/// Who changes their own clients alone neither changes nor learns of another.
#[sqlx::test]
async fn an_owner_switches_their_own_clients(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    lists::fill(&server, lists::CLIENTS, 2).await;
    let mut browser = offices::at_console(&server, Office::ClientOwner).await;
    let own = "update clients set owner = $1 where client_id = 'many-0001'";
    sqlx::query(own).bind(server.user_id("admin").await).execute(&server.db).await.unwrap();
    let form = [("act", "disable"), ("id", "many-0001"), ("id", "many-0002")];

    let question = browser.submit("/admin/selected/clients", &form).await.answer.body;
    assert!(question.contains("Disable 1 client?") && !question.contains("many 0002"), "{question}");
    let sure = form.into_iter().chain([("sure", "yes")]).collect::<Vec<_>>();
    let told = browser.submit("/admin/selected/clients", &sure).await.answer.body;

    assert!(told.contains("It is not there any more.") && !told.contains("many 0002"), "{told}");
    assert_eq!(disabled(&server).await, ["many-0001"]);
}
