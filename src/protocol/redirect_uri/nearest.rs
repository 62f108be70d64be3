//! What a redirect URI that is not registered has that the nearest registered one has not: a help for developers. It names
//! what is registered, so it is for logs and not for pages that everybody sees.

use std::fmt;

use url::Url;

/// The registered URI that has the most in common with the requested one, and what differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest<'a> {
    registered: &'a str,
    differs: Vec<&'static str>,
}

/// Finds it. `None`: nothing is registered, or no URI is requested.
#[must_use]
pub fn nearest<'a>(registered: &'a [String], requested: &str) -> Option<Nearest<'a>> {
    let found =
        registered.iter().filter_map(|uri| Some(Nearest { registered: uri, differs: differences(uri, requested)? }));
    found.min_by_key(|nearest| nearest.differs.len())
}

impl fmt::Display for Nearest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The nearest registered one differs in {}: {}", self.differs.join(" and "), self.registered)
    }
}

fn differences(registered: &str, requested: &str) -> Option<Vec<&'static str>> {
    let (one, other) = (Url::parse(registered).ok()?, Url::parse(requested).ok()?);
    if registered.trim_end_matches('/') == requested.trim_end_matches('/') {
        return Some(vec!["the slash at the end"]);
    }
    let parts = [
        ("the scheme", one.scheme() != other.scheme()),
        ("the host", one.host_str() != other.host_str()),
        ("the port", one.port() != other.port()),
        ("the path", one.path() != other.path()),
        ("the query", one.query() != other.query()),
        ("the fragment", one.fragment() != other.fragment()),
    ];
    let differing = parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect::<Vec<_>>();
    Some(if differing.is_empty() { vec!["the spelling"] } else { differing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_uri_is_named_with_what_differs() {
        let registered = ["https://app.example/callback", "http://127.0.0.1/cb"].map(str::to_owned);
        for (requested, named, differs) in [
            ("https://app.example/callback/", 0, "differs in the slash at the end: "),
            ("http://app.example/callback", 0, "differs in the scheme: "),
            ("https://app.example:8443/callback", 0, "differs in the port: "),
            ("https://app.example/Callback", 0, "differs in the path: "),
            ("https://app.example/callback?x=1", 0, "differs in the query: "),
            ("https://APP.example/callback", 0, "differs in the spelling: "),
            ("http://localhost/cb", 1, "differs in the host: "),
            ("http://localhost:3000/cb", 1, "differs in the host and the port: "),
        ] {
            let told = nearest(&registered, requested).unwrap().to_string();
            assert!(told.contains(&registered[named]) && told.contains(differs), "{requested}: {told}");
        }
        assert_eq!(nearest(&[], "https://app.example/"), None);
        assert_eq!(nearest(&registered, "no URI"), None);
    }
}
