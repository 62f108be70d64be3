use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::protocol::{fixtures::at, json::parse_object};

const TOKEN: &str = "https://id.example/oauth2/token";

fn read(json: &str) -> Result<ProofClaims, RefusedProof> {
    ProofClaims::read(&parse_object(json.as_bytes()).unwrap())
}

fn claims() -> ProofClaims {
    let (jti, htm, htu) = ("1".to_owned(), "POST".to_owned(), TOKEN.to_owned());
    ProofClaims { jti, htm, htu, iat: at(0).unix_timestamp(), ath: None, nonce: None }
}

fn request(access_token: Option<&str>) -> ProvenRequest<'_> {
    ProvenRequest { method: "POST", url: TOKEN, access_token }
}

/// DP-05
#[test]
fn dp_05_a_claim_that_is_missing_or_malformed_is_named() {
    let good = json!({"jti": "1", "htm": "POST", "htu": TOKEN, "iat": 1, "nbf": "x", "exp": 1.5, "more": [{}]});
    assert!(read(&good.to_string()).is_ok(), "what is no part of a proof is not looked at");
    for (member, value, refused) in [
        ("jti", json!(null), true),
        ("jti", json!(""), true),
        ("jti", json!(7), true),
        ("jti", json!("j".repeat(256)), false),
        ("jti", json!("j".repeat(257)), true), // DP-08
        ("jti", json!("ö".repeat(129)), true),
        ("htm", json!(["POST"]), true),
        ("htu", json!({ "url": TOKEN }), true),
        ("htu", json!(1), true),
        ("iat", json!("x"), true),
        ("iat", json!("1"), true),
        ("iat", json!(1.0), true),
        ("iat", json!(1e300), true),
        ("iat", json!(-1), true),
        ("iat", json!(9_007_199_254_740_993_u64), true),
        ("iat", json!(null), true),
        ("ath", json!(1), true),
        ("ath", json!(null), true),
        ("nonce", json!([]), true),
        ("nonce", json!("n"), false),
    ] {
        let mut changed = good.clone();
        changed[member] = value.clone();
        let expected = refused.then_some(RefusedProof::Claim(member));
        assert_eq!(read(&changed.to_string()).err(), expected, "{member}: {value:.40}");
    }
    for member in ["jti", "htm", "htu", "iat"] {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(member);
        assert_eq!(read(&without.to_string()).err(), Some(RefusedProof::Claim(member)));
    }
}

#[test]
fn a_proof_is_for_one_request() {
    for (change, refusal) in [
        ((|_| ()) as fn(&mut ProofClaims), None),
        (|proof| proof.htm = "GET".into(), Some(RefusedProof::OtherMethod)),
        (|proof| proof.htm = "post".into(), Some(RefusedProof::OtherMethod)),
        (|proof| proof.htu = "https://id.example/oauth2/userinfo".into(), Some(RefusedProof::OtherUrl)),
        (|proof| proof.htu = "HTTPS://ID.EXAMPLE:443/oauth2/token?a#b".into(), None),
        (|proof| proof.ath = Some("it is not asked for".into()), None),
    ] {
        let mut proof = claims();
        change(&mut proof);
        assert_eq!(proof.check_request(request(None)).err(), refusal, "{proof:?}");
    }
}

/// The token and its hash are those of RFC 9449 §7.1.
#[test]
fn a_proof_with_a_token_is_for_that_token() {
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let with = |ath: Option<&str>| ProofClaims { ath: ath.map(ToOwned::to_owned), ..claims() };
    for (ath, refusal) in [
        (Some("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"), None),
        (Some("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEp"), Some(RefusedProof::OtherToken)),
        (Some(""), Some(RefusedProof::OtherToken)),
        (None, Some(RefusedProof::Claim("ath"))),
    ] {
        assert_eq!(with(ath).check_request(request(Some(token))).err(), refusal, "{ath:?}");
    }
}

#[test]
fn a_proof_is_of_now_or_of_its_nonce() {
    for (seconds, refusal) in [
        (-11, Some(RefusedProof::OtherTime)),
        (-10, None),
        (0, None),
        (60, None),
        (61, Some(RefusedProof::OtherTime)),
        (3600, Some(RefusedProof::OtherTime)),
    ] {
        assert_eq!(claims().check_time(None, at(seconds)).err(), refusal, "{seconds}");
        assert_eq!(claims().check_time(Some(at(-100)), at(seconds)), Ok(at(-100)), "a nonce says when it was");
    }
    assert_eq!(claims().check_time(None, at(30)), Ok(at(0)));
    let far = ProofClaims { iat: 1 << 53, ..claims() };
    assert_eq!(far.check_time(None, at(0)), Err(RefusedProof::Claim("iat")), "no calendar has it");
}

proptest! {
    #[test]
    fn no_claims_make_it_panic(jti in any::<String>(), htm in any::<String>(), htu in any::<String>(), iat in any::<u64>(), now in 0..4_000_000_000_i64) {
        let said = json!({ "jti": jti, "htm": htm, "htu": htu, "iat": iat });
        if let Ok(proof) = ProofClaims::read(said.as_object().unwrap()) {
            let _ = proof.check_request(request(Some("token")));
            let _ = proof.check_time(None, OffsetDateTime::from_unix_timestamp(now).unwrap());
        }
    }
}
