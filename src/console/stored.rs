//! Says that a secret that waits on a page is stored: then nobody can read it any more.

use axum::response::{IntoResponse, Redirect, Response};

use super::session::Administrator;
use crate::{
    accounts::waiting,
    web::{console_path::ConsolePath, error_page::PageError, form::PageForm},
};

/// Forgets what waits on the page of this path (field `path`), and leads there.
pub(super) async fn submit(admin: Administrator, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let page = sent.one("path").ok().flatten().and_then(ConsolePath::parse).ok_or_else(PageError::gone)?;
            waiting::stored(&admin.app, &admin.reader(page.as_str())).await?;
            Ok(Redirect::to(page.as_str()).into_response())
        })
        .await
}
