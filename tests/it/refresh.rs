//! Refresh tokens: rotation, reuse, lost answers, narrowing, and what ends them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis::{
    accounts::users,
    model::registry::Role,
    protocol::{assurance::Level, client::GrantType},
    registry::{
        apis::{self, ApiSettings},
        roles,
    },
};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::server::{Answer, BILLING, RECORDS, Server, Tokens, admin, claims};

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".into())
}

async fn is_active(server: &Server, token: &str) -> bool {
    server.post("/oauth2/introspect", Some("monitor"), &[("token", token)]).await.json()["active"] == true
}

async fn refresh_with(server: &Server, client: &str, token: &str, more: (&str, &str)) -> Answer {
    server.token_as(client, &[("grant_type", "refresh_token"), ("refresh_token", token), more]).await
}

#[sqlx::test]
async fn d3_public_clients_rotate_and_confidential_ones_do_not(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for client in ["spa", "native"] {
        let first = server.tokens(client).await;
        let second = Tokens::of(&server.refresh(client, &first.refresh).await);
        assert!(!second.refresh.is_empty() && second.refresh != first.refresh, "{client}");
        assert!(!is_active(&server, &first.refresh).await && is_active(&server, &second.refresh).await, "{client}");
    }
    let first = server.tokens("web").await;
    for _ in 0..3 {
        let again = Tokens::of(&server.refresh("web", &first.refresh).await);
        assert_eq!(again.refresh, first.refresh, "clients that keep the whole answer keep it");
        assert!(is_active(&server, &again.access).await && is_active(&server, &first.refresh).await);
    }
}

#[sqlx::test]
async fn rf_04_d3_a_used_token_that_comes_back_ends_the_family(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let first = server.tokens("spa").await;
    let second = Tokens::of(&server.refresh("spa", &first.refresh).await);
    let third = Tokens::of(&server.refresh("spa", &second.refresh).await);

    let replay = server.refresh("spa", &first.refresh).await;

    assert_eq!(replay.refusal(), invalid_grant());
    assert_eq!(server.refresh("spa", &third.refresh).await.refusal(), invalid_grant());
    for token in [&first.access, &second.access, &third.access, &third.refresh] {
        assert!(!is_active(&server, token).await);
    }
}

#[sqlx::test]
async fn rf_21_a_family_is_one_row_however_often_it_rotates(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let first = server.tokens("spa").await;
    let mut last = first.refresh.clone();
    for _ in 0..50 {
        last = Tokens::of(&server.refresh("spa", &last).await).refresh;
    }

    let rows: i64 = sqlx::query_scalar("select count(*) from refresh_tokens").fetch_one(&server.db).await.unwrap();
    assert_eq!(rows, 1);
    let replay = server.refresh("spa", &first.refresh).await;
    assert_eq!(replay.refusal(), invalid_grant());
    assert!(!is_active(&server, &last).await, "a token used that long ago is still known for what it is");
}

#[sqlx::test]
async fn a_token_that_somebody_made_up_ends_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = server.tokens("spa").await;
    let mut bytes = URL_SAFE_NO_PAD.decode(tokens.refresh.strip_prefix("ptc_rt_").unwrap()).unwrap();
    bytes[16..].reverse(); // the grant is named right, and all else wrong
    let made_up = format!("ptc_rt_{}", URL_SAFE_NO_PAD.encode(bytes));

    assert_eq!(server.refresh("spa", &made_up).await.refusal(), invalid_grant());
    assert!(is_active(&server, &tokens.refresh).await);
}

#[sqlx::test]
async fn rf_19_d3_a_lost_answer_is_not_a_theft(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let first = server.tokens("spa").await;
    let lost = Tokens::of(&server.refresh("spa", &first.refresh).await);
    server.advance(Duration::seconds(9)).await;

    let again = Tokens::of(&server.refresh("spa", &first.refresh).await);

    assert!(!is_active(&server, &lost.refresh).await, "never a second chain");
    assert!(is_active(&server, &again.refresh).await);
    assert_eq!(server.refresh("spa", &lost.refresh).await.refusal(), invalid_grant());
    assert!(!is_active(&server, &again.refresh).await, "the one who uses the lost token is a thief");
}

#[sqlx::test]
async fn rf_19_the_grace_ends(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let first = server.tokens("spa").await;
    let second = Tokens::of(&server.refresh("spa", &first.refresh).await);
    server.advance(Duration::seconds(10)).await;

    let late = server.refresh("spa", &first.refresh).await;

    assert_eq!(late.refusal(), invalid_grant());
    assert!(!is_active(&server, &second.refresh).await);
}

