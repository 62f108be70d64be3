//! The playground: a client that shows every request it sends and every response it gets.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header::COOKIE, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::{
    demo::{self, Demo},
    front_door::{Answer, FrontDoor},
};
use crate::{
    app::App,
    protocol::{parameters::Parameters, pkce::CodeChallenge, pkce::CodeVerifier},
    secret::{Secret, SecretKind},
    web::{
        cookies,
        form::{FormKind, PageForm, read_form, read_query},
        page::Shell,
    },
};

/// The browser that began a run. Runs of other browsers cannot be continued: the client's own defence (RFC 9700 §4.7).
const COOKIE_NAME: &str = "__Host-playground";
/// Runs that are kept; then the playground forgets them all.
const MOST_RUNS: usize = 1000;

#[derive(Clone)]
struct Playground {
    app: App,
    client_id: &'static str,
    secret: String,
    server: FrontDoor,
    runs: Arc<Mutex<HashMap<String, Run>>>,
}

/// One walk through the flow, by its `state`.
#[derive(Clone, Default)]
struct Run {
    browser: String,
    verifier: String,
    nonce: String,
    code: Option<String>,
    tokens: HashMap<&'static str, String>,
    steps: Vec<Step>,
}

/// One request, its response, and the tokens that came with it.
#[derive(Clone)]
struct Step {
    title: &'static str,
    explanation: &'static str,
    request: String,
    response: String,
    decoded: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "playground.html")]
struct PlaygroundPage<'a> {
    shell: &'a Shell,
    run: &'a str,
    steps: &'a [Step],
    /// Where the browser goes next, in the first step.
    authorize: Option<String>,
    /// What can be done next: value and label.
    actions: Vec<(&'static str, &'static str)>,
}

pub(super) fn router(app: &App, demo: &Demo, server: Router) -> Router {
    let playground = Playground {
        app: app.clone(),
        client_id: demo.web_client_id(),
        secret: demo.web_secret.clone(),
        server: FrontDoor::new(server, app.settings.issuer.authority()),
        runs: Arc::default(),
    };
    Router::new()
        .route("/playground", get(begin))
        .route("/playground/start", post(start))
        .route("/playground/callback", get(callback).post(callback))
        .route("/playground/next", post(next))
        .with_state(playground)
}

async fn begin(State(playground): State<Playground>) -> Response {
    playground.page("", &[], None, Vec::new())
}

