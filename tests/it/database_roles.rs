//! The role that serves owns nothing: the record is safe from whoever takes the server over. Every other test runs with
//! that role too, so it has all that it needs.

use portcullis::{
    protocol::pkce,
    store::{partitions, pool, privileges},
};
use serde_json::Value;
use sqlx::{
    AssertSqlSafe, ConnectOptions, PgExecutor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions, types::PgInterval},
};
use time::Duration;

use crate::{
    cli::{Program, text},
    server::{Server, Tokens},
};

const SERVING: &str = "portcullis_serving";
const OWNER: &str = "portcullis_owner";
/// PostgreSQL's code for "insufficient privilege".
const DENIED: &str = "42501";

/// How the role that serves reaches a database, once it has its privileges there.
pub async fn serving(owner: &PgPool, options: &PgConnectOptions) -> PgConnectOptions {
    let serving = role(owner, options, SERVING).await;
    privileges::grant(owner, SERVING).await.unwrap();
    serving
}

/// How a role that owns nothing reaches a database. Roles are the cluster's, and other tests make it too.
async fn role(superuser: &PgPool, options: &PgConnectOptions, name: &str) -> PgConnectOptions {
    let create = format!(
        "do $$ begin
            if not exists (select from pg_roles where rolname = '{name}') then create role {name} login password '{name}'; end if;
        exception when duplicate_object or unique_violation then null;
        end $$"
    );
    sqlx::query(AssertSqlSafe(create)).execute(superuser).await.unwrap();
    options.clone().username(name).password(name)
}

/// The code with which the database refuses a statement.
async fn refusal(db: &PgPool, statement: &str) -> String {
    let refused = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(db).await;
    let Err(refused) = refused else { panic!("{statement}: allowed") };
    refused.as_database_error().unwrap_or_else(|| panic!("{statement}: {refused}")).code().unwrap().into_owned()
}

async fn partitions_of(db: impl PgExecutor<'_>, table: &str) -> Vec<String> {
    let names = "select relname::text from pg_inherits join pg_class on oid = inhrelid
        where inhparent = $1::regclass order by 1";
    sqlx::query_scalar(names).bind(table).fetch_all(db).await.unwrap()
}

/// Lets requests grow old and has the server drop what is past. The database's clock decides, and nobody moves that, so the
/// rows are moved: their ids tell their time.
pub async fn an_hour_later(server: &Server, table: &str) {
    let move_rows = format!(
        "select make_partitions('{table}', now() - interval '1 hour');
        update {table} set request_id = overlay(
            request_id::text placing left(first_id(extract(epoch from now() - interval '1 hour')::bigint)::text, 13) from 1 for 13
        )::uuid;"
    );
    sqlx::raw_sql(AssertSqlSafe(move_rows)).execute(&server.db).await.unwrap();
    partitions::maintain(&server.app.db, server.clock.now()).await.unwrap();
}

#[sqlx::test]
async fn the_role_that_serves_cannot_falsify_the_record(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.tokens("web").await;
    let partition = partitions_of(&server.db, "audit_events").await.pop().unwrap();
    let owner = sqlx::query_scalar("select quote_ident(current_user)").fetch_one(&server.db).await;
    let owner: String = owner.unwrap();

    for statement in [
        "delete from audit_events",
        "update audit_events set actor = 'system'",
        "select from audit_events for update",
        "truncate audit_events",
        "drop table audit_events",
        "alter table audit_events disable trigger all",
        "alter table audit_events rename to lost",
        "alter table audit_events detach partition {partition}",
        "create trigger forget before insert on audit_events for each row execute function suppress_redundant_updates_trigger()",
        "create rule forget as on insert to audit_events do instead nothing",
        "drop table {partition}",
        "truncate {partition}",
        "delete from {partition}",
        "update {partition} set actor = 'system'",
        "insert into {partition} select * from audit_events",
        "alter table clients add column anything text",
        "create table anything ()",
        "update partition_rules set keep = '0'",
        "delete from partition_rules",
        "delete from _sqlx_migrations",
        "create or replace function drop_partitions(of_table text) returns void language sql return null",
        "alter function drop_partitions reset search_path",
        "set role {owner}",
    ] {
        let statement = statement.replace("{partition}", &partition).replace("{owner}", &owner);
        let code = refusal(&server.app.db, &statement).await;
        assert_eq!(code, DENIED, "{statement}");
    }
}

#[sqlx::test]
async fn no_partition_can_be_reached_past_its_table(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.advance(Duration::days(40)).await;

    let open = "select relname::text from pg_class where relispartition and relkind = 'r'
        and has_table_privilege($1, oid, 'select, insert, update, delete, truncate, references, trigger')";
    let open: Vec<String> = sqlx::query_scalar(open).bind(SERVING).fetch_all(&server.db).await.unwrap();

    assert_eq!(open, [""; 0]);
    assert!(!server.tokens("web").await.refresh.is_empty(), "its table is enough");
}

