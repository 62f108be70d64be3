//! What the playground's client sends, step by step. Each step is noted in the run.

use axum::http::Method;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::run::{Run, Step};
use crate::{
    app::App,
    config::Issuer,
    dev::{
        demo::{self, Demo},
        front_door::{Answer, FrontDoor},
    },
    protocol::{
        parameters::Parameters,
        pkce::{CodeChallenge, CodeVerifier, MalformedCodeVerifier},
    },
};

/// A client with a secret, as anybody could write it.
#[derive(Clone)]
pub(super) struct Client {
    issuer: Issuer,
    id: &'static str,
    secret: String,
    redirect_uri: String,
    server: FrontDoor,
}

impl Client {
    pub fn new(app: &App, demo: &Demo, server: FrontDoor) -> Self {
        Self {
            issuer: app.settings.issuer.clone(),
            id: demo.web_client_id(),
            secret: demo.web_secret.clone(),
            redirect_uri: demo::callback(app),
            server,
        }
    }

    /// Makes the authorization request, with these parameters beside the necessary ones. Says where the browser goes.
    pub fn request<'a>(
        &self,
        run: &mut Run,
        wishes: impl Iterator<Item = (&'static str, &'a str)>,
    ) -> Result<String, MalformedCodeVerifier> {
        let Run { state, nonce, verifier, .. } = &*run;
        let challenge = CodeChallenge::of(&verifier.parse::<CodeVerifier>()?);
        let query = Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", self.id),
                ("redirect_uri", &self.redirect_uri),
                ("state", state),
                ("nonce", nonce),
                ("code_challenge", challenge.as_str()),
                ("code_challenge_method", "S256"),
            ])
            .extend_pairs(wishes)
            .finish();
        let kept = format!("code_verifier  {verifier}\nstate          {state}\nnonce          {nonce}");
        run.steps.push(Step {
            title: "Authorization request",
            explanation: "The client makes a code_verifier, keeps it, and sends its SHA-256 as code_challenge: whoever \
                          steals the code cannot redeem it. state and nonce tie the answer to this browser and this \
                          request.",
            request: format!("GET /oauth2/authorize?\n    {}", query.replace('&', "\n  & ")),
            more: vec![("What the client keeps", kept)],
            ..Step::default()
        });
        Ok(format!("{}?{query}", self.issuer.url("/oauth2/authorize")))
    }

    /// Takes the answer that the browser brings, and checks what a client must check.
    pub fn receive(&self, run: &mut Run, method: &Method, answer: &Parameters) {
        let one = |name| answer.one(name).ok().flatten();
        let is_from_issuer = one("iss") == Some(self.issuer.as_str());
        let shown = ["code", "state", "iss", "error", "error_description"];
        let shown = shown.iter().filter_map(|name| Some(format!("{name} = {}", one(name)?)));
        run.code = one("code").filter(|_| is_from_issuer).map(ToOwned::to_owned);
        run.steps.push(Step {
            title: "Authorization response",
            explanation: "The browser brings the answer. The client checks that state is its own and iss is the server \
                          it asked (RFC 9207).",
            request: format!("{method} /playground/callback\n    {}", shown.collect::<Vec<_>>().join("\n    ")),
            verdict: Some(if is_from_issuer {
                Ok("state is ours; iss is the issuer we asked")
            } else {
                Err("iss is not the issuer we asked")
            }),
            ..Step::default()
        });
    }

    /// Exchanges the code for tokens.
    pub async fn redeem(&self, run: &mut Run) -> anyhow::Result<()> {
        let code = run.code.take().unwrap_or_default();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &run.verifier),
        ];
        let (mut step, body) = self.ask_for_tokens(&form).await?;
        step.title = "Token request";
        step.explanation = "The client redeems the code with its secret and the verifier. A code works once, within 60 \
                            seconds; a second try would revoke what the first one brought.";
        step.verdict = body["id_token"].as_str().map(|id_token| {
            let is_ours = claims(id_token).is_some_and(|claims| claims["nonce"] == run.nonce.as_str());
            if is_ours { Ok("the ID token has our nonce") } else { Err("the ID token has another nonce") }
        });
        if !matches!(step.verdict, Some(Err(_))) {
            run.keep_tokens(&body);
        }
        run.steps.push(step);
        Ok(())
    }

    /// Asks for tokens anew.
    pub async fn refresh(&self, run: &mut Run) -> anyhow::Result<()> {
        let token = run.tokens.get("refresh_token").cloned().unwrap_or_default();
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let (mut step, body) = self.ask_for_tokens(&form).await?;
        step.title = "Refresh";
        step.explanation = "The access token is short-lived; the refresh token brings a new one. This client has a \
                            secret, so its refresh token stays the same.";
        run.keep_tokens(&body);
        run.steps.push(step);
        Ok(())
    }

    /// Asks who signed in.
    pub async fn userinfo(&self, run: &mut Run) -> anyhow::Result<()> {
        let token = run.tokens.get("access_token").map(String::as_str).unwrap_or_default();
        let answer = self.server.get("/oauth2/userinfo", Some(&format!("Bearer {token}"))).await?;
        run.steps.push(Step {
            title: "Userinfo",
            explanation: "The access token opens the userinfo endpoint: what the scopes you allowed say about you.",
            request: "GET /oauth2/userinfo\nAuthorization: Bearer …".to_owned(),
            response: shown(&answer),
            ..Step::default()
        });
        Ok(())
    }

    /// Gives the refresh token back.
    pub async fn revoke(&self, run: &mut Run) -> anyhow::Result<()> {
        let token = run.tokens.remove("refresh_token").unwrap_or_default();
        let step = Step {
            title: "Revocation",
            explanation: "Revoking the refresh token ends everything that hangs on it: userinfo refuses the access \
                          token from now on.",
            ..self.post("/oauth2/revoke", &[("token", &token)]).await?.0
        };
        run.steps.push(step);
        Ok(())
    }

    /// Posts to the token endpoint, and reads what the tokens say.
    async fn ask_for_tokens(&self, form: &[(&str, &str)]) -> anyhow::Result<(Step, Value)> {
        let (mut step, answer) = self.post("/oauth2/token", form).await?;
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        for (name, heading) in [("access_token", "What the access token says"), ("id_token", "What the ID token says")]
        {
            step.more.extend(body[name].as_str().and_then(decoded).map(|text| (heading, text)));
        }
        Ok((step, body))
    }

    /// Posts a form with the client's secret. The step has no words yet.
    async fn post(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<(Step, Answer)> {
        let form = Serializer::new(String::new()).extend_pairs(form).finish();
        let credentials = STANDARD.encode(format!("{}:{}", self.id, self.secret));
        let answer = self.server.post(path, Some(&format!("Basic {credentials}")), &form).await?;
        let request = format!("POST {path}\nAuthorization: Basic …\n\n    {}", form.replace('&', "\n  & "));
        Ok((Step { request, response: shown(&answer), ..Step::default() }, answer))
    }
}

/// The status, and the body as people read it best.
fn shown(answer: &Answer) -> String {
    let Answer { status, body } = answer;
    match serde_json::from_str::<Value>(body) {
        Ok(json) => format!("{status}\n\n{json:#}"),
        Err(_) => format!("{status}\n\n{body}").trim_end().to_owned(),
    }
}

/// Header and claims of a JWT.
fn decoded(token: &str) -> Option<String> {
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?).ok()?;
    Some(format!("{header:#}\n{:#}", claims(token)?))
}

fn claims(token: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()
}
