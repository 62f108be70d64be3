//! The `claims` parameter ([OpenID Connect Core §5.5]): claims asked for one by one, beside those that scopes bring.
//!
//! [OpenID Connect Core §5.5]: https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{json, scope::Scope, standard_claims};

/// The longest value of the parameter, in bytes.
const LONGEST: usize = 8 * 1024;

/// What the parameter asks for. Members that we do not know are passed over, as the specification wants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// For the userinfo endpoint.
    pub userinfo: BTreeMap<String, Option<ClaimRequest>>,
    /// For the ID token.
    pub id_token: BTreeMap<String, Option<ClaimRequest>>,
}

/// How one claim is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRequest {
    /// The client cannot go on smoothly without it.
    pub essential: bool,
    /// The one value that will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values that will do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// The parameter is not a JSON object of the form that the specification gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("claims must be a JSON object of at most 8192 bytes, without NUL, with the members userinfo and id_token")]
pub struct MalformedClaims;

impl ClaimsRequest {
    /// Reads the parameter. Deep nesting and members that come twice are refused (AZ-21, IN-04); so is the one escape whose character the
    /// database cannot keep.
    ///
    /// # Errors
    /// [`MalformedClaims`]
    pub fn parse(text: &str) -> Result<Self, MalformedClaims> {
        if text.len() > LONGEST || text.contains("\\u0000") {
            return Err(MalformedClaims);
        }
        let members = json::parse_object(text.as_bytes()).map_err(|_| MalformedClaims)?;
        serde_json::from_value(Value::Object(members)).map_err(|_| MalformedClaims)
    }

    /// What is left of it for a client that is registered for these scopes: a claim about a user counts only if the
    /// scope that brings it is among them.
    #[must_use]
    pub fn within(mut self, registered: &Scope) -> Self {
        let counts = |claim: &str| standard_claims::scope_of(claim).is_none_or(|scope| registered.contains(scope));
        self.userinfo.retain(|claim, _| counts(claim));
        self.id_token.retain(|claim, _| counts(claim));
        self
    }

    /// The scopes that would bring the claims about a user that it asks for.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let claims = self.userinfo.keys().chain(self.id_token.keys());
        claims.filter_map(|claim| standard_claims::scope_of(claim)).fold(Scope::default(), Scope::with)
    }

    /// The subject that the ID token must have, if one is asked for (§5.5.1).
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.id_token.get("sub")?.as_ref()?.value.as_ref()?.as_str()
    }

    /// The authentication contexts without which the request must fail (§5.5.1.1), empty if it need not.
    #[must_use]
    pub fn essential_acr(&self) -> Vec<&str> {
        self.acr(true)
    }

    /// The authentication contexts that are asked for, but not as essential (§5.5.1.1).
    #[must_use]
    pub fn voluntary_acr(&self) -> Vec<&str> {
        self.acr(false)
    }

    fn acr(&self, essential: bool) -> Vec<&str> {
        let asked = self.id_token.get("acr").and_then(Option::as_ref).filter(|acr| acr.essential == essential);
        asked.into_iter().flat_map(|acr| acr.values.iter().chain(&acr.value)).filter_map(Value::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_specification_is_understood() {
        let claims = ClaimsRequest::parse(
            r#"{"userinfo":{"given_name":{"essential":true},"nickname":null,"picture":null,"http://example.info/claims/groups":null},
                "id_token":{"auth_time":{"essential":true},"acr":{"values":["urn:mace:incommon:iap:silver"]}}, "other": 1}"#,
        )
        .unwrap();

        assert!(claims.userinfo["given_name"].as_ref().unwrap().essential);
        assert!(claims.userinfo["nickname"].is_none());
        assert!(claims.essential_acr().is_empty(), "it is voluntary");
    }

    #[test]
    fn az_21_nonsense_is_refused() {
        let deep = format!("{{\"userinfo\":{}{}}}", "{\"a\":".repeat(900), "}".repeat(900));
        for text in [
            r#"{"userinfo":{"\u0000":null}}"#,
            "",
            "[]",
            "null",
            "1",
            "{",
            "{\"userinfo\":[]}",
            "{\"id_token\":{\"sub\":5}}",
            &deep,
            &"[".repeat(10_000),
        ] {
            assert_eq!(ClaimsRequest::parse(text), Err(MalformedClaims), "{text:.40}");
        }
        assert!(ClaimsRequest::parse(r#"{"userinfo":{"__proto__":null}}"#).is_ok());
    }

    #[test]
    fn a_claim_about_a_person_counts_only_within_the_registration() {
        let asked =
            r#"{"userinfo":{"email":null,"name":null,"urn:x":null},"id_token":{"phone_number":null,"acr":null}}"#;
        let asked = ClaimsRequest::parse(asked).unwrap();
        for (registered, left, scope) in [
            ("openid", "urn:x acr", ""),
            ("openid email", "email urn:x acr", "email"),
            ("phone profile", "name urn:x acr phone_number", "profile phone"),
        ] {
            let within = asked.clone().within(&registered.parse().unwrap());
            let names = within.userinfo.keys().chain(within.id_token.keys()).cloned().collect::<Vec<_>>();
            assert_eq!((names.join(" ").as_str(), within.scope().to_string().as_str()), (left, scope), "{registered}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = ClaimsRequest::parse(&text);
        }
    }
}
