//! A form that only an administrator can send who has proven lately who they are.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::Response,
};

use super::{reauthentication, session::Administrator};
use crate::{app::App, protocol::parameters::Parameters, registry::RecentPrincipal, web::form::PageForm};

/// A form that only an administrator sends who has proven lately who they are (AD-11). Everybody else is asked first, and
/// what they filled in waits meanwhile.
pub(super) struct RecentForm {
    pub admin: Administrator,
    /// The administrator, as one who changes what matters most.
    pub by: RecentPrincipal,
    pub form: Parameters,
}

impl FromRequest<App> for RecentForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let admin = Administrator::from_request_parts(&mut parts, app).await?;
        let (headers, path) = (parts.headers.clone(), parts.uri.path().to_owned());
        let PageForm(form) = PageForm::from_request(Request::from_parts(parts, body), app).await?;
        match admin.by.recent(admin.now) {
            Some(by) => Ok(Self { admin, by, form }),
            None => Err(reauthentication::ask(&admin, &headers, &path, &form).await),
        }
    }
}
