//! Signing out at the wish of a client ([OpenID Connect RP-Initiated Logout 1.0]): the browser goes to the page that asks.
//!
//! [OpenID Connect RP-Initiated Logout 1.0]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html

use axum::{
    extract::{Request, State},
    http::Method,
    response::{IntoResponse, Redirect, Response},
};
use url::form_urlencoded;

use crate::{
    app::App,
    clock::time_ordered_id,
    protocol::end_session::Asked,
    store::logout_requests,
    web::{
        client_address::ClientAddress,
        error_page::{ErrorPages, PageError},
        form::{FormKind, read_form, read_query},
        logout_request,
    },
};

/// Sends the browser to the page that asks. By GET also after a POST from another site, which comes without cookies.
pub async fn end_session(State(app): State<App>, pages: ErrorPages, request: Request) -> Response {
    let question = if request.method() == Method::POST { posted(&app, request).await } else { named(request) };
    match question {
        Ok(uri) => Redirect::to(&uri).into_response(),
        Err(error) => pages.answer(error),
    }
}

/// What was posted stays here, and no URL has it: a URL is written into histories and logs.
async fn posted(app: &App, request: Request) -> Result<String, PageError> {
    let ClientAddress(address) = ClientAddress::of(request.extensions());
    let form = read_form(request, FormKind::Protocol).await?;
    let mut snapshot = app.snapshot().await?;
    let request = logout_request::read(&mut snapshot, &form, address).await?;
    let now = snapshot.now;
    let request_id = time_ordered_id(now);
    logout_requests::insert(&app.db, request_id, &request, now).await?;
    Ok(format!("/sign-out/{request_id}"))
}

/// What came in a URL goes on in one, as far as it means something.
fn named(request: Request) -> Result<String, PageError> {
    let query = read_query(&request.into_parts().0)?;
    let asked = Asked::parse(&query).map_err(|error| PageError::Developer(error.to_string(), None))?;
    let kept = form_urlencoded::Serializer::new(String::new()).extend_pairs(asked.pairs()).finish();
    Ok(if kept.is_empty() { "/sign-out".to_owned() } else { format!("/sign-out?{kept}") })
}
