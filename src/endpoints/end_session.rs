//! Signing out at the wish of a client ([OpenID Connect RP-Initiated Logout 1.0]): the browser goes to the page that asks.
//!
//! [OpenID Connect RP-Initiated Logout 1.0]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html

use axum::{
    extract::Request,
    http::Method,
    response::{IntoResponse, Redirect, Response},
};
use url::form_urlencoded;

use crate::{
    protocol::{end_session::PARAMETERS, parameters::Parameters},
    web::{
        error_page::{ErrorPages, PageError},
        form::{FormKind, read_form, read_query},
    },
};

/// Sends the browser to the page that asks. By GET also after a POST from another site, which comes without cookies.
pub async fn end_session(pages: ErrorPages, request: Request) -> Response {
    match question(request).await {
        Ok(uri) => Redirect::to(&uri).into_response(),
        Err(error) => pages.answer(error),
    }
}

/// The page with the parameters that it needs; everything else is left behind.
async fn question(request: Request) -> Result<String, PageError> {
    let parameters = if request.method() == Method::POST {
        read_form(request, FormKind::Protocol).await?
    } else {
        read_query(&request.into_parts().0)?
    };
    let mut kept = form_urlencoded::Serializer::new(String::new());
    for name in PARAMETERS {
        let repeated =
            |_| PageError::Developer(format!("The parameter {name} stands in the request more than once."), None);
        if let Some(value) = Parameters::one(&parameters, name).map_err(repeated)? {
            kept.append_pair(name, value);
        }
    }
    let kept = kept.finish();
    Ok(if kept.is_empty() { "/sign-out".to_owned() } else { format!("/sign-out?{kept}") })
}
