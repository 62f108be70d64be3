//! Forms and query strings, read strictly and within limits.
//!
//! axum's own `Form` and `Query` keep the last of repeated parameters and turn bytes that are not UTF-8 into U+FFFD.
//! These keep everything that was sent, or refuse it ([`Parameters`]).

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{
    protocol::parameters::{MalformedParameters, Parameters},
    server::BodyLimits,
};

/// The form of a page: its values may have several lines. Who sends anything else gets the page that says so, from
/// [`error_page`](super::error_page).
#[derive(Debug)]
pub struct PageForm(pub Parameters);

/// The query string of a page, with a page for what is malformed, as for a [`PageForm`].
#[derive(Debug)]
pub struct Query(pub Parameters);

/// Who made a form: it decides which characters its values may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormKind {
    /// A program, for an endpoint of the protocol.
    Protocol,
    /// A page of ours, whose text areas have lines.
    Page,
}

/// Why a form was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum FormRejection {
    #[error("the content type must be application/x-www-form-urlencoded")]
    WrongContentType,
    #[error("the request body is too large")]
    TooLarge,
    #[error("the request body took too long to arrive")]
    TooSlow,
    #[error("the request body did not arrive completely")]
    Incomplete,
    #[error("{0}")]
    Malformed(#[from] MalformedParameters),
}

/// Why a query string was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QueryRejection(#[from] pub MalformedParameters);

/// Reads a form, for endpoints that answer a refusal in their own way.
///
/// # Errors
///
/// It is not a form, not well-formed, or not within the [`BodyLimits`].
pub async fn read_form(request: Request, kind: FormKind) -> Result<Parameters, FormRejection> {
    if !is_form(request.headers()) {
        return Err(FormRejection::WrongContentType);
    }
    let limits = request.extensions().get().copied().unwrap_or_default();
    let body = read_body(request.into_body(), limits).await?;

    Ok(match kind {
        FormKind::Protocol => Parameters::parse(&body),
        FormKind::Page => Parameters::parse_page_form(&body),
    }?)
}

/// Reads the whole body of a request that is no form, within the same limits.
///
/// # Errors
/// It is too large, too slow or incomplete.
pub async fn read_whole(request: Request) -> Result<Vec<u8>, FormRejection> {
    let limits = request.extensions().get().copied().unwrap_or_default();
    read_body(request.into_body(), limits).await
}

/// The same, of as many bytes as this at most.
///
/// # Errors
/// It is larger, too slow or incomplete.
pub async fn read_at_most(request: Request, bytes: usize) -> Result<Vec<u8>, FormRejection> {
    let limits: BodyLimits = request.extensions().get().copied().unwrap_or_default();
    read_body(request.into_body(), BodyLimits { bytes, ..limits }).await
}

/// Reads the query string, for endpoints that answer a refusal in their own way.
///
/// # Errors
///
/// It is not well-formed.
pub fn read_query(parts: &Parts) -> Result<Parameters, QueryRejection> {
    Ok(Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes())?)
}

impl FormRejection {
    /// What to tell the client. Fixed text: nothing of the request is in it.
    #[must_use]
    pub fn description(&self) -> String {
        self.to_string()
    }

    /// The status that tells of it.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            // RFC 6749 §5.2 knows 400 only; clients look for its JSON there.
            Self::WrongContentType | Self::Incomplete | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

/// Whether there is one `Content-Type` and it is that of a form, with or without a charset.
fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(content_type), None) = (types.next(), types.next()) else { return false };
    let essence = content_type.to_str().ok().and_then(|text| text.split(';').next());
    essence.is_some_and(|text| text.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// Reads a body that keeps to the limits. One that announces a greater length is not read at all.
pub(super) async fn read_body(body: Body, limits: BodyLimits) -> Result<Vec<u8>, FormRejection> {
    if body.size_hint().lower() > limits.bytes as u64 {
        return Err(FormRejection::TooLarge);
    }
    match tokio::time::timeout(limits.time, Limited::new(body, limits.bytes).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(FormRejection::TooLarge),
        Ok(Err(_)) => Err(FormRejection::Incomplete),
        Err(_elapsed) => Err(FormRejection::TooSlow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: Option<&str>, body: impl Into<Body>) -> Request {
        let mut request = Request::post("/oauth2/token");
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        request.body(body.into()).unwrap()
    }

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

    /// TK-02
    #[tokio::test]
    async fn only_forms_are_read() {
        for good in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded ; charset=UTF-8"] {
            let form = read_form(request(Some(good), "a=b"), FormKind::Protocol).await;
            assert_eq!(form.unwrap().one("a"), Ok(Some("b")), "{good}");
        }
        let json = Some("application/json");
        for bad in [None, json, Some("text/plain"), Some("multipart/form-data; boundary=x"), Some("")] {
            let refusal = read_form(request(bad, "a=b"), FormKind::Protocol).await;
            assert_eq!(refusal, Err(FormRejection::WrongContentType), "{bad:?}");
        }
        let mut twice = request(FORM, "a=b");
        twice.headers_mut().append(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        assert_eq!(read_form(twice, FormKind::Protocol).await, Err(FormRejection::WrongContentType));
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        let of_length = |length: usize| request(FORM, format!("a={}", "b".repeat(length - 2)));

        assert!(read_form(of_length(64 * 1024), FormKind::Protocol).await.is_ok());
        let refusal = read_form(of_length(64 * 1024 + 1), FormKind::Protocol).await;
        assert_eq!(refusal, Err(FormRejection::TooLarge));
    }

    /// TK-12, TK-18: malformed input is the client's fault.
    #[tokio::test]
    async fn a_refusal_tells_nothing_of_the_request() {
        let refusal = read_form(request(FORM, "code=%zz"), FormKind::Protocol).await.unwrap_err();

        assert_eq!(refusal.status(), StatusCode::BAD_REQUEST);
        assert_eq!(refusal.description(), "a percent sign is not followed by two hexadecimal digits");
    }

    #[tokio::test]
    async fn lines_are_for_pages() {
        let form = read_form(request(FORM, "uris=a%0D%0Ab"), FormKind::Page).await;
        assert_eq!(form.unwrap().one("uris"), Ok(Some("a\r\nb")));

        let refusal = read_form(request(FORM, "uris=a%0D%0Ab"), FormKind::Protocol).await;
        assert_eq!(refusal.unwrap_err(), FormRejection::Malformed(MalformedParameters::ControlCharacter));
    }

    #[test]
    fn a_query_is_read_or_refused() {
        let read = |uri: &str| read_query(&Request::get(uri).body(()).unwrap().into_parts().0);

        assert_eq!(read("/x").unwrap(), Parameters::default());
        assert_eq!(read("/x?state=a%20b").unwrap().one("state"), Ok(Some("a b")));
        for bad in ["/x?state=%00", "/x?state=%ff", "/x?%", "/x?state=%0d%0aSet-Cookie:a"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
