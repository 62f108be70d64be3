//! A database that was in use is brought up to date: what was registered works on, and is shown as it was.

use portcullis::{secret::Secret, store::pool};
use serde_json::json;
use sqlx::{
    PgPool,
    migrate::Migrate,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::server::{Server, claims};

/// The last version before clients became one JSON object.
const BEFORE: i64 = 19;
const OLD_SECRET: &str = "ptc_cs_OLDOLDOLDOLDOLDOLDOLDOLDOLDOLDOLDOLDOLDOLDO";

async fn migrate_to(version: i64, db: &PgPool) {
    let mut connection = db.acquire().await.unwrap();
    connection.ensure_migrations_table("_sqlx_migrations").await.unwrap();
    for migration in pool::MIGRATIONS.iter().filter(|migration| migration.version <= version) {
        connection.apply("_sqlx_migrations", migration).await.unwrap();
    }
}

/// An API that is introspected, a role, and a client of each type.
async fn register_by_sql(db: &PgPool) {
    sqlx::raw_sql(
        "
        insert into apis (api_id, identifier, name, created_at)
        values ('00000000-0000-7000-8000-000000000001', 'https://old.example/api', 'Old', '2026-01-01');
        insert into scopes (name, api_id, description)
        values ('old:read', '00000000-0000-7000-8000-000000000001', 'See what is old');
        insert into roles (name, description, created_at, required_acr) values ('old-reader', 'Reads', '2026-01-01', 'aal2');
        insert into role_scopes values ('old-reader', 'old:read');
        insert into users (user_id, username, username_key, email, created_at, updated_at)
        values ('00000000-0000-7000-8000-000000000002', 'Olga', 'olga', 'olga@people.example', '2026-01-01', '2026-01-01');
        insert into user_roles values ('00000000-0000-7000-8000-000000000002', 'old-reader');

        insert into clients (client_id, name, type, auth_method, grant_types, scopes, introspects_api, created_at, updated_at)
        values ('old-service', 'Old service', 'service', 'client_secret_post', '{client_credentials}', '{old:read}',
            '00000000-0000-7000-8000-000000000001', '2026-01-01', '2026-01-01');
        insert into clients (client_id, name, type, auth_method, grant_types, redirect_uris, post_logout_redirect_uris, scopes,
            id_token_signed_response_alg, access_token_lifetime, backchannel_logout_uri, contacts, policy_uri, required_acr,
            created_at, updated_at, revision)
        values ('old-web', 'Old web', 'web', 'client_secret_basic', '{authorization_code,refresh_token}',
            '{https://old.example/callback}', '{https://old.example/}', '{openid,profile,offline_access,old:read}', 'PS256', 120,
            'https://old.example/logout', '{ops@old.example}', 'https://old.example/privacy', 'aal2', '2026-01-01', '2026-01-01', 7);
        insert into clients (client_id, name, type, auth_method, grant_types, redirect_uris, scopes, created_at, updated_at)
        values ('old-spa', 'Old page', 'browser', 'none', '{authorization_code}',
            '{https://old.example/spa,https://old.example/popup,http://127.0.0.1/callback}', '{openid}', '2026-01-01', '2026-01-01');
        insert into clients (client_id, name, type, auth_method, grant_types, redirect_uris, enabled, created_at, updated_at)
        values ('old-native', 'Old app', 'native', 'none', '{authorization_code}', '{http://127.0.0.1/callback}', false,
            '2026-01-01', '2026-01-01');

        insert into consents (user_id, client_id, scopes, given_at)
        values ('00000000-0000-7000-8000-000000000002', 'old-web', '{openid,old:read}', '2026-01-01');
        ",
    )
    .execute(db)
    .await
    .unwrap();
    sqlx::query(
        "insert into client_secrets (secret_id, client_id, secret_hash, last_four, created_at, generated)
        values (gen_random_uuid(), 'old-service', $1, 'OLDO', '2026-01-01', false)",
    )
    .bind(Secret::presented(OLD_SECRET).hash().as_bytes())
    .execute(db)
    .await
    .unwrap();
}

#[sqlx::test(migrations = false)]
async fn what_was_registered_works_on_after_an_upgrade(_: PgPoolOptions, options: PgConnectOptions) {
    let db = pool::pool(options.clone(), 2);
    migrate_to(BEFORE, &db).await;
    register_by_sql(&db).await;
    pool::migrate(&db).await.unwrap();
    assert!(pool::pending_migrations(&db).await.unwrap().is_empty());
    let server = Server::start(options).await;

    let web = server.client("old-web").await.unwrap();
    assert_eq!((web.revision, web.enabled), (7, true));
    let shown = serde_json::to_value(&web.metadata).unwrap();
    let expected = json!({
        "client_name": "Old web", "type": "web", "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"], "redirect_uris": ["https://old.example/callback"],
        "post_logout_redirect_uris": ["https://old.example/"], "scope": "openid profile offline_access old:read",
        "id_token_signed_response_alg": "PS256", "access_token_lifetime": 120,
        "backchannel_logout_uri": "https://old.example/logout", "contacts": ["ops@old.example"],
        "policy_uri": "https://old.example/privacy", "required_acr": "aal2",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
    assert!(!server.client("old-native").await.unwrap().enabled);

    let form = [("grant_type", "client_credentials"), ("client_id", "old-service"), ("client_secret", OLD_SECRET)];
    let answer = server.token(None, &form).await.json();
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(claims(token)["aud"], "https://old.example/api");
    let form = [("token", token), ("client_id", "old-service"), ("client_secret", OLD_SECRET)];
    assert_eq!(server.post("/oauth2/introspect", None, &form).await.json()["active"], true);

    let origins = "select origins from clients where client_id = 'old-spa'";
    let mut origins: Vec<String> = sqlx::query_scalar(origins).fetch_one(&db).await.unwrap();
    origins.sort();
    assert_eq!(origins, ["http://127.0.0.1", "https://old.example"]);
    let roles = sqlx::query_as("select name, revision from roles where name = 'old-reader'");
    let role: (String, i32) = roles.fetch_one(&db).await.unwrap();
    assert_eq!(role, ("old-reader".to_owned(), 1));
}