#[sqlx::test]
async fn rf_19_without_grace_the_family_dies_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.refresh_grace = Duration::ZERO).await;
    let first = server.tokens("spa").await;
    let second = Tokens::of(&server.refresh("spa", &first.refresh).await);

    let again = server.refresh("spa", &first.refresh).await;

    assert_eq!(again.refusal(), invalid_grant());
    assert!(!is_active(&server, &second.refresh).await);
}

#[sqlx::test]
async fn four_parallel_refreshes_leave_at_most_one_live_leaf(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for round in 0..5 {
        let first = server.tokens("spa").await;
        let racers = (0..4).map(|_| {
            let (server, token) = (server.clone(), first.refresh.clone());
            tokio::spawn(async move { server.refresh("spa", &token).await })
        });
        let racers = racers.collect::<Vec<_>>();
        let mut live = 0;
        let mut answers = Vec::new();
        for racer in racers {
            answers.push(racer.await.unwrap());
        }
        for answer in answers.iter().filter(|answer| answer.status.is_success()) {
            live += i32::from(is_active(&server, &Tokens::of(answer).refresh).await);
        }
        assert!(answers.iter().any(|answer| answer.status.is_success()), "round {round}");
        assert!(answers.iter().all(|answer| answer.status.is_success() || answer.refusal() == invalid_grant()));
        assert_eq!(live, 1, "round {round}");
    }
}

#[sqlx::test]
async fn rf_07_a_refresh_may_ask_for_less_but_not_for_more(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let first = server.tokens("spa").await;

    let wider = refresh_with(&server, "spa", &first.refresh, ("scope", "openid records:read records:write")).await;
    let narrow = Tokens::of(&refresh_with(&server, "spa", &first.refresh, ("scope", "records:read")).await);
    let whole = Tokens::of(&server.refresh("spa", &narrow.refresh).await);

    assert_eq!(wider.refusal(), (400, "invalid_scope".into()));
    assert_eq!((narrow.scope.as_str(), &claims(&narrow.access)["scope"]), ("records:read", &"records:read".into()));
    assert_eq!(whole.scope, first.scope, "the successor keeps what was granted");
}

#[sqlx::test]
async fn rf_08_a_confidential_client_must_authenticate(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = server.tokens("web").await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh), ("client_id", "web")];

    let anonymous = server.token(None, &form).await;
    let wrong = server.post_with_secret("/oauth2/token", Some(("web", "wrong")), &form).await;

    assert_eq!(anonymous.refusal(), (401, "invalid_client".into()));
    assert_eq!(wrong.refusal(), (401, "invalid_client".into()));
    assert!(is_active(&server, &tokens.refresh).await);
}

#[sqlx::test]
async fn a_refresh_token_is_for_its_own_client(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = server.tokens("spa").await;

    for thief in ["native", "web"] {
        assert_eq!(server.refresh(thief, &tokens.refresh).await.refusal(), invalid_grant(), "{thief}");
    }
    let other_end = if tokens.refresh.ends_with('A') { 'B' } else { 'A' };
    let almost = format!("{}{other_end}", &tokens.refresh[..70]);
    for nonsense in [&tokens.access, &tokens.id, "x", "ptc_rt_", &almost] {
        assert_eq!(server.refresh("spa", nonsense).await.refusal(), invalid_grant());
    }
    assert!(is_active(&server, &tokens.refresh).await, "its owner still has it");
}

#[sqlx::test]
async fn rf_09_an_unused_token_expires(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for client in ["spa", "web"] {
        let tokens = server.tokens(client).await;
        server.advance(Duration::days(14)).await;

        let late = server.refresh(client, &tokens.refresh).await;

        assert_eq!(late.refusal(), invalid_grant(), "{client}");
    }
}

#[sqlx::test]
async fn rf_09_use_does_not_extend_the_absolute_lifetime(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (kept, mut rotated) = (server.tokens("web").await.refresh, server.tokens("spa").await.refresh);

    for day in (13..90).step_by(13) {
        server.advance(Duration::days(13)).await;
        rotated = Tokens::of(&server.refresh("spa", &rotated).await).refresh;
        assert!(server.refresh("web", &kept).await.status.is_success(), "day {day}: use keeps it alive");
    }
    server.advance(Duration::days(13)).await;

    assert_eq!(server.refresh("spa", &rotated).await.refusal(), invalid_grant());
    assert_eq!(server.refresh("web", &kept).await.refusal(), invalid_grant());
}

