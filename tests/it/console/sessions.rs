//! The list of all sessions, and how they are ended there.

use portcullis::model::office::Office;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{lists, make_administrator, signed_in};
use crate::{
    browser::{Browser, Page},
    factors, mail, offices,
    server::Server,
};

/// The ids of the sessions of a user that are alive, the latest first.
async fn of(server: &Server, username: &str) -> Vec<String> {
    let ids = "select session_id::text from sessions where ended_at is null and user_id = $1 order by session_id desc";
    sqlx::query_scalar(ids).bind(server.user_id(username).await).fetch_all(&server.db).await.unwrap()
}

async fn events(server: &Server) -> Vec<String> {
    let ended = "select after->>'session_id' from audit_events where event = 'session.ended' order by event_id desc";
    sqlx::query_scalar(ended).fetch_all(&server.db).await.unwrap()
}

fn total(page: &Page) -> &str {
    page.answer.body.split_once("role=\"status\">").unwrap().1.split('<').next().unwrap()
}

async fn found(browser: &mut Browser, query: &str) -> String {
    let page = browser.open(&format!("/admin/sessions?{query}")).await;
    assert_eq!(page.answer.status, 200, "{query}: {}", page.answer.body);
    total(&page).to_owned()
}

#[sqlx::test]
async fn sessions_are_found_by_their_user_address_and_proof(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    lists::fill(&server, lists::USERS, 30).await;
    lists::fill(&server, lists::SESSIONS, 30).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    for (query, count) in [
        ("", "31 sessions"),
        ("q=MANY-0007", "1 session"),
        ("q=number7", "1 session"),
        ("q=m7%40example.org", "1 session"),
        ("q=192.0.2.3", "4 sessions"),
        ("q=2001:DB8::0:7", "0 sessions"),
        ("q=192.0.2", "0 sessions"),
        ("for=console", "4 sessions"),
        ("for=console&q=many", "3 sessions"),
        ("by=passkey", "10 sessions"),
        ("by=password&q=zoe", "20 sessions"),
        ("by=code", "1 session"),
        ("factor=some&q=zoe", "10 sessions"),
        ("idle=5", "1 session"),
        ("--", "0 sessions"),
        ("q=%27%5C+%26", "0 sessions"),
    ] {
        let query = if query == "--" { "q=--" } else { query };
        assert_eq!(found(&mut browser, query).await, count, "{query}");
    }
    for malformed in
        ["for=nobody", "by=magic", "factor=2", "idle=7", "sort=name", "size=0", "after=x&before=y", "after=x"]
    {
        let page = browser.open(&format!("/admin/sessions?{malformed}")).await;
        assert_eq!(page.answer.status, 400, "{malformed}");
    }
    // What has ended, or was not used for too long, is no session any more.
    sqlx::query("update sessions set ended_at = now() where ip = '192.0.2.3'").execute(&server.db).await.unwrap();
    sqlx::query("update sessions set last_seen_at = now() - interval '20 minutes' where ip = '192.0.2.6'")
        .execute(&server.db)
        .await
        .unwrap();
    assert_eq!(found(&mut browser, "q=192.0.2.3").await, "0 sessions");
    assert_eq!(
        found(&mut browser, "q=192.0.2.6&for=console").await,
        "0 sessions",
        "the console's end after 15 minutes"
    );
    assert_eq!(found(&mut browser, "q=192.0.2.6&idle=20").await, "3 sessions");
}

/// SH-13
#[sqlx::test]
async fn sh_13_one_session_is_ended_from_the_list(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut theirs, _) = factors::with_password(&server, "alice").await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let ids = of(&server, "alice").await;
    let page = browser.open("/admin/sessions?q=alice").await.answer.body;
    assert!(page.contains("Password") && page.contains(&ids[0]), "{page}");

    let page = browser.submit("/admin/sessions?q=alice&size=50", &[("end", &ids[0])]).await;

    assert_eq!(page.uri, "/admin/sessions?q=alice&size=50&done=ended", "the list stays as it was asked for");
    assert_eq!((of(&server, "alice").await, events(&server).await), (vec![], ids.clone()));
    assert!(theirs.open("/account/sessions").await.has_form("sign-in"));
    let mails = mail::waiting(&server, "alice@people.example").await;
    assert!(mails.iter().any(|mail| mail.text.contains("An administrator ended sign-ins to your account")));
    let again = browser.submit("/admin/sessions", &[("end", &ids[0])]).await;
    assert_eq!(again.answer.status, 404);
    for nothing in ["", "all", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(browser.submit("/admin/sessions", &[("end", nothing)]).await.answer.status, 404, "{nothing}");
    }
}

