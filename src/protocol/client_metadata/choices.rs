//! The values that fields of a client may have, each with its words.

use super::field::Named;

/// The types of clients.
pub const TYPES: &[Named] = &[
    Named {
        value: "web",
        label: "Web application",
        hint: "Runs on your server and can keep a secret. People sign in with their browser.",
    },
    Named {
        value: "browser",
        label: "Browser application",
        hint: "Runs in the browser alone (single-page app). Has no secret; PKCE protects its sign-ins.",
    },
    Named {
        value: "native",
        label: "Native application",
        hint: "Is installed on a phone or computer. Has no secret; PKCE protects its sign-ins.",
    },
    Named {
        value: "service",
        label: "Service",
        hint: "A program without a user: it gets tokens for itself with its secret (client credentials).",
    },
];

/// How a client may authenticate.
pub const AUTH_METHODS: &[Named] = &[
    Named { value: "client_secret_basic", label: "HTTP Basic (client_secret_basic)", hint: "" },
    Named { value: "client_secret_post", label: "In the request’s body (client_secret_post)", hint: "" },
    Named { value: "private_key_jwt", label: "By its own key (private_key_jwt)", hint: "" },
    Named { value: "tls_client_auth", label: "By a certificate of an authority (tls_client_auth)", hint: "" },
    Named {
        value: "self_signed_tls_client_auth",
        label: "By a certificate of its own (self_signed_tls_client_auth)",
        hint: "",
    },
    Named { value: "none", label: "None: a public client", hint: "" },
];

/// Whom assertions name.
pub const ASSERTION_AUDIENCES: &[Named] = &[
    Named { value: "issuer", label: "This server’s issuer (issuer)", hint: "" },
    Named { value: "token_endpoint", label: "Its token endpoint too, for old libraries (token_endpoint)", hint: "" },
];

/// Where claims about a user may stand.
pub const ID_TOKEN_CLAIMS: &[Named] = &[
    Named { value: "userinfo", label: "At userinfo (userinfo)", hint: "" },
    Named { value: "both", label: "At userinfo, and name and email address in the ID token too (both)", hint: "" },
];

/// What may be exchanged for tokens.
pub const GRANT_TYPES: &[Named] = &[
    Named { value: "authorization_code", label: "authorization_code", hint: "" },
    Named { value: "client_credentials", label: "client_credentials", hint: "" },
    Named { value: "refresh_token", label: "refresh_token", hint: "" },
];

/// The assurance levels that can be asked for.
pub const LEVELS: &[Named] = &[
    Named { value: "aal1", label: "One factor (aal1)", hint: "" },
    Named { value: "aal2", label: "Two factors (aal2)", hint: "" },
    Named { value: "phr", label: "Two factors, phishing-resistant (phr)", hint: "" },
];

/// What tokens can be signed with.
pub const ALGORITHMS: &[Named] = &[
    Named { value: "RS256", label: "RS256", hint: "every library knows it" },
    Named { value: "ES256", label: "ES256", hint: "smaller and faster" },
    Named { value: "PS256", label: "PS256", hint: "" },
    Named { value: "EdDSA", label: "EdDSA", hint: "" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        assurance::Level,
        client::values::{AssertionAudience, AuthMethod, ClientType, GrantType, IdTokenClaims},
        signing_algorithm::SigningAlgorithm,
    };

    #[test]
    fn every_value_has_its_words() {
        fn same(named: &[Named], all: Vec<&'static str>) {
            let mut named = named.iter().map(|one| one.value).collect::<Vec<_>>();
            let mut all = all;
            named.sort_unstable();
            all.sort_unstable();
            assert_eq!(named, all);
        }
        same(TYPES, ClientType::ALL.iter().map(|one| one.as_str()).collect());
        same(AUTH_METHODS, AuthMethod::ALL.iter().map(|one| one.as_str()).collect());
        same(ASSERTION_AUDIENCES, AssertionAudience::ALL.iter().map(|one| one.as_str()).collect());
        same(ID_TOKEN_CLAIMS, IdTokenClaims::ALL.iter().map(|one| one.as_str()).collect());
        same(GRANT_TYPES, GrantType::ALL.iter().map(|one| one.as_str()).collect());
        same(LEVELS, Level::ALL.iter().map(|one| one.as_str()).collect());
        same(ALGORITHMS, SigningAlgorithm::ALL.iter().map(|one| one.as_str()).collect());
    }
}
