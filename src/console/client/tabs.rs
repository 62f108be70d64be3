//! The tabs of a client's page: `?tab=`.

use crate::protocol::{
    client::{Client, ClientType},
    client_metadata::field::Tab,
};

/// All of them, in their order, as addresses name them.
const TABS: [(Tab, &str); 6] = [
    (Tab::Overview, "overview"),
    (Tab::SignIn, "sign-in"),
    (Tab::Scopes, "scopes"),
    (Tab::Secrets, "secrets"),
    (Tab::Tokens, "tokens"),
    (Tab::Activity, "activity"),
];

/// What a tab is called.
pub(super) const fn title(tab: Tab) -> &'static str {
    match tab {
        Tab::Overview => "Overview",
        Tab::SignIn => "Sign-in",
        Tab::Scopes => "Scopes",
        Tab::Secrets => "Secrets",
        Tab::Tokens => "Tokens",
        Tab::Activity => "Activity",
    }
}

/// The one that an address names, if this client has it: the first otherwise.
pub(super) fn named(name: &str, client: &Client) -> Tab {
    let named = TABS.iter().find(|(tab, known)| *known == name && has(client, *tab));
    named.map_or(Tab::Overview, |(tab, _)| *tab)
}

/// Those that the client has: what they are called, where they are, and which is shown.
pub(super) fn links(client: &Client, path: &str, shown: Tab) -> Vec<(&'static str, String, bool)> {
    let link = |(tab, name): &(Tab, &str)| {
        let url = if *tab == Tab::Overview { path.to_owned() } else { format!("{path}?tab={name}") };
        (title(*tab), url, *tab == shown)
    };
    TABS.iter().filter(|(tab, _)| has(client, *tab)).map(link).collect()
}

/// Nobody signs in to a service, and a public client has no secrets.
fn has(client: &Client, tab: Tab) -> bool {
    match tab {
        Tab::SignIn => client.client_type != ClientType::Service,
        Tab::Secrets => !client.is_public(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{client::AuthMethod, fixtures::client_with};

    #[test]
    fn a_client_has_the_tabs_of_its_kind() {
        let service = client_with("batch", |client| {
            (client.client_type, client.auth_method) = (ClientType::Service, AuthMethod::ClientSecretBasic);
        });
        let public = client_with("app", |client| {
            (client.client_type, client.auth_method) = (ClientType::Browser, AuthMethod::None);
        });
        let titles =
            |client| links(client, "/x", Tab::Overview).into_iter().map(|(title, ..)| title).collect::<Vec<_>>();

        assert_eq!(titles(&service), ["Overview", "Scopes", "Secrets", "Tokens", "Activity"]);
        assert_eq!(titles(&public), ["Overview", "Sign-in", "Scopes", "Tokens", "Activity"]);
        for (name, client, tab) in [
            ("secrets", &service, Tab::Secrets),
            ("secrets", &public, Tab::Overview),
            ("sign-in", &public, Tab::SignIn),
            ("nothing", &public, Tab::Overview),
        ] {
            assert_eq!(named(name, client), tab, "{name}");
        }
    }

    #[test]
    fn one_tab_is_shown_and_the_first_is_the_page_itself() {
        let client = client_with("app", |client| client.client_type = ClientType::Web);
        let links = links(&client, "/admin/clients/app", Tab::Tokens);

        assert_eq!(links[0], ("Overview", "/admin/clients/app".to_owned(), false));
        let shown = links.into_iter().filter(|(.., shown)| *shown).collect::<Vec<_>>();
        assert_eq!(shown, [("Tokens", "/admin/clients/app?tab=tokens".to_owned(), true)]);
    }
}
