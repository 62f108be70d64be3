//! Lists of any length: searched, filtered, put in order, a page at a time.

use portcullis::model::office::Office;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::signed_in;
use crate::{browser::Browser, offices, server::Server};

/// Clients beside those of the demo, one named after the other and registered in the other order.
pub const CLIENTS: &str = "
    insert into clients (client_id, metadata, enabled, created_at, updated_at)
    select 'many-' || to_char(n, 'FM0000'), metadata || jsonb_build_object(
            'client_name', (case when n % 2 = 0 then 'many ' else 'Many ' end) || to_char(n, 'FM0000'),
            'redirect_uris', jsonb_build_array('https://app' || n || '.Example.org/callback')
        ), n % 10 <> 0, created_at - n * interval '1 minute', updated_at
    from clients, generate_series(1, $1) n where client_id = 'web'
";
pub const USERS: &str = "
    insert into users (user_id, username, username_key, email, profile, created_at, updated_at)
    select gen_random_uuid(), 'Many-' || to_char(n, 'FM0000'), 'many-' || to_char(n, 'FM0000'), 'm' || n || '@Example.org',
        jsonb_build_object('name', 'Zoe Number' || n), now() - n * interval '1 minute', now()
    from generate_series(1, $1) n
";

/// A session of each user, one after the other; every tenth is one of the console, every third had a passkey.
pub const SESSIONS: &str = "
    insert into sessions (session_id, secret_hash, kind, user_id, authenticated_at, amr, acr, last_seen_at, expires_at, ip)
    select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - n), 12, '0') || '7000' || '8000' || lpad(n::text, 12, '0'))::uuid,
        sha256(username_key::bytea), case when n % 10 = 0 then 'administrator' else 'user' end, user_id, now(),
        case when n % 3 = 0 then '{swk,user,mfa}' else '{pwd}' end::text[], case when n % 3 = 0 then 'phr' else 'aal1' end,
        now() - n * interval '10 seconds', now() + interval '1 hour', '192.0.2.' || n % 7
    from (select user_id, username_key, row_number() over (order by username_key) n from users where username_key like 'many-%') u
    where n <= $1
";

pub async fn fill(server: &Server, rows: &'static str, count: i32) {
    sqlx::query(rows).bind(count).execute(&server.db).await.unwrap();
}

/// What the list at this URL holds: the text of the first link of each row.
async fn rows(browser: &mut Browser, url: &str) -> Vec<String> {
    rows_of(&html(browser, url).await)
}

async fn html(browser: &mut Browser, url: &str) -> String {
    let page = browser.open(url).await;
    assert_eq!(page.answer.status, 200, "{url}: {}", page.answer.body);
    page.answer.body
}

fn rows_of(html: &str) -> Vec<String> {
    let rows = html.split("<th scope=\"row\">").skip(1);
    let name = |row: &str| {
        let (_, link) = row.split_once("\">").unwrap();
        link.trim_start_matches("<bdi>").split('<').next().unwrap().to_owned()
    };
    rows.map(name).collect()
}

