//! What a signed token costs: josekit with its signer kept, beside our own signer on aws-lc-rs.
//!
//! CPU time of this thread, not wall time, so that neighbours on the machine do not count: `cargo bench --bench jose`.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use josekit::jws::{ES256, EdDSA, JwsHeader, JwsSigner, PS256, RS256};
use josekit::jwt::{JwtPayload, encode_with_signer};
use portcullis::keys::{KeySet, KeyState, MasterKey, Signer, SigningKey, Typ, generate};
use portcullis::protocol::signing_algorithm::SigningAlgorithm;
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;

/// The median of this many batches counts.
const BATCHES: usize = 11;

/// How long a batch runs. The CPU time may move in steps of 4 ms: 100 of them keep the error at 1 %.
const BATCH: Duration = Duration::from_millis(400);

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: &'a str,
    scope: &'a str,
    jti: &'a str,
    iat: u64,
    exp: u64,
}

const CLAIMS: Claims<'_> = Claims {
    iss: "https://id.example.org",
    sub: "0190a5c2-6f1e-7cc3-98c4-dc0c0c07398f",
    aud: "https://records.example/api",
    client_id: "records-importer",
    scope: "records:read records:write",
    jti: "0190a5c2-6f1e-7cc3-98c4-dc0c0c073990",
    iat: 1_800_000_000,
    exp: 1_800_000_300,
};

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:<8}{:>16}{:>16}{:>16}", "us CPU", "josekit sign", "our sign", "our verify");
    for algorithm in SigningAlgorithm::ALL {
        let key = generate(algorithm)?;
        let theirs = josekit_signer(algorithm, &key.private_key)?;
        let josekit_sign = median(|| sign_with_josekit(&*theirs, &key.kid))?;

        let ours = Signer::new(&key.kid, algorithm, &key.private_key)?;
        let our_sign = median(|| Ok(ours.sign(Typ::AccessToken, &CLAIMS)?))?;

        let token = ours.sign(Typ::AccessToken, &CLAIMS)?;
        let master_key = MasterKey::generate()?;
        let key = key.seal(&master_key, OffsetDateTime::UNIX_EPOCH)?;
        let keys = KeySet::new(&[SigningKey { state: KeyState::Active, ..key }], &master_key)?;
        let our_verify = median(|| Ok(keys.verify(&token, Typ::AccessToken)?))?;

        println!("{:<8}{josekit_sign:>16.1}{our_sign:>16.1}{our_verify:>16.1}", algorithm.as_str());
    }
    Ok(())
}

fn josekit_signer(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Box<dyn JwsSigner>, Box<dyn Error>> {
    Ok(match algorithm {
        SigningAlgorithm::Es256 => Box::new(ES256.signer_from_der(pkcs8)?),
        SigningAlgorithm::Rs256 => Box::new(RS256.signer_from_der(pkcs8)?),
        SigningAlgorithm::Ps256 => {
            // josekit takes only keys marked as PSS in DER, and any RSA key as JWK.
            let pair = josekit::jwk::alg::rsa::RsaKeyPair::from_der(pkcs8)?;
            Box::new(PS256.signer_from_jwk(&pair.to_jwk_private_key())?)
        }
        SigningAlgorithm::EdDsa => Box::new(EdDSA.signer_from_der(pkcs8)?),
    })
}

fn sign_with_josekit(signer: &dyn JwsSigner, kid: &str) -> Result<String, Box<dyn Error>> {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let mut header = JwsHeader::new();
    header.set_token_type(Typ::AccessToken.name());
    header.set_key_id(kid);
    let mut payload = JwtPayload::new();
    payload.set_issuer(CLAIMS.iss);
    payload.set_subject(CLAIMS.sub);
    payload.set_audience(vec![CLAIMS.aud]);
    payload.set_jwt_id(CLAIMS.jti);
    payload.set_issued_at(&at(CLAIMS.iat));
    payload.set_expires_at(&at(CLAIMS.exp));
    payload.set_claim("client_id", Some(json!(CLAIMS.client_id)))?;
    payload.set_claim("scope", Some(json!(CLAIMS.scope)))?;
    Ok(encode_with_signer(&payload, &header, signer)?)
}

/// The CPU time of one call in microseconds.
fn median<T>(mut call: impl FnMut() -> Result<T, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut batches = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let (began, start) = (Instant::now(), cpu_nanoseconds()?);
        let mut calls = 0;
        while began.elapsed() < BATCH {
            black_box(call()?);
            calls += 1;
        }
        batches.push((cpu_nanoseconds()? - start) / f64::from(calls) / 1000.0);
    }
    batches.sort_by(f64::total_cmp);
    Ok(batches[BATCHES / 2])
}

/// How long this thread has run. Linux only: the first field of the scheduler's statistics.
fn cpu_nanoseconds() -> Result<f64, Box<dyn Error>> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(statistics.split_whitespace().next().ok_or("schedstat is empty")?.parse()?)
}
