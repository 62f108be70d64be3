//! The playground: a client that shows every request it sends and every response it gets.

mod client;
mod run;

use askama::Template;
use axum::{
    Router,
    extract::{FromRef, Request, State},
    http::{HeaderMap, Method, StatusCode, header::SET_COOKIE},
    middleware::from_fn_with_state,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use time::Duration;

use self::{
    client::Client,
    run::{Run, Runs, Step},
};
use super::{Demo, front_door::FrontDoor};
use crate::{
    app::App,
    authentication::cookies,
    language::Language,
    policy::event::Event,
    routes::own_forms_only,
    store::audit_events::{self, Filter},
    web::{
        form::{FormKind, PageForm, read_form, read_query},
        looks::Looks,
        origin::require_same_origin,
        page::Shell,
    },
};

/// The browser that began a run. Runs of other browsers cannot be continued: the client's own defence (RFC 9700 §4.7).
const COOKIE_NAME: &str = "__Host-playground";

/// What a library can get wrong.
const MISTAKES: [Event; 5] = [
    Event::RedirectRefused,
    Event::AuthorizationRefused,
    Event::ClientAuthenticationFailed,
    Event::CodeRefused,
    Event::RefreshTokenRefused,
];
/// Events among which they are looked for.
const LOOKED_AT: i64 = 200;
const MOST_SHOWN: usize = 5;

#[derive(Clone)]
struct Playground {
    app: App,
    client: Client,
    runs: Runs,
}

impl FromRef<Playground> for App {
    fn from_ref(playground: &Playground) -> Self {
        playground.app.clone()
    }
}

#[derive(Template)]
#[template(path = "playground.html")]
struct PlaygroundPage<'a> {
    shell: &'a Shell,
    run: &'a str,
    steps: &'a [Step],
    /// Where the browser goes next, in the first step.
    authorize: Option<String>,
    /// What was refused lately, the newest first: which client asked, if that is known, and why.
    refused: Vec<(String, String)>,
    /// What can be done next: value and label.
    actions: Vec<(&'static str, &'static str)>,
}

pub(super) fn router(app: &App, demo: &Demo, server: Router) -> Router {
    let playground = Playground {
        app: app.clone(),
        client: Client::new(app, demo, FrontDoor::new(server, app.settings.issuer.authority())),
        runs: Runs::default(),
    };
    let forms = Router::new()
        .route("/playground/start", post(start))
        .route("/playground/next", post(next))
        .layer(from_fn_with_state(own_forms_only(app), require_same_origin));
    Router::new()
        .route("/playground", get(begin))
        .route("/playground/callback", get(callback).post(callback))
        .merge(forms)
        .with_state(playground)
}

/// What clients of this server got wrong in the last hour, with what to change. Whoever tries a library out here looks for
/// it.
async fn refused_lately(app: &App) -> Vec<(String, String)> {
    let filter = Filter { from: Some(app.clock.now() - Duration::hours(1)), ..Filter::default() };
    let found = audit_events::list(&app.db, &filter, LOOKED_AT).await.unwrap_or_default();
    let mistakes = found.into_iter().filter(|found| found.known().is_some_and(|event| MISTAKES.contains(&event)));
    let told = mistakes.map(|found| (found.client_id.unwrap_or_default(), found.reason.unwrap_or_default()));
    told.take(MOST_SHOWN).collect()
}

async fn begin(State(playground): State<Playground>) -> Response {
    let refused = refused_lately(&playground.app).await;
    playground.page(&Run::default(), None, refused)
}

/// Makes the authorization request, and shows it before the browser goes there.
async fn start(State(playground): State<Playground>, headers: HeaderMap, PageForm(form): PageForm) -> Response {
    let mut run = Run::begin(cookies::secret_cookie(&headers, COOKIE_NAME));
    let wishes = ["scope", "prompt", "response_mode"];
    let wishes = wishes.into_iter().filter_map(|name| Some((name, form.one(name).ok()??)));
    let Ok(authorize) = playground.client.request(&mut run, wishes) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let cookie = format!("{COOKIE_NAME}={}; Path=/; Secure; HttpOnly; SameSite=Lax", run.browser);
    let page = playground.page(&run, Some(authorize), Vec::new());
    playground.runs.keep(run);
    ([(SET_COOKIE, cookie)], page).into_response()
}

/// Takes the answer, by GET or in a posted form.
async fn callback(State(playground): State<Playground>, request: Request) -> Response {
    let (headers, method) = (request.headers().clone(), request.method().clone());
    let answer = if method == Method::POST {
        read_form(request, FormKind::Protocol).await.ok()
    } else {
        read_query(&request.into_parts().0).ok()
    };
    let Some(answer) = answer else { return Redirect::to("/playground").into_response() };
    let state = answer.one("state").ok().flatten().unwrap_or_default();
    let Some(mut run) = playground.run(state, &headers) else { return Redirect::to("/playground").into_response() };
    if run.steps.len() == 1 {
        playground.client.receive(&mut run, &method, &answer);
    } // else it is a reload
    playground.shown(run)
}

/// Carries out the next step that the user chose.
async fn next(State(playground): State<Playground>, headers: HeaderMap, PageForm(form): PageForm) -> Response {
    let state = form.one("run").ok().flatten().unwrap_or_default();
    let Some(mut run) = playground.run(state, &headers) else { return Redirect::to("/playground").into_response() };
    let client = &playground.client;
    let done = match form.one("do") {
        Ok(Some("redeem")) => client.redeem(&mut run).await,
        Ok(Some("refresh")) => client.refresh(&mut run).await,
        Ok(Some("userinfo")) => client.userinfo(&mut run).await,
        Ok(Some("revoke")) => client.revoke(&mut run).await,
        _ => return Redirect::to("/playground").into_response(),
    };
    if let Err(error) = done {
        tracing::error!(%error, "the playground failed");
    }
    playground.shown(run)
}

impl Playground {
    /// The run of this state, if this browser began it.
    fn run(&self, state: &str, headers: &HeaderMap) -> Option<Run> {
        let browser = cookies::secret_cookie(headers, COOKIE_NAME)?;
        self.runs.find(state).filter(|run| run.browser == browser)
    }

    /// Keeps the run as it is now, and shows it.
    fn shown(&self, run: Run) -> Response {
        let page = self.page(&run, None, Vec::new());
        self.runs.keep(run);
        page
    }

    fn page(&self, run: &Run, authorize: Option<String>, refused: Vec<(String, String)>) -> Response {
        let shell = Shell::with_looks(Looks::of(&self.app), Language::En, None);
        let actions = run.actions();
        let content = PlaygroundPage { shell: &shell, run: &run.state, steps: &run.steps, authorize, refused, actions };
        shell.page(&content).into_response()
    }
}