#[sqlx::test]
async fn partitions_are_dropped_only_past_their_retention(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let kept = partitions_of(&server.db, "audit_events").await;
    let long_ago = server.clock.now() - Duration::days(800);
    let mut tx = server.app.db.begin().await.unwrap(); // the server itself would drop them
    sqlx::query("select make_partitions('audit_events', $1)").bind(long_ago).execute(&mut *tx).await.unwrap();
    assert_eq!(partitions_of(&mut *tx, "audit_events").await.len(), kept.len() + 4);
    tx.commit().await.unwrap();

    // What a caller has made of its connection is of no use.
    let mut caller = server.app.db.acquire().await.unwrap();
    for statement in [
        "create temporary table partition_rules as select table_name, width, ahead, '0'::interval as keep from public.partition_rules",
        "set search_path = pg_temp, public",
        "set timezone = 'Etc/GMT+12'",
        "select public.drop_partitions('audit_events')",
    ] {
        sqlx::query(statement).execute(&mut *caller).await.unwrap();
    }

    assert_eq!(partitions_of(&server.db, "audit_events").await, kept);
    // A clock of a server that is ahead drops nothing either.
    partitions::maintain(&server.app.db, server.clock.now() + Duration::days(4000)).await.unwrap();
    let left = partitions_of(&server.db, "audit_events").await;
    assert!(kept.iter().all(|partition| left.contains(partition)));
    for call in ["make_partitions('users', now())", "drop_partitions('users')", "drop_partitions('audit_events_0')"] {
        assert_eq!(refusal(&server.app.db, &format!("select {call}")).await, "P0002", "{call}: no rule is about it");
    }
}

#[sqlx::test]
async fn a_challenge_is_remembered_for_as_long_as_its_partition(_: PgPoolOptions, options: PgConnectOptions) {
    let db = pool::pool(options, 1);

    let keep = "select keep from partition_rules where table_name = 'authorization_codes'";
    let keep: PgInterval = sqlx::query_scalar(keep).fetch_one(&db).await.unwrap();

    assert_eq!((keep.months, keep.days), (0, 0));
    assert!(i128::from(keep.microseconds) >= pkce::REUSE_WINDOW.whole_microseconds());
}

/// From an empty database, with an owner that is no superuser.
#[sqlx::test(migrations = false)]
async fn an_owner_migrates_and_another_role_serves(_: PgPoolOptions, options: PgConnectOptions) {
    let superuser = pool::pool(options.clone(), 1);
    let (owner, serving) = (role(&superuser, &options, OWNER).await, role(&superuser, &options, SERVING).await);
    let change = format!("alter schema public owner to {OWNER}");
    sqlx::query(AssertSqlSafe(change)).execute(&superuser).await.unwrap();
    let (owner_url, url) = (owner.to_url_lossy().to_string(), serving.to_url_lossy().to_string());
    let as_owner = Program::new(&owner);
    let portcullis = Program::new(&serving);
    let role_finding = |program: &Program| {
        let diagnosis: Value = serde_json::from_slice(&program.run("doctor --json", "").stdout).unwrap();
        let findings = diagnosis["findings"].as_array().unwrap().clone();
        let found = findings.into_iter().find(|finding| finding["check"] == "database role");
        found.unwrap_or_else(|| panic!("{diagnosis:#}"))
    };

    assert!(as_owner.run("migrate", "").status.success(), "one role for both is allowed");
    let alone = role_finding(&as_owner);
    let refused = portcullis.run("serve", "");
    let without = role_finding(&portcullis);
    let unknown =
        Program::new(&options.clone().username("nobody_at_all")).with("PORTCULLIS_DATABASE_OWNER_URL", &owner_url);
    let unknown = unknown.run("migrate", "");
    let both = Program::new(&serving).with("PORTCULLIS_DATABASE_OWNER_URL", &owner_url);
    let granted = both.run("migrate", "");
    let with = role_finding(&portcullis);

    assert!(alone["status"] == "warning" && alone["message"].as_str().unwrap().contains("owns the tables"), "{alone}");
    let reason = text(&refused.stderr);
    assert!(!refused.status.success() && reason.contains(SERVING) && reason.contains("database.owner_url"), "{reason}");
    assert_eq!(without["status"], "problem", "{without}");
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("nobody_at_all"), "{}", text(&unknown.stderr));
    assert!(granted.status.success() && text(&granted.stderr).contains(SERVING), "{}", text(&granted.stderr));
    assert_eq!(with["status"], "ok", "{with}, {url}");

    // What was granted beside that is told, and the next migration takes it away.
    let excess = format!("grant delete on audit_events to {SERVING}");
    sqlx::query(AssertSqlSafe(excess)).execute(&superuser).await.unwrap();
    assert_eq!(role_finding(&portcullis)["status"], "warning");
    assert!(both.run("migrate", "").status.success());
    assert_eq!(role_finding(&portcullis)["status"], "ok");
    let lack = format!("revoke execute on function make_partitions from {SERVING}");
    sqlx::query(AssertSqlSafe(lack)).execute(&superuser).await.unwrap();
    let lacking = role_finding(&portcullis);
    assert!(
        lacking["status"] == "problem" && lacking["message"].as_str().unwrap().contains("make_partitions"),
        "{lacking}"
    );
    assert!(both.run("migrate", "").status.success());

    let server = Server::start(options).await;
    server.advance(Duration::days(8)).await;
    let tokens = server.tokens("web").await;
    Tokens::of(&server.refresh("web", &tokens.refresh).await);
    portcullis::registry::keys::rotate(&server.app, &crate::server::admin(), None).await.unwrap();
    for job in portcullis::jobs::all(None) {
        job.run(&server.app).await.unwrap();
    }
}
