//! The mail that `portcullis dev` sends nowhere: everything that waits in the outbox, to read and to follow its links.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{
    app::App,
    language::{Language, Moment},
    mail::{self, Letter},
    store::outbox,
    web::{
        error_page::{ErrorPages, PageError},
        page::Shell,
    },
};

/// How many are shown, the newest first.
const SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "dev_mail.html")]
struct MailPage<'a> {
    shell: &'a Shell,
    mails: Vec<Mail>,
}

struct Mail {
    letter: Letter,
    at: Moment,
}

impl Mail {
    /// The lines of the plain text, each with whether it is a link.
    fn lines(&self) -> impl Iterator<Item = (&str, bool)> {
        self.letter.text.lines().map(|line| (line, line.starts_with("https://") || line.starts_with("http://")))
    }
}

/// The page `/dev/mail`.
pub fn router(app: &App) -> Router {
    Router::new().route("/dev/mail", get(show)).with_state(app.clone())
}

async fn show(State(app): State<App>, pages: ErrorPages) -> Response {
    render(&app).await.unwrap_or_else(|error| pages.answer(error))
}

async fn render(app: &App) -> Result<Response, PageError> {
    let now = app.clock.now();
    let waiting = outbox::waiting(&app.db, SHOWN).await?;
    let mails = waiting.iter().filter_map(|mail| {
        let at = Moment::new(mail.created_at, now);
        Some(Mail { letter: mail::open(app, mail).ok()?, at })
    });
    let shell = Shell::for_people(app, &Language::En, None);
    Ok(shell.page(&MailPage { shell: &shell, mails: mails.collect() }).into_response())
}
