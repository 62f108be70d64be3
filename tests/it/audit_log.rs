//! The audit log as auditors use it: sentences, filters, pages, files.

use portcullis::{model::office::Office, registry::clients};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    browser::{Browser, Page},
    console,
    offices::at_console,
    server::{Server, admin},
};

/// What each event on a page says, without markup.
fn sentences(page: &Page) -> Vec<String> {
    let plain = |html: &str| {
        let text = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<String>();
        text.trim().to_owned()
    };
    let rows = page.answer.body.split("<p class=\"what\">").skip(1);
    rows.map(|row| plain(row.split("</p>").next().unwrap())).collect()
}

fn link(page: &Page, rel: &str) -> Option<String> {
    let (_, rest) = page.answer.body.split_once(&format!("<a rel=\"{rel}\" href=\""))?;
    Some(unescaped(rest))
}

fn further(page: &Page) -> Option<String> {
    let (before, _) = page.answer.body.split_once("\">Look further</a>")?;
    Some(unescaped(before.rsplit("href=\"").next().unwrap()))
}

fn unescaped(rest: &str) -> String {
    rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

async fn log(browser: &mut Browser, query: &str) -> Page {
    let page = browser.open(&format!("/admin/audit?{query}")).await;
    assert_eq!(page.answer.status, 200, "{query}: {}", page.answer.body);
    page
}

#[sqlx::test]
async fn an_event_is_a_sentence_whose_names_are_links(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;
    let [root, alice] = [server.user_id("admin").await, server.user_id("alice").await];
    clients::rotate_secret(&server.app, &admin(), "service", Duration::ZERO).await.unwrap();
    browser.submit(&format!("/admin/users/{alice}/enabled"), &[("enabled", "false")]).await;

    let page = log(&mut browser, "event=client").await;
    let name = server.client("service").await.unwrap().name.clone();
    assert_eq!(sentences(&page)[0], format!("The command line rotated the secret of {name}"));
    assert!(page.answer.body.contains("<a href=\"/admin/clients/service\"><bdi>"), "{}", page.answer.body);

    let page = log(&mut browser, "event=user").await;
    assert_eq!(sentences(&page)[0], "admin disabled alice");
    for id in [root, alice] {
        assert!(page.answer.body.contains(&format!("<a href=\"/admin/users/{id}\"><bdi>")), "{}", page.answer.body);
    }
    for change in ["<del><span class=\"visually-hidden\">no more: </span>yes</del>", "now: </span>no</ins>"] {
        assert!(page.answer.body.contains(change), "{change}: {}", page.answer.body);
    }

    let id = page.answer.body.split("data-id=\"").nth(1).unwrap().split('"').next().unwrap();
    let event = browser.open(&format!("/admin/audit/{id}")).await;
    assert_eq!(event.answer.status, 200, "{}", event.answer.body);
    for known in ["admin", "user.disabled", &format!("user:{root}"), "Request id", "Address", "What it changed"] {
        assert!(event.answer.body.contains(known), "{known}: {}", event.answer.body);
    }
    for nothing in ["00000000-0000-7000-8000-000000000000", "nothing", "%00"] {
        assert_eq!(browser.open(&format!("/admin/audit/{nothing}")).await.answer.status, 404, "{nothing}");
    }
}

/// LP-07: what was erased does not come back through the log.
#[sqlx::test]
async fn nobody_reads_the_name_of_an_erased_user(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;
    let alice = server.user_id("alice").await;
    browser.submit(&format!("/admin/users/{alice}/enabled"), &[("enabled", "false")]).await;
    assert_eq!(sentences(&log(&mut browser, "event=user.disabled").await), ["admin disabled alice"]);

    sqlx::query("delete from users where user_id = $1").bind(alice).execute(&server.db).await.unwrap();

    let short = alice.to_string().rsplit('-').next().unwrap().to_owned();
    let page = log(&mut browser, "event=user.disabled").await;
    assert_eq!(sentences(&page), [format!("admin disabled user {short}")]);
    assert!(!page.answer.body.contains(&format!("/admin/users/{alice}")), "{}", page.answer.body);
}

/// Who may not see users reads no names of them in the history of their own client.
#[sqlx::test]
async fn a_clients_owner_reads_no_names_of_users(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.browser().obtain_code().await;
    let mut owner = at_console(&server, Office::ClientOwner).await;
    let root = server.user_id("admin").await;
    sqlx::query("update clients set owner = $1 where client_id = 'web'").bind(root).execute(&server.db).await.unwrap();

    let page = owner.open("/admin/clients/web?tab=activity").await;

    let told = sentences(&page);
    assert!(told.iter().any(|line| line.contains(" got a code for user ")), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("alice")), "{told:?}");
    assert!(!page.answer.body.contains("/admin/audit"), "{}", page.answer.body);
}

