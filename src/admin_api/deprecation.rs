//! Operations that come to an end tell it with each answer, long before: since when they are not to be used any more
//! (`Deprecation`, [RFC 9745](https://www.rfc-editor.org/rfc/rfc9745)), and when they end (`Sunset`,
//! [RFC 8594](https://www.rfc-editor.org/rfc/rfc8594)).

use axum::{
    Extension,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use time::{Duration, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::operations::{Deprecated, Operation};

/// How long an operation goes on at least, once it is deprecated.
pub const NOTICE: Duration = Duration::days(365);
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");
/// Where it is written what to use instead.
const WRITTEN: HeaderValue = HeaderValue::from_static("</api/v1/openapi.json>; rel=\"deprecation\"");
/// RFC 9110 §5.6.7.
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// A layer around each operation.
pub(super) async fn tell(
    Extension(operation): Extension<&'static Operation>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if let Some(deprecated) = operation.deprecated {
        note(response.headers_mut(), deprecated);
    }
    response
}

fn note(headers: &mut HeaderMap, Deprecated { since, until }: Deprecated) {
    headers.insert(DEPRECATION, header_of(&format!("@{since}")));
    let until = OffsetDateTime::from_unix_timestamp(until).ok().and_then(|until| until.format(HTTP_DATE).ok());
    if let Some(until) = until {
        headers.insert(SUNSET, header_of(&until));
    }
    headers.append(header::LINK, WRITTEN);
}

fn header_of(text: &str) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use tower::ServiceExt;

    use super::*;
    use crate::admin_api::{on, operations};

    /// The date of deprecation is the example of RFC 9745 §2.1.
    #[tokio::test]
    async fn what_comes_to_an_end_says_so_with_each_answer() {
        const OLD: Operation = Operation {
            deprecated: Some(Deprecated { since: 1_688_169_599, until: 1_731_196_799 }),
            ..operations::LIST_CLIENTS
        };
        let router = Router::new()
            .route("/old", on(&OLD, get(async || [(header::LINK, "</next>; rel=\"next\"")])))
            .route("/new", on(&operations::LIST_CLIENTS, get(async || "")));
        let ask = async |path: &str| {
            let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap().headers().clone()
        };

        let (old, new) = (ask("/old").await, ask("/new").await);

        assert_eq!(old["deprecation"], "@1688169599");
        assert_eq!(old["sunset"], "Sat, 09 Nov 2024 23:59:59 GMT");
        assert_eq!(old.get_all("link").iter().count(), 2, "that of the list stays");
        assert!(!new.contains_key("deprecation") && !new.contains_key("sunset"));
    }

    #[test]
    fn nothing_ends_without_notice() {
        for operation in operations::ALL {
            let kept = operation.deprecated.is_none_or(|it| it.until - it.since >= NOTICE.whole_seconds());
            assert!(kept, "{} ends too soon", operation.id);
        }
    }
}
