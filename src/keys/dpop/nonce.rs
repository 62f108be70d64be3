//! Nonces for DPoP proofs (RFC 9449 §8): any node knows those of any other, and none are kept.
//!
//! A nonce is the beginning of its period and our tag of that, so all nodes give out the same one. That of the period before
//! is good still: a client that keeps the newest it was given is never refused for it, and a proof that was made ahead is
//! worth nothing after five minutes.

use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;

use crate::keys::MasterKey;

/// How long one is given out, in seconds. It is good twice as long.
const PERIOD: i64 = 150;

/// How far the clocks of nodes may be apart, in seconds (decision D8).
const SKEW: i64 = 10;

const PURPOSE: &str = "DPoP nonce";

/// The nonce that is given out now.
///
/// # Errors
///
/// The library refuses, which is not expected.
pub fn current(key: &MasterKey, now: OffsetDateTime) -> Result<String, Unspecified> {
    let begun = period_of(now).to_be_bytes();
    let tag = key.tag(PURPOSE, &begun)?;
    Ok(URL_SAFE_NO_PAD.encode([&begun[..], &tag].concat()))
}

/// When the period of a nonce began. `None`: it is not ours, or too old.
#[must_use]
pub fn time_of(key: &MasterKey, nonce: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let bytes = URL_SAFE_NO_PAD.decode(nonce).ok()?;
    let (begun, tag) = bytes.split_first_chunk()?;
    if !key.has_tagged(PURPOSE, begun, tag) {
        return None;
    }
    let begun = i64::from_be_bytes(*begun);
    let is_good = (period_of(now) - PERIOD..=now.unix_timestamp() + SKEW).contains(&begun);
    OffsetDateTime::from_unix_timestamp(begun).ok().filter(|_| is_good)
}

fn period_of(now: OffsetDateTime) -> i64 {
    let now = now.unix_timestamp();
    now - now.rem_euclid(PERIOD)
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(PERIOD * 10_000_000 + seconds)
    }

    /// DP-09
    #[test]
    fn dp_09_a_nonce_is_good_until_the_second_after_it_is_given_out() {
        let key = MasterKey::generate().unwrap();
        let nonce = current(&key, at(1)).unwrap();
        assert!(nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "NQCHAR of RFC 6749");
        assert_eq!(current(&key, at(149)).unwrap(), nonce, "all who ask in one period get the same");
        assert_ne!(current(&key, at(150)).unwrap(), nonce);
        for (seconds, is_good) in
            [(-11, false), (-10, true), (0, true), (149, true), (299, true), (300, false), (9999, false)]
        {
            assert_eq!(time_of(&key, &nonce, at(seconds)), is_good.then_some(at(0)), "{seconds}");
        }
    }

    #[test]
    fn a_nonce_of_somebody_else_is_none() {
        let (key, other) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let nonce = current(&key, at(0)).unwrap();
        assert_eq!(time_of(&other, &nonce, at(0)), None);
        let other = other.beside(Some(key));
        assert_eq!(time_of(&other, &nonce, at(0)), Some(at(0)), "while one master key takes the place of another");
        for made_up in ["", "AA", "eyJ1", "nonce", &nonce[1..], &format!("{nonce}AAAA"), &format!("B{}", &nonce[1..])] {
            assert_eq!(time_of(&other, made_up, at(0)), None, "{made_up}");
        }
    }
}
