//! The answer as JSON, for the admin API and the command line.

use serde_json::{Map, Value, json};

use super::{Asking, ScopeWhy, Whom, Why};
use crate::policy::issuance::access_token_lifetime;

/// Claims that a token has only once it is made.
const MADE_WITH_IT: [&str; 6] = ["jti", "grant_id", "sid", "iat", "exp", "auth_time"];

impl Why {
    /// The answer to a question, complete.
    #[must_use]
    pub fn to_json(&self, asking: Asking<'_>, issuer: &str) -> Value {
        let held = self.held.as_ref();
        let obstacle = |it: &super::Obstacle| json!({ "code": it.code(), "detail": it.sentence() });
        let step = |it: &super::Step| json!({ "code": it.code(), "detail": it.sentence() });
        json!({
            "client_id": asking.client.client_id,
            "user_id": asking.person.map(|person| person.user.user_id),
            "for": self.whom.as_str(),
            "issued": self.obstacles.is_empty(),
            "obstacles": self.obstacles.iter().map(obstacle).collect::<Vec<_>>(),
            "scopes": self.scopes.iter().map(|scope| self.scope(scope)).collect::<Vec<_>>(),
            "audience": held.map(|held| held.audience(issuer).as_slice().to_vec()).unwrap_or_default(),
            "expires_in": held.map(|held| access_token_lifetime(asking.client, held)),
            "refresh_token": self.refresh_token,
            "required_acr": (self.whom != Whom::Itself).then(|| self.level.as_str()),
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "access_token": self.access_token(),
            "id_token": self.id_token(),
        })
    }

    /// What the access token would say, without what it has only once it is made.
    #[must_use]
    pub fn access_token(&self) -> Option<Map<String, Value>> {
        without_its_making(serde_json::to_value(&self.contents.as_ref()?.access_token).ok()?)
    }

    /// The same of the ID token.
    #[must_use]
    pub fn id_token(&self) -> Option<Map<String, Value>> {
        without_its_making(serde_json::to_value(self.contents.as_ref()?.id_token.as_ref()?).ok()?)
    }

    fn scope(&self, scope: &ScopeWhy) -> Value {
        let reason = |it: &super::Against| json!({ "code": it.code(), "detail": it.sentence() });
        json!({
            "scope": scope.name,
            "api": scope.api.as_ref().map(|api| &api.identifier),
            "held": scope.is_held(),
            "reasons": scope.against.iter().map(reason).collect::<Vec<_>>(),
            "roles": scope.roles,
            "more_roles": scope.more_roles,
            "consented": (self.whom == Whom::Person).then_some(scope.was_allowed),
        })
    }
}

impl Whom {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Itself => "client",
            Self::Person => "user",
            Self::Anybody => "anybody",
        }
    }
}

fn without_its_making(claims: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut claims) = claims else { return None };
    claims.retain(|name, _| !MADE_WITH_IT.contains(&name.as_str()));
    Some(claims)
}