#[sqlx::test]
async fn filters_narrow_the_log_down_together_and_pages_keep_them(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;
    server.browser().obtain_code().await;
    let mut wrong = server.browser();
    let page = wrong.authorize(&[]).await;
    wrong.submit(&page.uri, &[("username", "alice"), ("password", "wrong")]).await;

    let failed = log(&mut browser, "event=sign_in&outcome=failure").await;
    assert_eq!(sentences(&failed), ["A sign-in of somebody failed Failed"]);
    let address = failed.answer.body.split("data-id").nth(1).unwrap().split(" · ").nth(1).unwrap();
    let address = address.split('<').next().unwrap().trim().to_owned();
    assert_eq!(sentences(&log(&mut browser, &format!("ip={address}&outcome=failure")).await).len(), 1);
    assert!(sentences(&log(&mut browser, "ip=192.0.2.99").await).is_empty());
    for (query, expected) in [
        ("actor=alice&event=sign_in&outcome=success", "alice signed in"),
        ("subject=ALICE&event=consent", "alice allowed"),
        ("actor=alice&q=SIGN_IN", "alice signed in"),
        ("client=web&event=code.issued", "got a code for alice"),
        ("actor=web&event=consent", ""),
    ] {
        let found = sentences(&log(&mut browser, query).await);
        assert!(found.len() <= 1, "{query}: {found:?}");
        assert!(found.iter().all(|line| !expected.is_empty() && line.contains(expected)), "{query}: {found:?}");
        assert_eq!(found.is_empty(), expected.is_empty(), "{query}: {found:?}");
    }
    let unknown = browser.open("/admin/audit?actor=nobody-of-that-name").await;
    assert_eq!(unknown.answer.status, 422);
    assert!(unknown.answer.body.contains("Nothing and nobody here is called"), "{}", unknown.answer.body);
    for malformed in ["outcome=maybe", "from_time=10:00", "from=2026-01-01&from_time=ten", "ip=%00"] {
        let page = browser.open(&format!("/admin/audit?{malformed}")).await;
        assert_eq!(page.answer.status, 400, "{malformed}");
    }
}

