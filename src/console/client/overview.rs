//! What a client is configured with.

use crate::{
    console::snippets::is_plain,
    protocol::client::{Client, GrantType},
};

/// The lines of its `.env`: all that it needs of us but its secret, which is shown once. `None` where a value could be
/// read as something else.
pub(in crate::console) fn environment(client: &Client, issuer: &str) -> Option<String> {
    let (id, scope) = (client.client_id.as_str(), client.scopes.to_string());
    let redirect_uri = client.redirect_uris.first().filter(|_| client.may_use(GrantType::AuthorizationCode));
    let lines = [
        Some(("ISSUER", issuer)),
        Some(("CLIENT_ID", id)),
        client.uses_secret().then_some(("CLIENT_SECRET", "")),
        redirect_uri.map(|uri| ("REDIRECT_URI", uri.as_str())),
        (!scope.is_empty()).then_some(("SCOPE", scope.as_str())),
    ];
    let lines = lines.into_iter().flatten().collect::<Vec<_>>();
    let line = |(name, value): &(&str, &str)| {
        if value.contains([' ', '&', '[']) { format!("{name}=\"{value}\"") } else { format!("{name}={value}") }
    };
    let are_plain = lines.iter().all(|(_, value)| is_plain(value));
    are_plain.then(|| lines.iter().map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{client::AuthMethod, fixtures::client_with};

    #[test]
    fn a_line_for_each_thing_that_the_client_needs() {
        let public = client_with("app", |client| {
            client.auth_method = AuthMethod::None;
            client.grant_types = vec![GrantType::AuthorizationCode];
            client.redirect_uris = vec!["https://app.example/callback".to_owned()];
            client.scopes = "openid profile".parse().unwrap();
        });
        let service = client_with("batch", |client| {
            client.auth_method = AuthMethod::ClientSecretBasic;
            client.grant_types = vec![GrantType::ClientCredentials];
            client.scopes = "records:read".parse().unwrap();
        });

        let expected = "ISSUER=https://id.example\nCLIENT_ID=app\nREDIRECT_URI=https://app.example/callback\n\
                        SCOPE=\"openid profile\"";
        assert_eq!(environment(&public, "https://id.example").unwrap(), expected);
        let expected = "ISSUER=https://id.example\nCLIENT_ID=batch\nCLIENT_SECRET=\nSCOPE=records:read";
        assert_eq!(environment(&service, "https://id.example").unwrap(), expected);
    }

    #[test]
    fn no_value_can_be_read_as_something_else() {
        let client = client_with("app", |client| client.scopes = "a';rm".parse().unwrap());
        assert_eq!(environment(&client, "https://id.example"), None);
    }
}
