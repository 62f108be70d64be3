//! Code that gets a token for a client, ready to paste. Its secret never stands there: a variable does.

use url::form_urlencoded::Serializer;

use crate::protocol::client::{AuthMethod, Client, GrantType};

/// A request in one language.
pub struct Snippet {
    /// "curl", "Python" …
    pub language: &'static str,
    /// The code.
    pub text: String,
}

macro_rules! snippets {
    ($who:literal) => {
        [
            ("curl", include_str!(concat!("../../templates/snippets/", $who, ".sh.txt"))),
            ("Python", include_str!(concat!("../../templates/snippets/", $who, ".py.txt"))),
            ("JavaScript", include_str!(concat!("../../templates/snippets/", $who, ".mjs.txt"))),
            ("Rust", include_str!(concat!("../../templates/snippets/", $who, ".rs.txt"))),
        ]
    };
}

/// For a client that acts for itself.
const SERVICE: [(&str, &str); 4] = snippets!("service");
/// For a client that users sign in to.
const PERSON: [(&str, &str); 4] = snippets!("person");

/// A private key as JSON in a variable, for `crypto`.
const JS_KEY: &str = "const jwk = JSON.parse(process.env.CLIENT_KEY);
const key = await crypto.subtle.importKey(\"jwk\", jwk, { name: \"ECDSA\", namedCurve: jwk.crv }, false, [\"sign\"]);
";

/// The code for this client. Empty where a value could be read as code.
pub(super) fn of(client: &Client, issuer: &str) -> Vec<Snippet> {
    let acts_for_people = client.may_use(GrantType::AuthorizationCode);
    let redirect_uri = client.redirect_uris.first().map_or("", String::as_str);
    let scope = client.scopes.to_string();
    if ![redirect_uri, &scope, issuer].into_iter().all(is_plain) {
        return Vec::new();
    }
    let values = values(client, issuer, redirect_uri, &scope);
    let filled = |text: &str| {
        values
            .iter()
            .fold(text.trim_end().to_owned(), |text, (name, value)| text.replace(&format!("__{name}__"), value))
    };
    let templates = if acts_for_people { PERSON } else { SERVICE };
    // To sign an assertion takes a library that makes one as short-lived as it must be.
    let signs = client.auth_method == AuthMethod::PrivateKeyJwt;
    let templates = templates.into_iter().filter(|(language, _)| !signs || *language == "JavaScript");
    // Where certificates are shown, and how a library is told of one, differs too much for a line.
    let templates = templates.filter(|_| !client.auth_method.uses_certificate());
    templates.map(|(language, text)| Snippet { language, text: filled(text) }).collect()
}

fn values(client: &Client, issuer: &str, redirect_uri: &str, scope: &str) -> [(&'static str, String); 11] {
    let id = &client.client_id;
    let (curl, js, rust) = match client.auth_method {
        AuthMethod::ClientSecretBasic => (
            format!("--user \"{id}:$CLIENT_SECRET\""),
            "client.ClientSecretBasic(process.env.CLIENT_SECRET)",
            "\n    .set_client_secret(ClientSecret::new(std::env::var(\"CLIENT_SECRET\")?))",
        ),
        AuthMethod::ClientSecretPost => (
            format!("--data client_id={id} --data-urlencode \"client_secret=$CLIENT_SECRET\""),
            "client.ClientSecretPost(process.env.CLIENT_SECRET)",
            "\n    .set_client_secret(ClientSecret::new(std::env::var(\"CLIENT_SECRET\")?))\n    \
             .set_auth_type(AuthType::RequestBody)",
        ),
        AuthMethod::PrivateKeyJwt => (String::new(), "client.PrivateKeyJwt({ key, kid: jwk.kid })", ""),
        AuthMethod::None | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth => {
            (format!("--data client_id={id}"), "client.None()", "")
        }
    };
    let signs = client.auth_method == AuthMethod::PrivateKeyJwt;
    let query = [
        ("response_type", "code"),
        ("client_id", id),
        ("redirect_uri", redirect_uri),
        ("scope", scope),
        ("code_challenge_method", "S256"),
    ];
    let is_insecure = issuer.starts_with("http:");
    let options = if is_insecure { ", { execute: [client.allowInsecureRequests] }" } else { "" };
    [
        ("ISSUER", issuer.to_owned()),
        ("CLIENT_ID", id.clone()),
        ("REDIRECT_URI", redirect_uri.to_owned()),
        ("SCOPE", scope.to_owned()),
        ("AUTHORIZE_QUERY", Serializer::new(String::new()).extend_pairs(query).finish()),
        ("METHOD", client.auth_method.as_str().to_owned()),
        ("JS_KEY", if signs { JS_KEY } else { "" }.to_owned()),
        ("CURL_AUTH", curl),
        ("JS_AUTH", js.to_owned()),
        ("JS_OPTIONS", options.to_owned()),
        ("RUST_AUTH", rust.to_owned()),
    ]
}

/// Whether a value means nothing but itself between quotes of any of the languages.
pub(super) fn is_plain(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_alphanumeric() || b" :/._~-?&=%+@,[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::fixtures::client_with;

    #[test]
    fn every_place_is_filled() {
        for method in AuthMethod::ALL {
            for grant in [GrantType::AuthorizationCode, GrantType::ClientCredentials] {
                let client = client_with("app", |client| {
                    (client.auth_method, client.grant_types) = (*method, vec![grant]);
                });
                let snippets = of(&client, "http://localhost:8080");

                let expected = match method {
                    AuthMethod::PrivateKeyJwt => 1,
                    method if method.uses_certificate() => 0,
                    _ => 4,
                };
                assert_eq!(snippets.len(), expected);
                for snippet in snippets {
                    assert!(
                        snippet.text.contains(&client.client_id) && !snippet.text.contains("__"),
                        "{}",
                        snippet.text
                    );
                }
            }
        }
    }

    #[test]
    fn no_value_can_be_read_as_code() {
        let client = client_with("app", |client| client.scopes = "a';rm".parse().unwrap());
        assert!(of(&client, "https://id.example").is_empty());
    }
}