/// The session that somebody works in ends by signing out, and never by a slip of the hand.
#[sqlx::test]
async fn several_are_ended_after_a_question_but_never_the_own(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for _ in 0..2 {
        factors::with_password(&server, "alice").await;
    }
    factors::with_password(&server, "bob").await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let (alice, bob, own) = (of(&server, "alice").await, of(&server, "bob").await, of(&server, "admin").await);
    let list = browser.open("/admin/sessions?ticked=all").await.answer.body;
    assert!(list.contains("This one") && !list.contains(&own[0]), "{list}");
    let form = [("act", "end"), ("id", &*alice[0]), ("id", &*alice[1]), ("id", &*bob[0])];

    let question = browser.submit("/admin/selected/sessions", &form).await.answer.body;
    assert!(question.contains("<h1>End 3 sessions?</h1>"), "{question}");
    assert_eq!(of(&server, "alice").await.len(), 2, "a question changes nothing");
    let sure = form.into_iter().chain([("sure", "yes")]).collect::<Vec<_>>();
    let page = browser.submit("/admin/selected/sessions", &sure).await;

    assert_eq!(page.uri, "/admin/sessions?done=ended");
    assert_eq!((of(&server, "alice").await.len(), of(&server, "bob").await.len()), (0, 0));
    let mut recorded = events(&server).await;
    recorded.sort();
    let mut ended = [alice, bob].concat();
    ended.sort();
    assert_eq!(recorded, ended, "each stands in the record");
    let mails = mail::waiting(&server, "alice@people.example").await;
    assert_eq!(mails.iter().filter(|mail| mail.text.contains("ended sign-ins")).count(), 1, "one mail for both");

    let page = browser.submit("/admin/sessions", &[("end", &own[0])]).await;
    assert_eq!(page.answer.status, 409, "{}", page.answer.body);
    let all = [("act", "end"), ("sure", "yes"), ("id", &*own[0])];
    let page = browser.submit("/admin/selected/sessions", &all).await;
    assert_eq!(page.answer.status, 409);
    assert!(page.answer.body.contains("Sign out to end it."), "{}", page.answer.body);
    assert_eq!(of(&server, "admin").await, own);
    let odd = browser.submit("/admin/selected/sessions", &[("act", "disable"), ("id", &own[0])]).await;
    assert_eq!(odd.answer.status, 400);
}

/// Who manages users signs nobody out who may do more than they.
#[sqlx::test]
async fn nobody_signs_out_who_holds_more(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    make_administrator(&server, "bob").await;
    factors::with_password(&server, "alice").await;
    let mut manager = offices::at_console(&server, Office::UserManager).await;
    lists::fill(&server, OF_BOB, 1).await;
    let (bobs, alices) = (of(&server, "bob").await, of(&server, "alice").await);
    let list = manager.open("/admin/sessions").await.answer.body;
    assert!(list.contains(&alices[0]) && !list.contains(&bobs[0]) && list.contains(">bob<"), "{list}");

    let one = manager.submit("/admin/sessions", &[("end", &bobs[0])]).await;
    let both = [("act", "end"), ("sure", "yes"), ("id", &*bobs[0]), ("id", &*alices[0])];
    let several = manager.submit("/admin/selected/sessions", &both).await;

    assert_eq!((one.answer.status.as_u16(), several.answer.status.as_u16()), (403, 409));
    assert!(several.answer.body.contains("<h1>1 session ended, 1 not</h1>"), "{}", several.answer.body);
    assert_eq!((of(&server, "bob").await, of(&server, "alice").await), (bobs, vec![]));
    let mut auditor = offices::at_console(&server, Office::Auditor).await;
    let list = auditor.open("/admin/sessions").await.answer.body;
    assert!(list.contains(">bob<") && !list.contains("name=\"end\"") && !list.contains("id=\"selection\""), "{list}");
}

const OF_BOB: &str = "
    insert into sessions (session_id, secret_hash, kind, user_id, authenticated_at, amr, acr, last_seen_at, expires_at)
    select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - n), 12, '0') || '70008000' || lpad(n::text, 12, '0'))::uuid,
        sha256('bob'), 'user', user_id, now(), '{pwd}', 'aal1', now(), now() + interval '1 hour'
    from users, generate_series(1, $1) n where username_key = 'bob'
";
