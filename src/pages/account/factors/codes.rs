//! Recovery codes: shown until they are stored, to be printed or kept.

use askama::Template;
use axum::{
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Redirect, Response},
};
use zeroize::Zeroizing;

use crate::{
    accounts::waiting,
    authentication::recovery_code,
    pages::account::{Person, RecentPerson},
    web::{form::PageForm, page::Shell},
};

const PATH: &str = "/account/factors/codes";

/// The codes. One of its forms sends them back (field `code`, repeated) for a file of them, the other says that they are stored.
#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
pub struct RecoveryCodes<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The codes.
    pub codes: Vec<Zeroizing<String>>,
}

/// Makes a new set, and leads to the page that shows it. Only who has a factor for which they could stand in has a use for
/// them.
pub async fn make(person: RecentPerson) -> Response {
    person
        .answer(async {
            if !person.factors.any() {
                return Ok(Redirect::to("/account/factors").into_response());
            }
            let codes = recovery_code::make(&person.owner()).await?;
            waiting::show(&person.app, &person.reader(PATH), &codes).await?;
            Ok(Redirect::to(PATH).into_response())
        })
        .await
}

/// Shows the codes that were made just now, as often as they are looked at.
pub async fn show(person: Person) -> Response {
    person
        .answer(async {
            let codes = waiting::shown(&person.app, &person.reader(PATH)).await?;
            let Some(codes) = codes else { return Ok(Redirect::to("/account/factors").into_response()) };
            let shell = person.shell();
            Ok(shell.page(&RecoveryCodes { shell: &shell, codes }).into_response())
        })
        .await
}

/// The user has the codes: nobody sees them any more.
pub async fn stored(person: Person, _: PageForm) -> Response {
    person
        .answer(async {
            waiting::stored(&person.app, &person.reader(PATH)).await?;
            Ok(Redirect::to("/account/factors").into_response())
        })
        .await
}

/// The codes of the page as a file. It holds nothing that is not a code.
pub async fn file(person: Person, PageForm(form): PageForm) -> Response {
    let names = [("username", person.user.username.as_str()), ("installation", person.app.settings.name.as_str())];
    let heading = person.shell().text_with("factors-codes-file", &names);
    let codes = form.all("code").filter_map(recovery_code::tidy).take(recovery_code::SET);
    let mut text = format!("{heading}\n\n");
    for code in codes {
        text.push_str(&code);
        text.push('\n');
    }
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"recovery-codes.txt\""),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}
