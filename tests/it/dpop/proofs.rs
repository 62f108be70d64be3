//! What a proof must be: at the token endpoint, and whichever node it comes to.

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::task::JoinSet;

use super::{Key, SERVICE, invalid_proof, token};
use crate::server::{ISSUER, Server};

const ROUTE: &str = "POST /oauth2/token";

/// DP-03, DP-05, DP-08
#[sqlx::test]
async fn dp_03_what_is_no_proof_for_this_request_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (key, other) = (Key::new(), Key::new());
    let now = server.clock.now().unix_timestamp();
    let claims = |changes: Value| key.proof(&server, ROUTE, None, &changes);
    let header = |member: &str, value: Value| {
        let mut header = key.header();
        header[member] = value;
        let claims = json!({"jti": "1", "htm": "POST", "htu": format!("{ISSUER}/oauth2/token"), "iat": now});
        key.sign(&header, &claims)
    };
    let mut private = key.jwk.clone();
    private["d"] = "AA".into();
    let zero = "A".repeat(43);
    let (signed, _) = key.token_proof(&server).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();

    for proof in [
        "no proof".to_owned(),
        String::new(),
        format!("{signed}."),
        format!("{signed}.{}", "A".repeat(86)),
        header("typ", json!("JWT")),
        header("typ", Value::Null),
        header("alg", json!("none")),
        header("alg", json!("HS256")),
        header("alg", json!("RS256")),
        header("jwk", Value::Null),
        header("jwk", private),
        header("jwk", other.jwk.clone()),
        header("jwk", json!({"kty": "EC", "crv": "P-256", "x": zero, "y": zero})),
        header("jwk", json!({"kty": "RSA", "n": "_".repeat(2731), "e": "AQAB"})),
        header("jwk", json!({"kty": "RSA", "n": "_".repeat(342), "e": "AQ"})),
        header("crit", json!(["jwk"])),
        key.sign(&key.header(), &json!([])),
        claims(json!({"jti": null})),
        claims(json!({"jti": 1})),
        claims(json!({"jti": "j".repeat(257)})),
        claims(json!({"jti": "j".repeat(1 << 20)})),
        claims(json!({"htm": null})),
        claims(json!({"htm": "GET"})),
        claims(json!({"htu": null})),
        claims(json!({"htu": {"url": ISSUER}})),
        claims(json!({"htu": format!("{ISSUER}/oauth2/userinfo")})),
        claims(json!({"htu": "https://evil.example/oauth2/token"})),
        claims(json!({"htu": "http://id.example/oauth2/token"})),
        claims(json!({"iat": null})),
        claims(json!({"iat": "x"})),
        claims(json!({"iat": now.to_string()})),
        claims(json!({"iat": 1e300})),
        claims(json!({"iat": now - 3600})),
        claims(json!({"iat": now - 90})),
        claims(json!({"iat": now + 3600})),
        claims(json!({"iat": now + 40})),
    ] {
        let answer = token(&server, "service", &SERVICE, &[&proof]).await;
        assert_eq!(answer.refusal(), invalid_proof(), "{proof:.300}");
        assert_eq!((answer.header("cache-control"), answer.header("dpop-nonce")), ("no-store", ""));
    }
    let (one, two) = (key.token_proof(&server), key.token_proof(&server));
    assert_eq!(token(&server, "service", &SERVICE, &[&one, &two]).await.refusal(), invalid_proof());
    let kept = sqlx::query_scalar::<_, i64>("select count(*) from seen_jwts").fetch_one(&server.db).await.unwrap();
    assert_eq!(kept, 0, "nothing is kept of what proves nothing, so that nobody can use up a proof of somebody else");
    assert_eq!(token(&server, "service", &SERVICE, &[&one]).await.status, 200);
}

