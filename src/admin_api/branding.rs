//! How this installation shows itself: the logo that was uploaded.

use axum::{
    Json,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::caller::Caller;
use crate::{
    config::MOST_LOGO_BYTES,
    registry::branding,
    web::{form::read_at_most, problem::Problem},
};

/// `GET /branding/logo`. The image itself is public, where pages show it.
pub(super) async fn show(caller: Caller) -> Result<Response, Problem> {
    let logo = caller.app.uploaded_logo().ok_or_else(Problem::unknown)?;
    let issuer = caller.app.issuer().trim_end_matches('/');
    let body = json!({
        "url": format!("{issuer}/branding/{}", logo.name()), "content_type": logo.content_type(),
        "bytes": logo.bytes().len(),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// `PUT /branding/logo`: the image is the body. Its type is told by what it holds.
pub(super) async fn upload(caller: Caller, request: Request) -> Result<StatusCode, Problem> {
    let image = read_at_most(request, MOST_LOGO_BYTES).await;
    let image = image.map_err(|refused| Problem::new(refused.status(), "malformed", refused.description()))?;
    branding::upload_logo(&caller.app, &caller.by, image).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /branding/logo`
pub(super) async fn remove(caller: Caller) -> Result<StatusCode, Problem> {
    branding::remove_logo(&caller.app, &caller.by).await?;
    Ok(StatusCode::NO_CONTENT)
}
