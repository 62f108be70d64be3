//! Where a sign-in at the console leads: back to the page that somebody wanted.

use url::form_urlencoded::byte_serialize;

use super::visit::Step;

/// The longest that is followed.
const LONGEST: usize = 2000;

/// A page of the console, with its query. It cannot be anything else, so that nobody is sent away by a link (RU-19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsolePath(String);

impl Default for ConsolePath {
    fn default() -> Self {
        Self("/admin".to_owned())
    }
}

impl ConsolePath {
    /// The page of this path and query, if that is a page of the console.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%".contains(c);
        let segments = path.strip_prefix("/admin/")?.split('/').collect::<Vec<_>>();
        let is_page = segments
            .iter()
            .all(|segment| !segment.is_empty() && !["..", "."].contains(segment) && segment.chars().all(plain));
        let is_query = query.chars().all(|c| plain(c) || "=&+*".contains(c));
        let leads_back = ["sign-in", "second-factor", "enrol"].contains(&segments[0]);
        (is_page && is_query && !leads_back && text.len() <= LONGEST).then(|| Self(text.to_owned()))
    }

    /// The page that the form belongs to that was sent to this path: most forms are sent below the page that shows them.
    #[must_use]
    pub fn of_form(path: &str) -> Self {
        let segments = path.split('/').skip(2).collect::<Vec<_>>();
        let page = match segments[..] {
            ["sign-in-test"] => path,
            [] | [_] => "/admin",
            ["branding", ..] => "/admin/branding",
            ["roles", _] | [.., "new" | "edit" | "owner" | "delete" | "withdraw" | "import" | "reset-mfa"] => path,
            _ => path.rsplit_once('/').map_or("/admin", |(page, _)| page),
        };
        Self::parse(page).unwrap_or_default()
    }

    /// Whether what is typed there is kept when it cannot be sent.
    #[must_use]
    pub fn keeps_drafts(&self) -> bool {
        matches!(self.0.split('/').skip(2).collect::<Vec<_>>()[..], ["roles", _] | [_, "new"] | [_, _, "edit"])
    }

    /// The path and query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of a step of signing in that leads there.
    #[must_use]
    pub fn step(&self, step: Step) -> String {
        if *self == Self::default() {
            return format!("/admin{}", step.path());
        }
        format!("/admin{}?to={}", step.path(), byte_serialize(self.0.as_bytes()).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RU-19
    #[test]
    fn ru_19_a_sign_in_leads_to_the_console_and_nowhere_else() {
        for page in
            ["/admin/clients", "/admin/clients/https%3A%2F%2Fa.example/edit", "/admin/audit?from=2026-11-22T10%3A00"]
        {
            assert_eq!(ConsolePath::parse(page).unwrap().as_str(), page);
        }
        let long = format!("/admin/{}", "a".repeat(LONGEST));
        for other in [
            "",
            "/",
            "//evil.example",
            "/admin",
            "/admin/",
            "/admin//evil.example",
            "/admin/../account",
            "/admin/./x",
            "/admin/\\evil",
            "/admin/a b",
            "/admin/a#b",
            "/admin/a?b=\"",
            "/admin/a\r\nx",
            "/admin/sign-in?to=x",
            "/adminx/a",
            "https://evil.example/admin/clients",
            "/account",
            &long,
        ] {
            assert_eq!(ConsolePath::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_form_belongs_to_a_page() {
        for (form, page) in [
            ("/admin/clients/new", "/admin/clients/new"),
            ("/admin/clients/web/edit", "/admin/clients/web/edit"),
            ("/admin/clients/web/secrets", "/admin/clients/web"),
            ("/admin/roles/staff", "/admin/roles/staff"),
            ("/admin/roles/staff/delete", "/admin/roles/staff/delete"),
            ("/admin/branding/logo/remove", "/admin/branding"),
            ("/admin/keys/rotate", "/admin/keys"),
            ("/admin/reauthenticate", "/admin"),
        ] {
            assert_eq!(ConsolePath::of_form(form).as_str(), page, "{form}");
        }
    }
}