/// What the conformance suite does with good proofs (FAPI 2.0).
#[sqlx::test]
async fn a_proof_may_be_written_as_the_rfc_allows(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let key = Key::new();
    let now = server.clock.now().unix_timestamp();
    for changes in [
        json!({}),
        json!({"htu": "HTTPS://ID.Example:443/oauth2/token"}),
        json!({"htu": "https://id.example/oauth2/token?a=b#c"}),
        json!({"htu": "https://id.example/oauth2/%74oken"}),
        json!({"iat": now - 10}),
        json!({"iat": now + 8}),
        json!({"nbf": now + 3600, "exp": now - 3600}),
        json!({"nbf": "x", "exp": 1e300, "more": [1]}),
        json!({"jti": "j".repeat(256)}),
    ] {
        let proof = key.proof(&server, ROUTE, None, &changes);
        let answer = token(&server, "service", &SERVICE, &[&proof]).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["token_type"]), (200, &json!("DPoP")), "{changes}");
    }
    let mut header = key.header();
    (header["typ"], header["kid"], header["more"]) = (json!("application/DPOP+jwt"), json!(7), json!({}));
    let claims = json!({"jti": "1", "htm": "POST", "htu": format!("{ISSUER}/oauth2/token"), "iat": now});
    assert_eq!(token(&server, "service", &SERVICE, &[&key.sign(&header, &claims)]).await.status, 200);
}

/// DP-07
#[sqlx::test]
async fn dp_07_a_proof_counts_once_whichever_node_it_comes_to(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let nodes = [server.clone(), server.second_node().await];
    let key = Key::new();

    for round in 0..3 {
        let proof = key.token_proof(&server);
        let mut racing = JoinSet::new();
        for n in 0..50 {
            let (node, proof) = (nodes[n % 2].clone(), proof.clone());
            racing.spawn(async move { token(&node, "service", &SERVICE, &[&proof]).await });
        }
        let answers = racing.join_all().await;
        let (won, lost) = answers.iter().partition::<Vec<_>, _>(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 49), "round {round}");
        assert!(lost.iter().all(|answer| answer.refusal() == invalid_proof()));
        assert!(lost.iter().all(|answer| answer.body.contains("used before")));
    }
    let same_jti = json!({"jti": "the same", "iat": server.clock.now().unix_timestamp()});
    for (key, node, status) in [(&key, 0, 200), (&key, 1, 400), (&Key::new(), 1, 200)] {
        let proof = key.proof(&server, ROUTE, None, &same_jti);
        let answer = token(&nodes[node], "service", &SERVICE, &[&proof]).await;
        assert_eq!(answer.status, status, "a jti is its key's");
    }
}

/// DP-08
#[sqlx::test]
async fn dp_08_what_is_kept_of_proofs_goes_with_the_time_in_which_they_count(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let key = Key::new();
    let first = key.token_proof(&server);
    assert_eq!(token(&server, "service", &SERVICE, &[&first]).await.status, 200);
    for _ in 0..20 {
        assert_eq!(key.service_token(&server).await.status, 200);
    }
    // Each row lies in a partition of now, and the rule drops those that are past.
    let kept = "
        select count(*), bool_and(substring(tableoid::regclass::text from '[0-9]+$')::bigint between $1 - 660 and $1 + 10),
            (select width + keep = '20 minutes' from partition_rules where table_name = 'seen_jwts')
        from seen_jwts
    ";
    let kept = sqlx::query_as::<_, (i64, bool, bool)>(kept).bind(server.clock.now().unix_timestamp());
    assert_eq!(kept.fetch_one(&server.db).await.unwrap(), (21, true, true));

    server.advance(Duration::seconds(59)).await;
    assert_eq!(token(&server, "service", &SERVICE, &[&first]).await.refusal(), invalid_proof(), "it is still known");
    server.advance(Duration::seconds(2)).await;
    assert_eq!(token(&server, "service", &SERVICE, &[&first]).await.refusal(), invalid_proof(), "it is too old");
    assert_eq!(key.service_token(&server).await.status, 200);
}