/// So many events that none of them is found by reading them all.
async fn fill(server: &Server, events: i64) {
    let fill = "
        insert into audit_events (event_id, at, event, outcome, actor, client_id, reason, node, version)
        select (lpad(to_hex(floor(extract(epoch from now()) * 1000)::bigint - 3600000 + n), 12, '0')
                || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid,
            now(), case n when 7 then 'key.rotated' else 'token.issued' end, 'success', 'client:service', 'service',
            case n when 3 then 'a needle' end, 'node', '1'
        from generate_series(1, $1) n";
    sqlx::query(fill).bind(events).execute(&server.db).await.unwrap();
}

#[sqlx::test]
async fn a_search_says_how_far_it_looked_and_goes_on_from_there(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;
    fill(&server, 45_000).await;

    let mut page = log(&mut browser, "q=needle").await;
    let mut looked = 1;
    while let Some(on) = further(&page) {
        assert!(sentences(&page).is_empty() && on.contains("q=needle"), "{on}");
        page = browser.open(&on).await;
        looked += 1;
    }
    assert_eq!((sentences(&page).len(), looked), (1, 3), "{}", page.answer.body);

    let rare = log(&mut browser, "event=key.rotated&client=service").await;
    assert_eq!(sentences(&rare).len(), 1, "the condition that few events meet leads");
    assert_eq!(further(&rare), None);
}

#[sqlx::test]
async fn one_pages_through_the_log_in_both_directions(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;
    fill(&server, 60).await;
    let ids = |page: &Page| {
        let rows = page.answer.body.split("data-id=\"").skip(1).map(|row| row.split('"').next().unwrap().to_owned());
        rows.collect::<Vec<_>>()
    };

    let first = log(&mut browser, "event=token.issued&client=service").await;
    let second = browser.open(&link(&first, "next").unwrap()).await;
    let third = browser.open(&link(&second, "next").unwrap()).await;
    assert_eq!([&first, &second, &third].map(|page| ids(page).len()), [25, 25, 9]);
    assert_eq!((link(&first, "prev"), link(&third, "next")), (None, None));

    let back = browser.open(&link(&third, "prev").unwrap()).await;
    assert_eq!(ids(&back), ids(&second));
    let start = browser.open(&link(&back, "prev").unwrap()).await;
    assert_eq!(ids(&start), ids(&first));
    assert_eq!(link(&start, "prev"), None);
}

#[sqlx::test]
async fn what_matches_is_a_file_that_no_spreadsheet_runs(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;
    fill(&server, 1_200).await;
    let formula = "update audit_events set reason = '=cmd|'' /c calc''!A1' where event = 'key.rotated'";
    sqlx::query(formula).execute(&server.db).await.unwrap();

    let csv = browser.open("/admin/audit/export?format=csv&client=service").await.answer;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").starts_with("attachment; filename=\"audit-20"));
    let rows = csv.body.lines().collect::<Vec<_>>();
    assert!(rows[0].starts_with("at,what,event,outcome,actor"), "{}", rows[0]);
    assert!(rows.len() > 1_200, "{}", rows.len());
    assert!(csv.body.contains("\"'=cmd|") && !csv.body.contains(",\"=cmd"), "a formula");

    let lines = browser.open("/admin/audit/export?format=jsonl&event=key.rotated").await.answer;
    let events = lines.body.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let events = events.map(|event| event["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(events, ["key.rotated"]);
    assert_eq!(browser.open("/admin/audit/export?format=xlsx").await.answer.status, 400);
    assert_eq!(browser.open("/admin/audit/export?format=csv&actor=nobody-at-all").await.answer.status, 400);
}

/// A page that renews itself keeps its reader signed in, so it stops doing so.
#[sqlx::test]
async fn a_live_log_ends_by_itself(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;
    let page = log(&mut browser, "event=user").await;
    assert!(!page.answer.body.contains("http-equiv=\"refresh\""));
    let (before, _) = page.answer.body.split_once("\">Watch live</a>").unwrap();
    let live = unescaped(before.rsplit("href=\"").next().unwrap());

    let watching = browser.open(&live).await.answer.body;
    assert!(watching.contains("id=\"live\"") && watching.contains("http-equiv=\"refresh\""), "{watching}");
    assert!(watching.contains("/assets/live.") && watching.contains(">Stop</a>"), "{watching}");
    for minutes in [8, 8] {
        server.advance(Duration::minutes(minutes)).await;
        browser.open("/admin").await;
    }
    let ended = browser.open(&live).await.answer.body;
    assert!(ended.contains("Audit log") && !ended.contains("http-equiv=\"refresh\""), "{ended}");
    for made_up in ["live=1", "live=99999999999", "live=x", "live=-1"] {
        assert!(!log(&mut browser, made_up).await.answer.body.contains("id=\"live\""), "{made_up}");
    }
}
