//! The page where the logo is uploaded.

use askama::Template;
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{form, session::Administrator};
use crate::{
    config::MOST_LOGO_BYTES,
    registry,
    web::{
        form::Query,
        page::{Section, Shell},
        upload::read_file,
        view::{FormErrors, NO_ERRORS, Notice},
    },
};

/// The logo, which can be uploaded (field `logo`), and what the settings say.
#[derive(Template)]
#[template(path = "console/branding.html")]
pub struct BrandingPage<'a> {
    /// The frame, with what pages show.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// Why an image was refused.
    pub errors: &'a FormErrors,
    /// A logo was uploaded, so that it can be removed.
    pub uploaded: bool,
}

/// What there is.
pub(super) async fn show(admin: Administrator, Query(query): Query) -> Response {
    render(&admin, form::notices(&query), &NO_ERRORS, StatusCode::OK)
}

/// Takes another logo.
pub(super) async fn upload(admin: Administrator, request: Request) -> Response {
    admin
        .answer(async {
            let image = read_file(request, "logo", MOST_LOGO_BYTES).await?;
            let mut errors = FormErrors::default();
            match registry::branding::upload_logo(&admin.app, &admin.by, image).await {
                Ok(()) => Ok(Redirect::to("/admin/branding?done=saved").into_response()),
                Err(error) => {
                    let status = form::explain(error, &mut errors)?;
                    Ok(render(&admin, Vec::new(), &errors, status))
                }
            }
        })
        .await
}

/// Removes the logo that was uploaded.
pub(super) async fn remove(admin: Administrator) -> Response {
    admin
        .answer(async {
            registry::branding::remove_logo(&admin.app, &admin.by).await?;
            Ok(Redirect::to("/admin/branding?done=saved").into_response())
        })
        .await
}

fn render(admin: &Administrator, notices: Vec<Notice>, errors: &FormErrors, status: StatusCode) -> Response {
    let shell = admin.shell(Section::Branding);
    let uploaded = admin.app.uploaded_logo().is_some();
    shell.page(&BrandingPage { shell: &shell, notices, errors, uploaded }).with_status(status).into_response()
}
