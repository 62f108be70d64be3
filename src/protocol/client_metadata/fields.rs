//! The table of fields: all that is known of each, in the order in which people read them.

use super::field::{
    Editor::{Administrators, Nobody},
    Field,
    Group::{First, SignOutAndContact, Tokens},
    Kind::{Api, Claim, Emails, Flag, Link, One, RedirectUris, Scopes, Seconds, Several, Text},
    Named,
};
use crate::protocol::client::values::ClientType::{self, Browser, Native, Service, Web};

const EVERY: &[ClientType] = ClientType::ALL;
/// Those that users sign in to.
const FOR_PEOPLE: &[ClientType] = &[Web, Browser, Native];
/// Those that may keep a secret.
const CONFIDENTIAL: &[ClientType] = &[Web, Service];

const REFRESH_TOKEN: super::field::Kind = Seconds { least: 300, most: 7_776_000 };

/// Every field of [`ClientMetadata`](super::ClientMetadata).
pub const FIELDS: &[Field] = &[
    Field {
        name: "client_name",
        kind: Text { most: 100 },
        applies_to: EVERY,
        editor: Administrators,
        group: Some(First),
        label: "Name",
        meaning: "What people see.",
        hint: "People see it when they sign in and when they are asked for access.",
        option: "name",
    },
    Field {
        name: "type",
        kind: One(TYPES),
        applies_to: EVERY,
        editor: Nobody,
        group: Some(First),
        label: "Type",
        meaning: "Where it runs, which decides whether it can keep a secret.",
        hint: "It decides which flows the client may use, and does not change later.",
        option: "type",
    },
    Field {
        name: "redirect_uris",
        kind: RedirectUris { most: 50 },
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(First),
        label: "Redirect URIs",
        meaning: "Where answers go.",
        hint: "Where we send the browser after sign-in. One a line, each exactly as the client sends it. https, or http \
               for this computer only; native applications may use any port of 127.0.0.1 and [::1], or a scheme such \
               as com.example.app:/callback.",
        option: "redirect-uri",
    },
    Field {
        name: "scope",
        kind: Scopes,
        applies_to: EVERY,
        editor: Administrators,
        group: Some(First),
        label: "Scopes",
        meaning: "What it can be granted at most.",
        hint: "What the client may ask for. What a user’s roles do not allow, it does not get.",
        option: "scope",
    },
    Field {
        name: "required_acr",
        kind: One(LEVELS),
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(First),
        label: "Minimum assurance level",
        meaning: "Minimum assurance level for users who sign in to it.",
        hint: "Who has a second factor is always asked for it. Who has none and needs one adds it on the way.",
        option: "required-acr",
    },
    Field {
        name: "token_endpoint_auth_method",
        kind: One(AUTH_METHODS),
        applies_to: CONFIDENTIAL,
        editor: Administrators,
        group: Some(First),
        label: "Client authentication",
        meaning: "How it authenticates.",
        hint: "How the client proves who it is at the token endpoint. Browser and native applications have no secret to \
               prove it with.",
        option: "auth-method",
    },
    Field {
        name: "require_auth_method",
        kind: Flag,
        applies_to: CONFIDENTIAL,
        editor: Administrators,
        group: Some(Tokens),
        label: "Its secret by this method only",
        meaning: "Whether its secret is taken by this method only.",
        hint: "Otherwise its secret may stand in the header or in the body of a request: some libraries sign in by one and \
               refresh by the other.",
        option: "require-auth-method",
    },
    Field {
        name: "grant_types",
        kind: Several(GRANT_TYPES),
        applies_to: EVERY,
        editor: Administrators,
        group: None,
        label: "Grant types",
        meaning: "What it may exchange for tokens.",
        hint: "",
        option: "grant-type",
    },
    Field {
        name: "access_token_lifetime",
        kind: Seconds { least: 30, most: 1800 },
        applies_to: EVERY,
        editor: Administrators,
        group: Some(Tokens),
        label: "Access token lifetime",
        meaning: "How long its access tokens live.",
        hint: "30 to 1800.",
        option: "access-token-lifetime",
    },
    Field {
        name: "refresh_token_idle_lifetime",
        kind: REFRESH_TOKEN,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(Tokens),
        label: "Refresh token lifetime without use",
        meaning: "How long its refresh tokens live without use.",
        hint: "300 to 7776000, which is 90 days. Each use begins it anew.",
        option: "refresh-token-idle-lifetime",
    },
    Field {
        name: "refresh_token_lifetime",
        kind: REFRESH_TOKEN,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(Tokens),
        label: "Refresh token lifetime in all",
        meaning: "How long its refresh tokens live in all.",
        hint: "300 to 7776000. After it, the user signs in again.",
        option: "refresh-token-lifetime",
    },
    Field {
        name: "id_token_signed_response_alg",
        kind: One(ALGORITHMS),
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(Tokens),
        label: "ID token algorithm",
        meaning: "What signs its ID tokens.",
        hint: "What the client’s library expects ID tokens to be signed with.",
        option: "id-token-signed-response-alg",
    },
    Field {
        name: "id_token_claims",
        kind: One(ID_TOKEN_CLAIMS),
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(Tokens),
        label: "Claims about the user",
        meaning: "Where it finds the claims that scopes bring.",
        hint: "Many libraries look for the user’s name and email address in the ID token, and never ask for userinfo.",
        option: "id-token-claims",
    },
    Field {
        name: "roles_claim",
        kind: Claim,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(Tokens),
        label: "Claim of the roles",
        meaning: "The claim under which the scope `roles` brings the user’s roles, if not `roles`.",
        hint: "A name, or a path such as realm_access.roles. Empty: roles. The client must have the scope roles.",
        option: "roles-claim",
    },
    Field {
        name: "all_roles",
        kind: Flag,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(Tokens),
        label: "All roles of the user",
        meaning: "Whether the scope `roles` brings roles too that give none of its scopes.",
        hint: "Otherwise it is told only the roles that give one of its scopes. Roles that administer are never told.",
        option: "all-roles",
    },
    Field {
        name: "introspects_api",
        kind: Api,
        applies_to: CONFIDENTIAL,
        editor: Administrators,
        group: Some(Tokens),
        label: "Introspects tokens of",
        meaning: "The API that it acts for, whose tokens it may introspect.",
        hint: "The API that this client acts for: it may ask whether the API’s tokens are active.",
        option: "introspects-api",
    },
    Field {
        name: "introspects_all",
        kind: Flag,
        applies_to: CONFIDENTIAL,
        editor: Administrators,
        group: Some(Tokens),
        label: "Introspects tokens of every API",
        meaning: "Whether it may introspect every token.",
        hint: "It may ask whether any token is active, whatever API it is for.",
        option: "introspects-all",
    },
    Field {
        name: "post_logout_redirect_uris",
        kind: RedirectUris { most: 50 },
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(SignOutAndContact),
        label: "Post-logout redirect URIs",
        meaning: "Where browsers may go after sign-out.",
        hint: "Where we may send the browser after sign-out. One a line.",
        option: "post-logout-redirect-uri",
    },
    Field {
        name: "backchannel_logout_uri",
        kind: Link,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(SignOutAndContact),
        label: "Back-channel logout URI",
        meaning: "Where we tell it, server to server, that a session has ended.",
        hint: "Where we tell the client, server to server, that a session has ended: a POST with a logout token.",
        option: "backchannel-logout-uri",
    },
    Field {
        name: "backchannel_logout_session_required",
        kind: Flag,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: None,
        // Without `sid` the end of one session would be read as the end of all.
        label: "Needs sid in the logout token",
        meaning: "Whether it needs `sid` there. Every client gets it.",
        hint: "",
        option: "backchannel-logout-session-required",
    },
    Field {
        name: "frontchannel_logout_uri",
        kind: Link,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(SignOutAndContact),
        label: "Front-channel logout URI",
        meaning: "What the browser loads there when a session has ended.",
        hint: "What the browser loads in a hidden frame when a session has ended. Its host is that of a redirect URI. \
               Browsers that keep no cookies for frames make this unreliable: prefer the back channel.",
        option: "frontchannel-logout-uri",
    },
    Field {
        name: "frontchannel_logout_session_required",
        kind: Flag,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(SignOutAndContact),
        label: "Add iss and sid",
        meaning: "Whether it needs `iss` and `sid` there.",
        hint: "The front-channel logout URI gets the issuer and the session’s id as parameters.",
        option: "frontchannel-logout-session-required",
    },
    Field {
        name: "contacts",
        kind: Emails { most: 10 },
        applies_to: EVERY,
        editor: Administrators,
        group: Some(SignOutAndContact),
        label: "Contacts",
        meaning: "The e-mail addresses of those who are responsible for it.",
        hint: "Email addresses of the people responsible for the client. One a line.",
        option: "contact",
    },
    Field {
        name: "client_uri",
        kind: Link,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(SignOutAndContact),
        label: "Home page",
        meaning: "Its home page.",
        hint: "Shown when people are asked for access, as are the next two.",
        option: "client-uri",
    },
    Field {
        name: "policy_uri",
        kind: Link,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(SignOutAndContact),
        label: "Privacy policy",
        meaning: "Its privacy policy.",
        hint: "",
        option: "policy-uri",
    },
    Field {
        name: "tos_uri",
        kind: Link,
        applies_to: FOR_PEOPLE,
        editor: Administrators,
        group: Some(SignOutAndContact),
        label: "Terms of service",
        meaning: "Its terms of service.",
        hint: "",
        option: "tos-uri",
    },
];

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

const AUTH_METHODS: &[Named] = &[
    Named { value: "client_secret_basic", label: "HTTP Basic (client_secret_basic)", hint: "" },
    Named { value: "client_secret_post", label: "In the request’s body (client_secret_post)", hint: "" },
    Named { value: "none", label: "None: a public client", hint: "" },
];

const ID_TOKEN_CLAIMS: &[Named] = &[
    Named { value: "userinfo", label: "At userinfo (userinfo)", hint: "" },
    Named { value: "both", label: "At userinfo, and name and email address in the ID token too (both)", hint: "" },
];

const GRANT_TYPES: &[Named] = &[
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
        client::values::{AuthMethod, GrantType, IdTokenClaims},
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
        same(ID_TOKEN_CLAIMS, IdTokenClaims::ALL.iter().map(|one| one.as_str()).collect());
        same(GRANT_TYPES, GrantType::ALL.iter().map(|one| one.as_str()).collect());
        same(LEVELS, Level::ALL.iter().map(|one| one.as_str()).collect());
        same(ALGORITHMS, SigningAlgorithm::ALL.iter().map(|one| one.as_str()).collect());
    }
}