#[sqlx::test]
async fn rf_11_without_offline_access_the_tokens_die(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for client in ["web", "spa"] {
        let tokens = server.tokens(client).await;
        server
            .change_client(client, |client| client.scopes = client.scopes.filtered(|scope| scope != "offline_access"))
            .await;
        assert_eq!(server.refresh(client, &tokens.refresh).await.refusal(), invalid_grant(), "{client}");
    }
    let tokens = server.tokens("native").await;
    server.change_client("native", |client| client.grant_types = vec![GrantType::AuthorizationCode]).await;
    assert_eq!(server.refresh("native", &tokens.refresh).await.refusal(), (400, "unauthorized_client".into()));
}

#[sqlx::test]
async fn rf_12_a_lost_role_takes_its_scopes_along(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = server.tokens("web").await;
    let role = Role {
        name: "patient".into(),
        description: "A role".into(),
        office: None,
        required_level: Level::Aal1,
        scopes: [].into(),
        revision: 1,
    };
    roles::update(&server.app, &admin(), role).await.unwrap();

    let refreshed = Tokens::of(&server.refresh("web", &tokens.refresh).await);

    assert!(tokens.scope.contains("records:read"));
    assert_eq!(refreshed.scope, "openid profile email offline_access");
    assert_eq!(claims(&refreshed.access)["aud"], crate::server::ISSUER);
}

#[sqlx::test]
async fn rf_12_a_scope_that_the_client_lost_is_gone(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = server.tokens("web").await;
    server.change_client("web", |web| web.scopes = "offline_access records:write".parse().unwrap()).await;

    let narrowed = refresh_with(&server, "web", &tokens.refresh, ("scope", "records:read")).await;

    assert_eq!(narrowed.refusal(), (400, "invalid_scope".into()));
}

#[sqlx::test]
async fn rf_12_a_client_that_lost_openid_gets_no_id_token(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = server.tokens("web").await;
    server.change_client("web", |web| web.scopes = web.scopes.filtered(|scope| scope != "openid")).await;

    let refreshed = Tokens::of(&server.refresh("web", &tokens.refresh).await);

    assert_eq!(refreshed.scope, "profile email offline_access records:read");
    assert_eq!(refreshed.id, "");
}

#[sqlx::test]
async fn rf_12_a_disabled_person_refreshes_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (tokens, alice) = (server.tokens("web").await, server.user_id("alice").await);

    users::set_enabled(&server.app, &admin(), alice, false).await.unwrap();
    assert_eq!(server.refresh("web", &tokens.refresh).await.refusal(), invalid_grant());
    assert!(!is_active(&server, &tokens.access).await);

    users::set_enabled(&server.app, &admin(), alice, true).await.unwrap();
    assert_eq!(server.refresh("web", &tokens.refresh).await.refusal(), invalid_grant(), "it does not come back");

    // Whoever they are is asked before what they ask for.
    let tokens = server.tokens("web").await;
    sqlx::query("update users set enabled = false where username = 'alice'").execute(&server.db).await.unwrap();
    let too_much = refresh_with(&server, "web", &tokens.refresh, ("scope", "openid unheard:of")).await;
    assert_eq!(too_much.refusal(), invalid_grant());
}

/// A level that is raised holds for the next token, and not only for the next sign-in. Nothing ends by it: what asks for
/// less is still given, and the level may be lowered again.
#[sqlx::test]
async fn a_sign_in_that_is_too_weak_now_gets_no_new_tokens(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (tokens, rotating) = (server.tokens("web").await, server.tokens("spa").await);
    let records = async |level| {
        let records = server.snapshot().await.registry().apis().find(|api| api.identifier == RECORDS).unwrap().clone();
        let settings = ApiSettings { required_level: level, ..ApiSettings::from(&*records) };
        apis::update(&server.app, &admin(), records.api_id, records.revision, &settings).await.unwrap();
    };
    let patients = async |level| {
        let role =
            Role { required_level: level, ..server.snapshot().await.registry().role("patient").unwrap().clone() };
        roles::update(&server.app, &admin(), role).await.unwrap();
    };
    let refused = async |client, token| {
        let answer = server.refresh(client, token).await;
        assert_eq!(answer.refusal(), invalid_grant(), "{client}");
        assert!(answer.body.contains("authenticated better"), "{}", answer.body);
    };

    records(Level::Aal2).await;
    refused("web", &tokens.refresh).await;
    refused("spa", &rotating.refresh).await;
    let without = refresh_with(&server, "web", &tokens.refresh, ("scope", "openid email")).await;
    assert_eq!(Tokens::of(&without).scope, "openid email");
    records(Level::Aal1).await;

    patients(Level::Phr).await;
    refused("web", &tokens.refresh).await;
    patients(Level::Aal1).await;

    server.change_client("web", |web| web.required_level = Level::Aal2).await;
    refused("web", &tokens.refresh).await;
    assert!(server.refresh("spa", &rotating.refresh).await.status.is_success(), "its token was not spent");
}

