//! Runs: how far each walk through the flow has come.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::Value;

use crate::secret::{Secret, SecretKind};

/// Runs that are kept; then the playground forgets them all.
const MOST_RUNS: usize = 1000;

/// One walk through the flow.
#[derive(Clone, Default)]
pub(super) struct Run {
    /// The `state` of its request, by which it is found again.
    pub state: String,
    /// The secret of the browser that began it.
    pub browser: String,
    pub verifier: String,
    pub nonce: String,
    /// The code, until it is redeemed.
    pub code: Option<String>,
    /// What the token endpoint gave, by the names that it has there.
    pub tokens: HashMap<&'static str, String>,
    pub steps: Vec<Step>,
}

/// One request, its response, and what the client makes of it.
#[derive(Clone, Default)]
pub(super) struct Step {
    pub title: &'static str,
    pub explanation: &'static str,
    pub request: String,
    /// Empty where the answer comes by another way.
    pub response: String,
    /// What the client checked, or why it refuses.
    pub verdict: Option<Result<&'static str, &'static str>>,
    /// What else is worth a look: a heading and a text.
    pub more: Vec<(&'static str, String)>,
}

impl Run {
    /// A new run, of this browser or one that has not been here before.
    pub fn begin(browser: Option<String>) -> Self {
        let random = || Secret::generate(SecretKind::Browser).expose().to_owned();
        Self {
            state: random(),
            browser: browser.unwrap_or_else(random),
            verifier: random(),
            nonce: random(),
            ..Self::default()
        }
    }

    /// Keeps the tokens of a token response.
    pub fn keep_tokens(&mut self, response: &Value) {
        for name in ["access_token", "refresh_token"] {
            if let Some(token) = response[name].as_str() {
                self.tokens.insert(name, token.to_owned());
            }
        }
    }

    /// What can be done next: what the form sends, and what its button says.
    pub fn actions(&self) -> Vec<(&'static str, &'static str)> {
        let has = |name| self.tokens.contains_key(name);
        let mut actions = Vec::new();
        if self.code.is_some() {
            actions.push(("redeem", "Redeem the code"));
        }
        if has("access_token") {
            actions.push(("userinfo", "Call userinfo"));
        }
        if has("refresh_token") {
            actions.push(("refresh", "Use the refresh token"));
            actions.push(("revoke", "Revoke the refresh token"));
        }
        actions
    }
}

/// The runs of all browsers, by their `state`.
#[derive(Clone, Default)]
pub(super) struct Runs(Arc<Mutex<HashMap<String, Run>>>);

impl Runs {
    /// The run of this state, whoever began it.
    pub fn find(&self, state: &str) -> Option<Run> {
        self.0.lock().ok()?.get(state).cloned()
    }

    /// Keeps a run, in place of what was known of it.
    pub fn keep(&self, run: Run) {
        if let Ok(mut runs) = self.0.lock() {
            if runs.len() >= MOST_RUNS {
                runs.clear();
            }
            runs.insert(run.state.clone(), run);
        }
    }
}