/// Makes the authorization request, and shows it before the browser goes there.
async fn start(State(playground): State<Playground>, headers: HeaderMap, PageForm(form): PageForm) -> Response {
    let random = || Secret::generate(SecretKind::Browser).expose().to_owned();
    let browser = cookies::secret_cookie(&headers, COOKIE_NAME).unwrap_or_else(random);
    let (state, nonce, verifier) = (random(), random(), random());
    let Ok(parsed) = verifier.parse::<CodeVerifier>() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let challenge = CodeChallenge::of(&parsed);

    let mut query = Serializer::new(String::new());
    query.append_pair("response_type", "code").append_pair("client_id", playground.client_id);
    query.append_pair("redirect_uri", &demo::callback(&playground.app)).append_pair("state", &state);
    query.append_pair("nonce", &nonce).append_pair("code_challenge", challenge.as_str());
    query.append_pair("code_challenge_method", "S256");
    for name in ["scope", "prompt", "response_mode"] {
        if let Ok(Some(value)) = form.one(name) {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    let authorize = format!("{}?{query}", playground.app.settings.issuer.url("/oauth2/authorize"));
    let step = Step {
        title: "Authorization request",
        explanation: "The client makes a code_verifier, keeps it, and sends its SHA-256 as code_challenge: whoever steals the code cannot redeem it. state and nonce tie the answer to this browser and this request.",
        request: format!("GET /oauth2/authorize?\n    {}", query.replace('&', "\n  & ")),
        response: String::new(),
        decoded: vec![(
            "What the client keeps",
            format!("code_verifier  {verifier}\nstate          {state}\nnonce          {nonce}"),
        )],
    };
    let run = Run { browser: browser.clone(), verifier, nonce, steps: vec![step], ..Run::default() };
    let page = playground.page(&state, &run.steps, Some(authorize), Vec::new());
    playground.keep(&state, run);
    let cookie = format!("{COOKIE_NAME}={browser}; Path=/; Secure; HttpOnly; SameSite=Lax");
    ([(SET_COOKIE, cookie)], page).into_response()
}

/// Takes the answer, by GET or in a posted form, and checks what a client must check.
async fn callback(State(playground): State<Playground>, request: Request) -> Response {
    let headers = request.headers().clone();
    let is_post = request.method() == Method::POST;
    let parameters = if is_post {
        read_form(request, FormKind::Protocol).await.ok()
    } else {
        read_query(&request.into_parts().0).ok()
    };
    let state = parameters.as_ref().and_then(|p| p.one("state").ok().flatten()).unwrap_or_default().to_owned();
    let (Some(parameters), Some(mut run)) = (parameters, playground.run(&state, &headers)) else {
        return Redirect::to("/playground").into_response();
    };
    if run.steps.len() > 1 {
        return playground.page(&state, &run.steps, None, actions(&run)); // a reload
    }
    let iss = parameters.one("iss").ok().flatten();
    let verdict = if iss == Some(playground.app.issuer()) {
        "state is ours; iss is the issuer we asked"
    } else {
        "iss is wrong: refused"
    };
    run.code = parameters.one("code").ok().flatten().filter(|_| iss.is_some()).map(ToOwned::to_owned);
    run.steps.push(Step {
        title: "Authorization response",
        explanation: "The browser brings the answer. The client checks that state is its own and iss is the server it asked (RFC 9207).",
        request: format!("{} /playground/callback\n    {}", if is_post { "POST" } else { "GET" }, lines(&parameters)),
        response: String::new(),
        decoded: vec![("What the client checked", verdict.to_owned())],
    });
    let page = playground.page(&state, &run.steps, None, actions(&run));
    playground.keep(&state, run);
    page
}

/// Carries out the next step that the person chose.
async fn next(State(playground): State<Playground>, headers: HeaderMap, PageForm(form): PageForm) -> Response {
    let state = form.one("run").ok().flatten().unwrap_or_default().to_owned();
    let Some(mut run) = playground.run(&state, &headers) else { return Redirect::to("/playground").into_response() };
    let step = match form.one("do") {
        Ok(Some("redeem")) => playground.redeem(&mut run).await,
        Ok(Some("refresh")) => playground.refresh(&mut run).await,
        Ok(Some("userinfo")) => playground.userinfo(&run).await,
        Ok(Some("revoke")) => playground.revoke(&mut run).await,
        _ => return Redirect::to("/playground").into_response(),
    };
    match step {
        Ok(step) => run.steps.push(step),
        Err(error) => tracing::error!(%error, "the playground failed"),
    }
    let page = playground.page(&state, &run.steps, None, actions(&run));
    playground.keep(&state, run);
    page
}

fn actions(run: &Run) -> Vec<(&'static str, &'static str)> {
    let has = |name| run.tokens.contains_key(name);
    let mut actions = Vec::new();
    if run.code.is_some() {
        actions.push(("redeem", "Redeem the code"));
    }
    if has("access_token") {
        actions.push(("userinfo", "Call userinfo"));
    }
    if has("refresh_token") {
        actions.push(("refresh", "Refresh"));
        actions.push(("revoke", "Revoke the refresh token"));
    }
    actions
}

impl Playground {
    async fn redeem(&self, run: &mut Run) -> anyhow::Result<Step> {
        let code = run.code.take().unwrap_or_default();
        let (redirect_uri, verifier) = (demo::callback(&self.app), run.verifier.clone());
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", &verifier),
        ];
        let explanation = "The client redeems the code with its secret and the verifier. A code works once, within 60 seconds; a second try would revoke what the first one brought.";
        self.token_step(run, "Token request", explanation, &pairs).await
    }

    async fn refresh(&self, run: &mut Run) -> anyhow::Result<Step> {
        let token = run.tokens.get("refresh_token").cloned().unwrap_or_default();
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let explanation = "The access token is short-lived; the refresh token brings a new one. This client has a secret, so its refresh token stays the same.";
        self.token_step(run, "Refresh", explanation, &pairs).await
    }

    async fn token_step(
        &self,
        run: &mut Run,
        title: &'static str,
        explanation: &'static str,
        pairs: &[(&str, &str)],
    ) -> anyhow::Result<Step> {
        let form = Serializer::new(String::new()).extend_pairs(pairs).finish();
        let answer = self.server.post("/oauth2/token", Some(&self.basic()), &form).await?;
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let mut decoded = Vec::new();
        for (name, label) in [("access_token", "Access token"), ("id_token", "ID token"), ("refresh_token", "")] {
            let Some(token) = body[name].as_str() else { continue };
            run.tokens.insert(name, token.to_owned());
            if let Some(text) = decode(token) {
                decoded.push((label, text));
            }
        }
        if let Some(id_token) = body["id_token"].as_str().filter(|_| title == "Token request") {
            let matches = claims(id_token).is_some_and(|claims| claims["nonce"] == run.nonce.as_str());
            decoded.push((
                "Nonce",
                if matches { "the ID token has our nonce" } else { "the nonce is wrong: refused" }.to_owned(),
            ));
        }
        Ok(Self::step(title, explanation, "POST /oauth2/token", Some(&form), &answer, decoded))
    }

    async fn userinfo(&self, run: &Run) -> anyhow::Result<Step> {
        let token = run.tokens.get("access_token").map(String::as_str).unwrap_or_default();
        let answer = self.server.get("/oauth2/userinfo", Some(&format!("Bearer {token}"))).await?;
        let explanation = "The access token opens the userinfo endpoint: what the scopes you allowed say about you.";
        Ok(Self::step(
            "Userinfo",
            explanation,
            "GET /oauth2/userinfo\nAuthorization: Bearer …",
            None,
            &answer,
            Vec::new(),
        ))
    }

    async fn revoke(&self, run: &mut Run) -> anyhow::Result<Step> {
        let token = run.tokens.remove("refresh_token").unwrap_or_default();
        let form = Serializer::new(String::new()).append_pair("token", &token).finish();
        let answer = self.server.post("/oauth2/revoke", Some(&self.basic()), &form).await?;
        let explanation = "Revoking the refresh token ends everything that hangs on it: userinfo refuses the access token from now on.";
        Ok(Self::step("Revocation", explanation, "POST /oauth2/revoke", Some(&form), &answer, Vec::new()))
    }

    fn step(
        title: &'static str,
        explanation: &'static str,
        line: &str,
        form: Option<&str>,
        answer: &Answer,
        decoded: Vec<(&'static str, String)>,
    ) -> Step {
        let form = form
            .map(|form| format!("\nAuthorization: Basic …\n\n    {}", form.replace('&', "\n  & ")))
            .unwrap_or_default();
        let body: Option<Value> = serde_json::from_str(&answer.body).ok();
        let body = body.map_or_else(|| answer.body.clone(), |body| format!("{body:#}"));
        Step {
            title,
            explanation,
            request: format!("{line}{form}"),
            response: format!("{}\n\n{body}", answer.status),
            decoded,
        }
    }

    fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.client_id, self.secret)))
    }

    /// The run of this state, if this browser began it.
    fn run(&self, state: &str, headers: &HeaderMap) -> Option<Run> {
        let browser = cookies::secret_cookie(headers, COOKIE_NAME).filter(|_| headers.contains_key(COOKIE))?;
        let run = self.runs.lock().ok()?.get(state).cloned();
        run.filter(|run| run.browser == browser)
    }

    fn keep(&self, state: &str, run: Run) {
        if let Ok(mut runs) = self.runs.lock() {
            if runs.len() >= MOST_RUNS {
                runs.clear();
            }
            runs.insert(state.to_owned(), run);
        }
    }

    fn page(
        &self,
        run: &str,
        steps: &[Step],
        authorize: Option<String>,
        actions: Vec<(&'static str, &'static str)>,
    ) -> Response {
        let shell = Shell::for_people(&self.app.settings.name, None);
        shell.page(&PlaygroundPage { shell: &shell, run, steps, authorize, actions }).into_response()
    }
}

fn lines(parameters: &Parameters) -> String {
    let shown = ["code", "state", "iss", "error", "error_description"];
    let shown = shown.iter().filter_map(|name| Some(format!("{name} = {}", parameters.one(name).ok()??)));
    shown.collect::<Vec<_>>().join("\n    ")
}

fn decode(token: &str) -> Option<String> {
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?).ok()?;
    Some(format!("{header:#}\n{:#}", claims(token)?))
}

fn claims(token: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()
}
