//! Which level of assurance a request asks for, and which one the ID token reports.

use super::{assurance::Level, authorization_request::AuthorizationRequest};

/// An essential `acr` names only values that nobody here can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

/// The least level that satisfies a request's `acr_values` and its claim `acr`. Of several values any will do.
///
/// # Errors
/// [`Unreachable`]
pub fn requested(request: &AuthorizationRequest) -> Result<Option<Level>, Unreachable> {
    let essential = request.claims.essential_acr();
    let least = |values: Vec<&str>| values.into_iter().filter_map(|value| value.parse::<Level>().ok()).min();
    let must = least(essential.clone());
    if !essential.is_empty() && must.is_none() {
        return Err(Unreachable);
    }
    Ok(must.max(least(voluntary(request))))
}

/// The `acr` of the ID token: the strongest of the values asked for that was reached, or else what was reached (`OpenID`
/// Connect Core §5.5.1.1). Access tokens tell APIs, who asked for nothing, what was reached ([`Level::reached_by`]).
#[must_use]
pub fn reported(request: &AuthorizationRequest, reached: Level) -> Level {
    let essential = request.claims.essential_acr();
    let asked = if essential.is_empty() { voluntary(request) } else { essential };
    let levels = asked.into_iter().filter_map(|value| value.parse::<Level>().ok());
    levels.filter(|level| *level <= reached).max().unwrap_or(reached)
}

fn voluntary(request: &AuthorizationRequest) -> Vec<&str> {
    request.acr_values.iter().map(String::as_str).chain(request.claims.voluntary_acr()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::fixtures;

    #[test]
    fn a_request_asks_for_a_level() {
        let claims = |acr: &str| format!(r#"{{"id_token": {{"acr": {acr}}}}}"#);
        for (acr_values, claims, level, reported_at_phr) in [
            ("", String::new(), Ok(None), Level::Phr),
            ("aal2", String::new(), Ok(Some(Level::Aal2)), Level::Aal2),
            ("phr aal1", String::new(), Ok(Some(Level::Aal1)), Level::Phr),
            ("urn:x", String::new(), Ok(None), Level::Phr),
            ("", claims(r#"{"value": "aal2"}"#), Ok(Some(Level::Aal2)), Level::Aal2),
            ("aal1", claims(r#"{"essential": true, "values": ["aal2", "x"]}"#), Ok(Some(Level::Aal2)), Level::Aal2),
            ("phr", claims(r#"{"essential": true, "value": "urn:x"}"#), Err(Unreachable), Level::Phr),
        ] {
            let request = fixtures::request(&[("acr_values", acr_values), ("claims", &claims)]);
            assert_eq!(requested(&request), level, "{acr_values} {claims}");
            assert_eq!(reported(&request, Level::Phr), reported_at_phr, "{acr_values} {claims}");
        }
    }

    proptest! {
        #[test]
        fn the_answer_never_claims_more_than_was_reached(values in "(aal1|aal2|phr|x)( (aal1|aal2|phr|x)){0,2}", n in 0..3_usize) {
            let request = fixtures::request(&[("acr_values", &values)]);
            prop_assert!(reported(&request, Level::ALL[n]) <= Level::ALL[n]);
        }
    }
}
