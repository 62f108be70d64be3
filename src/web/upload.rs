//! Files that forms of pages carry (RFC 7578).

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request},
};

use super::form::{FormRejection, read_body};
use crate::server::BodyLimits;

/// What a form holds beside its file: the names of its parts, and what stands between them.
const ENVELOPE: usize = 16 * 1024;
/// Below the time that a whole request may take (`Limits::request`), so that who is slow is told so.
const LONGEST: Duration = Duration::from_secs(12);

/// Reads the file in this field. A larger one than `most` bytes may come through, but not a much larger one.
///
/// # Errors
/// It is not such a form, or not within the limits.
pub async fn read_file(request: Request, field: &str, most: usize) -> Result<Vec<u8>, FormRejection> {
    let (parts, body) = request.into_parts();
    let body = read_body(body, BodyLimits { bytes: most + ENVELOPE, time: LONGEST }).await?;
    let whole = Request::from_parts(parts, Body::from(body));
    let mut form = Multipart::from_request(whole, &()).await.map_err(|_| FormRejection::WrongContentType)?;
    while let Some(part) = form.next_field().await.map_err(|_| FormRejection::Incomplete)? {
        if part.name() == Some(field) {
            return part.bytes().await.map(Into::into).map_err(|_| FormRejection::Incomplete);
        }
    }
    Err(FormRejection::Incomplete)
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    fn form(content_type: &str, body: impl Into<Body>) -> Request {
        Request::post("/").header(CONTENT_TYPE, content_type).body(body.into()).unwrap()
    }

    const MULTIPART: &str = "multipart/form-data; boundary=x";

    #[tokio::test]
    async fn a_file_comes_as_it_was_sent() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"l.png\"\r\n\r\n\0\r\n\u{7f}\r\n--x--\r\n";

        assert_eq!(read_file(form(MULTIPART, body), "logo", 100).await.unwrap(), b"\0\r\n\x7f");
        assert_eq!(read_file(form(MULTIPART, body), "other", 100).await, Err(FormRejection::Incomplete));
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        let cut = "--x\r\nContent-Disposition: form-data; name=\"logo\"\r\n\r\nabc";
        for (content_type, body, refusal) in [
            ("application/x-www-form-urlencoded", "logo=1".to_owned(), FormRejection::WrongContentType),
            (MULTIPART, cut.to_owned(), FormRejection::Incomplete),
            (MULTIPART, String::new(), FormRejection::Incomplete),
            (MULTIPART, "x".repeat(ENVELOPE + 101), FormRejection::TooLarge),
        ] {
            assert_eq!(read_file(form(content_type, body), "logo", 100).await, Err(refusal));
        }
    }
}
