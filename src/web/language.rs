//! The language in which somebody reads: the one that they chose on a page, or that their browser asks for.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, Method, header::ACCEPT_LANGUAGE, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    error_page::{ErrorPages, PageError},
    form::PageForm,
};
use crate::{app::App, authentication::cookies, language::Language, server::request_id};

/// The longest page that a choice of language leads back to.
const LONGEST_PATH: usize = 4000;

/// In which language somebody reads, as far as their browser tells.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    chosen: Option<Language>,
    accepted: Language,
}

impl Reader {
    /// Who sent these headers.
    #[must_use]
    pub fn of(app: &App, headers: &HeaderMap) -> Self {
        let accepted = Language::accepted(headers).unwrap_or(app.settings.language);
        Self { chosen: cookies::language(headers), accepted }
    }

    /// The language of our own pages.
    #[must_use]
    pub fn language(self) -> Language {
        self.chosen.unwrap_or(self.accepted)
    }

    /// The language of a client's request. What its user chose here goes before its `ui_locales`.
    #[must_use]
    pub fn with_locales(self, ui_locales: impl IntoIterator<Item: AsRef<str>>) -> Language {
        self.chosen.unwrap_or_else(|| Language::of(ui_locales, self.accepted))
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(app, &parts.headers))
    }
}

/// Keeps the language that somebody chose (field `language`), and leads back to the page where they did (field `to`).
pub async fn choose(pages: ErrorPages, PageForm(sent): PageForm) -> Response {
    let one = |name| sent.one(name).ok().flatten().unwrap_or_default();
    match (one("language").parse::<Language>(), one("to")) {
        (Ok(language), to) if is_page(to) => (cookies::set_language(language), Redirect::to(to)).into_response(),
        _ => pages.answer(PageError::gone()),
    }
}

/// Whether this is a path of ours, with its query, and cannot be read as anything else (RU-19).
fn is_page(path: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_graphic() && b != b'\\' && b != b'#';
    path.starts_with('/') && !path.starts_with("//") && path.len() <= LONGEST_PATH && path.bytes().all(is_plain)
}

/// A layer around pages: notes where the page is, so that it can be shown in another language. What answers a form is no page
/// to come back to.
pub async fn note_page(request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if request.method() == Method::GET && is_page(path) {
        request_id::note_page(path);
    }
    next.run(request).await
}

impl Language {
    /// The language of our own pages for whoever sent these headers.
    #[must_use]
    pub fn wanted(app: &App, headers: &HeaderMap) -> Self {
        Reader::of(app, headers).language()
    }

    /// The language that a browser asks for before all others that we have (`Accept-Language`, RFC 9110 §12.5.4).
    fn accepted(headers: &HeaderMap) -> Option<Self> {
        let ranges = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?.split(',').filter_map(weighted);
        // Of equal weights the first counts, but `max_by` takes the last.
        ranges.rev().max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(language, _)| language)
    }
}

impl FromRequestParts<App> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::wanted(app, &parts.headers))
    }
}

/// A language range that we have, and how much it is wanted: `cy;q=0.8`. What has no weight at all is not wanted.
fn weighted(range: &str) -> Option<(Language, f32)> {
    let (range, weight) = range.split_once(';').unwrap_or((range, "q=1"));
    let weight = weight.trim().strip_prefix("q=")?.parse().ok().filter(|weight| *weight > 0.0)?;
    Some((range.trim().parse().ok()?, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ru_19_a_choice_of_language_leads_to_our_pages_alone() {
        for page in ["/", "/sign-in/019a?x=%2F%2Fb", "/recover"] {
            assert!(is_page(page), "{page}");
        }
        for elsewhere in [
            "",
            "//thief.example",
            "/\\thief.example",
            "https://thief.example",
            "sign-in",
            "/a b",
            "/a\n",
            "/ä",
            "/a#b",
        ] {
            assert!(!is_page(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn a_browser_gets_the_language_that_it_wants_most() {
        for (header, language) in [
            ("cy", Some(Language::Cy)),
            ("MI-NZ, en;q=0.9", Some(Language::Mi)),
            ("en;q=0.5, cy;q=0.9", Some(Language::Cy)),
            ("fr, cy-GB;q=0.3 , en ;q=0.2", Some(Language::Cy)),
            ("cy, mi", Some(Language::Cy)),
            ("cy;q=0, mi;q=0.1", Some(Language::Mi)),
            ("cy;q=much, mi;q=0.1", Some(Language::Mi)),
            ("fr, de;q=0.9, *;q=0.5", None),
            ("cymraeg", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, header.parse().unwrap())]);
            assert_eq!(Language::accepted(&headers), language, "{header}");
        }
        assert_eq!(Language::accepted(&HeaderMap::new()), None);
    }
}