#[sqlx::test]
async fn rf_14_revoking_one_device_leaves_the_others(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (lost, kept) = (server.tokens("native").await, server.tokens("native").await);

    let form = [("token", lost.refresh.as_str()), ("client_id", "native")];
    let revoked = server.post("/oauth2/revoke", None, &form).await;

    assert!(revoked.status.is_success());
    assert!(!is_active(&server, &lost.access).await, "its access token dies with it");
    assert_eq!(server.refresh("native", &lost.refresh).await.refusal(), invalid_grant());
    assert!(server.refresh("native", &kept.refresh).await.status.is_success());
}

#[sqlx::test]
async fn rf_15_no_refresh_token_without_being_asked_and_allowed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let unasked = server.browser().obtain("alice", &[("scope", "openid records:read")]).await.code();
    assert_eq!(Tokens::of(&server.redeem("web", &unasked).await).refresh, "");

    server.change_client("web", |web| web.grant_types = vec![GrantType::AuthorizationCode]).await;
    assert_eq!(server.tokens("web").await.refresh, "", "the client may not refresh");

    server.change_client("spa", |spa| spa.scopes = spa.scopes.filtered(|scope| scope != "offline_access")).await;
    let tokens = server.tokens("spa").await;
    assert_eq!(tokens.refresh, "", "the client may not stay when the person is away");
    assert!(!tokens.scope.contains("offline_access"));
}

#[sqlx::test]
async fn rf_16_the_database_does_not_know_refresh_tokens(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let first = server.tokens("spa").await.refresh;
    let second = Tokens::of(&server.refresh("spa", &first).await).refresh;

    for token in [first, second] {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix("ptc_rt_").unwrap()).unwrap();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        for text in [&token[..], &token[7..], &token[30..], &hex(&bytes[16..32]), &hex(&bytes[32..])] {
            assert_eq!(server.rows_with(text).await, 0);
        }
    }
    assert!(server.rows_with("token.refreshed").await > 0, "the search finds what is there");
}

#[sqlx::test]
async fn rf_20_a_refresh_says_the_same_about_the_sign_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let first = server.tokens("spa").await;
    server.advance(Duration::seconds(100)).await;

    let second = Tokens::of(&server.refresh("spa", &first.refresh).await);

    let (before, after) = (claims(&first.id), claims(&second.id));
    for name in ["iss", "sub", "aud", "auth_time", "amr", "acr"] {
        assert_eq!(before[name], after[name], "{name}");
        assert_ne!(after[name], Value::Null, "{name}");
    }
    assert!(after.get("nonce").is_none(), "it answered the first request");
    assert!(after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap() >= 100, "it was issued later");
}

#[sqlx::test]
async fn one_grant_for_two_apis_gives_a_token_for_each(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let asked =
        [("scope", "openid offline_access records:read billing:read"), ("resource", RECORDS), ("resource", BILLING)];
    let code = server.browser().obtain("alice", &asked).await.code();
    let form = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", crate::browser::VERIFIER)];

    let undecided = server.token(Some("web"), &form).await;
    let records = Tokens::of(&server.token(Some("web"), &[&form[..], &[("resource", RECORDS)]].concat()).await);
    let billing = Tokens::of(&refresh_with(&server, "web", &records.refresh, ("resource", BILLING)).await);

    assert_eq!(undecided.refusal(), (400, "invalid_target".into()), "and the code is still good");
    for (tokens, api, scope) in [(&records, RECORDS, "records:read"), (&billing, BILLING, "billing:read")] {
        assert_eq!(claims(&tokens.access)["aud"][0], api);
        assert_eq!(tokens.scope, format!("openid offline_access {scope}"));
    }
    let other = refresh_with(&server, "web", &records.refresh, ("resource", "https://unknown.example")).await;
    assert_eq!(other.refusal(), (400, "invalid_target".into()));
}

#[sqlx::test]
async fn a_token_is_never_for_an_api_that_was_not_asked_for(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mixed = server.browser().authorize(&[("scope", "openid records:read billing:read")]).await;
    let asked = [("scope", "openid offline_access records:read billing:read"), ("resource", RECORDS)];
    let code = server.browser().obtain("alice", &asked).await.code();

    let tokens = Tokens::of(&server.redeem("web", &code).await);
    let billing = refresh_with(&server, "web", &tokens.refresh, ("resource", BILLING)).await;

    assert_eq!(mixed.error(), "invalid_target", "scopes of two APIs need their resources");
    assert_eq!(tokens.scope, "openid offline_access records:read");
    assert_eq!(billing.refusal(), (400, "invalid_target".into()));
}
