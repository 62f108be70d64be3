//! The style sheet, the mark and the scripts: compiled in, and served under names that change with their content.

use std::fmt::Write as _;
use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// How every page looks.
pub static STYLE: Asset = Asset::new(
    ("app", "css"),
    "text/css; charset=utf-8",
    concat!(
        include_str!("../../assets/css/tokens.css"),
        include_str!("../../assets/css/page.css"),
        include_str!("../../assets/css/form.css"),
        include_str!("../../assets/css/button.css"),
        include_str!("../../assets/css/pairs.css"),
        include_str!("../../assets/css/tag.css"),
        include_str!("../../assets/css/notice.css"),
        include_str!("../../assets/css/code.css"),
        include_str!("../../assets/css/table.css"),
        include_str!("../../assets/css/log.css"),
        include_str!("../../assets/css/card.css"),
        include_str!("../../assets/css/chart.css"),
        include_str!("../../assets/css/console.css"),
    ),
);
/// The portcullis.
pub static MARK: Asset = Asset::new(("mark", "svg"), "image/svg+xml", include_str!("../../assets/mark.svg"));
/// Buttons that copy what stands beside them.
pub static COPY: Asset = Asset::script("copy", include_str!("../../assets/copy.js"));
/// Buttons that show a password.
pub static PASSWORD: Asset = Asset::script("password", include_str!("../../assets/password.js"));
/// Sends the one form of the `form_post` page.
pub static FORM_POST: Asset = Asset::script("form-post", include_str!("../../assets/form-post.js"));
/// Says what is wrong with redirect URIs while they are typed.
pub static REDIRECT_URIS: Asset = Asset::script("redirect-uris", include_str!("../../assets/redirect-uris.js"));
/// Does not wait for clients that do not answer.
pub static SIGNED_OUT: Asset = Asset::script("signed-out", include_str!("../../assets/signed-out.js"));
/// Asks the browser for passkeys.
pub static PASSKEY: Asset = Asset::script("passkey", include_str!("../../assets/passkey.js"));
/// Buttons that print the page.
pub static PRINT: Asset = Asset::script("print", include_str!("../../assets/print.js"));

/// Says before a session of the console ends that it will, and keeps what is typed.
pub static SESSION: Asset = Asset::script("session", include_str!("../../assets/session.js"));

/// Searches among many choices without leaving the form.
pub static PICKER: Asset = Asset::script("picker", include_str!("../../assets/picker.js"));
/// Leads to the search for everything.
pub static SEARCH: Asset = Asset::script("search", include_str!("../../assets/search.js"));
/// Shows what happens while it is watched.
pub static LIVE: Asset = Asset::script("live", include_str!("../../assets/live.js"));

static ALL: [&Asset; 13] = [
    &PICKER,
    &STYLE,
    &MARK,
    &COPY,
    &PASSWORD,
    &FORM_POST,
    &REDIRECT_URIS,
    &SIGNED_OUT,
    &PASSKEY,
    &PRINT,
    &SESSION,
    &SEARCH,
    &LIVE,
];

/// A file of ours that pages refer to.
pub struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    content: &'static str,
    name: OnceLock<Name>,
}

/// `/assets/<stem>.<hash>.<extension>`, and the hash as an entity tag.
struct Name {
    url: String,
    etag: String,
}

impl Asset {
    const fn new(
        (stem, extension): (&'static str, &'static str),
        content_type: &'static str,
        content: &'static str,
    ) -> Self {
        Self { stem, extension, content_type, content, name: OnceLock::new() }
    }

    const fn script(stem: &'static str, content: &'static str) -> Self {
        Self::new((stem, "js"), "text/javascript; charset=utf-8", content)
    }

    /// Where it is: a path that names its content, so that browsers may keep it for ever.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.name().url
    }

    fn name(&self) -> &Name {
        self.name.get_or_init(|| {
            let hash = fingerprint(self.content.as_bytes());
            Name { url: format!("/assets/{}.{hash}.{}", self.stem, self.extension), etag: format!("\"{hash}\"") }
        })
    }

    fn response(&self, request: &HeaderMap, cache_control: &'static str) -> Response {
        let etag = self.name().etag.as_str();
        let headers = [(header::CACHE_CONTROL, cache_control), (header::ETAG, etag)];
        let known = request.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == etag);
        if known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        (headers, [(header::CONTENT_TYPE, self.content_type)], self.content).into_response()
    }
}

/// What names a content: other content has another.
pub(super) fn fingerprint(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref()[..4].iter().fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

/// The URLs of the assets, and those where browsers look for an icon unasked.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{name}", get(asset)).route("/favicon.svg", get(icon)).route("/favicon.ico", get(icon))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let named = |asset: &&&Asset| asset.url().strip_prefix("/assets/") == Some(&name);
    match ALL.iter().find(named) {
        Some(asset) => asset.response(&headers, "public, max-age=31536000, immutable"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn icon(headers: HeaderMap) -> Response {
    MARK.response(&headers, "public, max-age=86400")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn answer(path: &str, known: Option<&str>) -> Response {
        let mut request = Request::get(path);
        if let Some(etag) = known {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        router::<()>().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn every_asset_is_served_for_ever_under_the_name_of_its_content() {
        for asset in ALL {
            let response = answer(asset.url(), None).await;

            assert_eq!(response.status(), StatusCode::OK, "{}", asset.url());
            assert_eq!(response.headers()[header::CONTENT_TYPE], asset.content_type);
            assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        }
        assert_eq!(answer("/assets/app.00000000.css", None).await.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_browser_that_has_the_icon_is_not_sent_it_again() {
        let first = answer("/favicon.ico", None).await;
        let etag = first.headers()[header::ETAG].to_str().unwrap();

        let second = answer("/favicon.ico", Some(etag)).await;

        assert_eq!(first.headers()[header::CONTENT_TYPE], "image/svg+xml");
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn the_style_sheet_stays_small() {
        assert!(STYLE.content.len() < 30_000, "{} bytes", STYLE.content.len());
    }
}
