//! The language that a browser asks for.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::ACCEPT_LANGUAGE, request::Parts},
};

use crate::{app::App, language::Language};

impl Language {
    /// The language that a browser asks for, or that of the installation.
    #[must_use]
    pub fn wanted(app: &App, headers: &HeaderMap) -> Self {
        Self::accepted(headers).unwrap_or(app.settings.language)
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