/// Where the link to a neighbouring page leads.
fn link(html: &str, rel: &str) -> Option<String> {
    let (_, link) = html.split_once(&format!("<a rel=\"{rel}\" href=\""))?;
    Some(link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&"))
}

fn total(html: &str) -> &str {
    html.split_once("role=\"status\">").unwrap().1.split('<').next().unwrap()
}

#[sqlx::test]
async fn clients_are_found_by_the_beginnings_of_words_in_any_letter_case(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    fill(&server, CLIENTS, 30).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    for (search, first, count) in [
        ("MANY+0007", "Many 0007", "1 client"),
        ("many-0008", "many 0008", "1 client"),
        ("https://APP9.example.org/callback", "Many 0009", "1 client"),
        ("exam+many", "Many 0001", "30 clients"),
        ("many&state=disabled", "many 0010", "3 clients"),
        ("many&type=web&sort=-name", "many 0030", "30 clients"),
        ("many&sort=created", "many 0030", "30 clients"),
        ("many&sort=-created", "Many 0001", "30 clients"),
        ("any", "", "0 clients"),
        ("many&type=native", "", "0 clients"),
        ("--", "", "0 clients"),
        ("it's+%5C+%26", "", "0 clients"),
    ] {
        let page = html(&mut browser, &format!("/admin/clients?q={search}")).await;

        assert_eq!(total(&page), count, "{search}");
        assert_eq!(rows_of(&page).first().map(String::as_str).unwrap_or_default(), first, "{search}");
    }
}

/// There and back again, whatever the order and the filter, each row is met once.
#[sqlx::test]
async fn a_list_is_walked_in_both_directions(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.defence.rates.pages = 10_000).await;
    fill(&server, CLIENTS, 60).await;
    fill(&server, USERS, 60).await;
    fill(&server, SESSIONS, 60).await;
    let apis = "insert into apis (api_id, identifier, name, created_at)
        select gen_random_uuid(), 'urn:many:' || n, 'Many ' || n, now() - n * interval '1 minute' from generate_series(1, $1) n";
    let roles = "insert into roles (name, description, created_at)
        select 'many-' || n, 'Many', now() from generate_series(1, $1) n";
    fill(&server, apis, 60).await;
    fill(&server, roles, 60).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    for start in [
        "clients?q=many",
        "clients?q=many&sort=-name",
        "clients?q=many&sort=created",
        "clients?q=many&sort=-created&state=enabled",
        "clients?size=10",
        "users?q=many",
        "users?q=many&sort=-name&size=7",
        "users?q=many&sort=created",
        "users?sort=-created&factor=none",
        "apis?q=many",
        "apis?q=many&sort=-scopes&size=11",
        "apis?q=many&sort=created",
        "roles?q=many&sort=-name",
        "roles?q=many&sort=scopes&office=none",
        "sessions?q=many",
        "sessions?q=zoe&sort=created&size=13",
        "sessions?size=20",
    ] {
        let mut page = html(&mut browser, &format!("/admin/{start}")).await;
        let mut there = vec![rows_of(&page)];
        assert_eq!(link(&page, "prev"), None, "{start}");
        while let Some(next) = link(&page, "next") {
            page = html(&mut browser, &next).await;
            there.push(rows_of(&page));
        }
        let mut back = vec![rows_of(&page)];
        while let Some(previous) = link(&page, "prev") {
            page = html(&mut browser, &previous).await;
            back.push(rows_of(&page));
        }
        back.reverse();
        assert_eq!(there, back, "{start}");
        let mut all = there.concat();
        assert!(all.len() >= 54 && there.len() > 2, "{start}: {there:?}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), there.concat().len(), "{start}: a row stands twice");
    }
}

#[sqlx::test]
async fn a_total_is_exact_up_to_a_thousand(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    fill(&server, USERS, 1000).await;
    assert_eq!(total(&html(&mut browser, "/admin/users?q=zoe").await), "1,000 users");

    let another = "insert into users (user_id, username, username_key, profile, created_at, updated_at)
        values (gen_random_uuid(), 'last', 'last', jsonb_build_object('name', 'Zoe ' || $1::int), now(), now())";
    fill(&server, another, 1).await;

    let page = html(&mut browser, "/admin/users?q=zoe&size=200").await;
    assert_eq!((total(&page), rows_of(&page).len()), ("More than 1,000 users", 200));
}

#[sqlx::test]
async fn users_are_found_by_name_address_role_and_state(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    fill(&server, USERS, 12).await;
    sqlx::query("update users set enabled = false where username_key = 'many-0003'").execute(&server.db).await.unwrap();
    let (mut browser, _) = signed_in(&server, "admin").await;

    for (query, found) in [
        ("q=number7", vec!["Many-0007"]),
        ("q=M11%40example.ORG", vec!["Many-0011"]),
        ("q=many-0003&state=disabled", vec!["Many-0003"]),
        ("state=held", vec![]),
        ("role=administrator", vec!["admin"]),
        ("q=many-0001&factor=none", vec!["Many-0001"]),
        ("factor=some&q=many", vec![]),
    ] {
        assert_eq!(rows(&mut browser, &format!("/admin/users?{query}")).await, found, "{query}");
    }
    let page = browser.open("/admin/users?role=nobody-has-this").await;
    assert_eq!(page.answer.status, 422);
    assert!(page.answer.body.contains("There is no role with this name."), "{}", page.answer.body);
}

#[sqlx::test]
async fn clients_are_filtered_by_api_owner_and_use(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let apis = server.snapshot().await.registry().apis().cloned().collect::<Vec<_>>();
    let of_api = |api: &str| apis.iter().find(|one| one.scopes.contains_key(api)).unwrap().api_id;
    let alice = server.user_id("alice").await;
    let at = |minutes: i64| server.clock.now() - time::Duration::minutes(minutes);
    sqlx::query("update clients set owner = $1 where client_id = 'service'")
        .bind(alice)
        .execute(&server.db)
        .await
        .unwrap();
    let aged = "update client_secrets set created_at = $1 where client_id = 'service'";
    sqlx::query(aged).bind(at(60 * 24 * 40)).execute(&server.db).await.unwrap();
    sqlx::query("update clients set created_at = $1").bind(at(60 * 24 * 40)).execute(&server.db).await.unwrap();

    let service = server.client("service").await.unwrap().metadata.name.clone();
    let found = rows(&mut browser, &format!("/admin/clients?api={}", of_api("records:read"))).await;
    assert!(found.contains(&service), "{found:?}");
    assert_eq!(rows(&mut browser, "/admin/clients?owner=ALICE").await, [service.as_str()]);
    assert_eq!(rows(&mut browser, "/admin/clients?unused=30&q=service").await, [service.as_str()]);
    assert_eq!(rows(&mut browser, "/admin/clients?unused=90&q=service").await, [""; 0]);
    assert_eq!(rows(&mut browser, "/admin/clients?unused=ever&q=service").await, [service]);
    let cases: [(&str, &str); 3] = [
        ("owner=nobody", "There is no user with this username."),
        ("api=00000000-0000-0000-0000-000000000000", "This API is not registered any more."),
        (&format!("q={}", "a".repeat(201)), "Search for at most 200 characters."),
    ];
    for (filter, words) in cases {
        let page = browser.open(&format!("/admin/clients?{filter}")).await;
        assert_eq!(page.answer.status, 422, "{filter}");
        assert!(page.answer.body.contains(words), "{filter}: {}", page.answer.body);
    }
}

/// IN-07: what no link of ours asks for is refused, with a page that says what it may be.
#[sqlx::test]
async fn in_07_a_list_says_what_it_may_be_asked_for(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    for query in [
        "clients?sort=secret",
        "clients?sort=--name",
        "clients?size=0",
        "clients?size=201",
        "clients?size=many",
        "clients?type=unheard-of",
        "clients?state=1",
        "clients?unused=31",
        "clients?after=a",
        "clients?after=a+b&before=a+b",
        "clients?sort=created&after=a+yesterday",
        "clients?sort=created&after=a+99999999999999999999999999999999999999",
        "users?after=a+b",
        "users?state=1",
        "users?factor=3",
        "roles?office=king",
        "apis?sort=roles",
        "apis?q=a&q=b",
    ] {
        let page = browser.open(&format!("/admin/{query}")).await;
        assert_eq!(page.answer.status, 400, "{query}: {}", page.answer.body);
        assert!(page.answer.body.contains("<h1>"), "{query}");
    }
}

/// Who sees their own clients alone finds and counts no other.
#[sqlx::test]
async fn an_owner_finds_and_counts_their_own_clients(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    fill(&server, CLIENTS, 5).await;
    let mut browser = offices::at_console(&server, Office::ClientOwner).await;
    let own = "update clients set owner = $1 where client_id = 'many-0002'";
    sqlx::query(own).bind(server.user_id("admin").await).execute(&server.db).await.unwrap();

    for query in ["", "?q=many", "?sort=-created", "?owner=bob", "?state=enabled&q=many"] {
        let page = html(&mut browser, &format!("/admin/clients{query}")).await;
        assert_eq!((rows_of(&page), total(&page)), (vec!["many 0002".to_owned()], "1 client"), "{query}");
        assert!(!page.contains("name=\"owner\""), "{query}");
    }
}
