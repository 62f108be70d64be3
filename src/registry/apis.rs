//! Changes to APIs and their scopes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use super::{ChangeError, Principal, Problem, begin, commit, text};
use crate::{
    app::App,
    clock::time_ordered_id,
    model::registry::Api,
    policy::{
        event::Event,
        feed::{Part, Touched},
    },
    protocol::{access_token, assurance::Level, scope::is_scope_name, standard_claims::is_oidc_scope},
    store::{apis, clients},
};

/// How an API is to be registered, before anything of it is checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiSettings {
    /// The audience of its tokens: an absolute URI. It never changes.
    pub identifier: String,
    /// What people see.
    pub name: String,
    /// Seconds; `None`: as the client is set.
    pub access_token_lifetime: Option<i32>,
    /// Whether its tokens name the person's roles.
    pub roles_in_token: bool,
    /// How well people must be authenticated for its scopes, at least.
    #[serde(rename = "required_acr")]
    pub required_level: Level,
    /// Its scopes, each with what it allows, in the words of the consent page.
    pub scopes: BTreeMap<String, String>,
}

impl From<&Api> for ApiSettings {
    fn from(api: &Api) -> Self {
        Self {
            identifier: api.identifier.clone(),
            name: api.name.clone(),
            access_token_lifetime: api.access_token_lifetime,
            roles_in_token: api.roles_in_token,
            required_level: api.required_level,
            scopes: api.scopes.clone(),
        }
    }
}

/// Registers an API.
///
/// # Errors
/// [`ChangeError::Invalid`]: the settings break rules, or the identifier or a scope is another API's.
pub async fn create(app: &App, by: &Principal, settings: &ApiSettings) -> Result<Api, ChangeError> {
    let now = app.clock.now();
    let api = validate(settings, app.issuer(), time_ordered_id(now), now).map_err(ChangeError::Invalid)?;
    let mut tx = begin(app, by).await?;
    if !apis::insert(&mut *tx, &api).await? {
        return Err(Problem::new("identifier", "There is an API with this identifier already.").into());
    }
    let touched = set_scopes(&mut tx, &api, now).await?;
    let event = app.event(Event::ApiCreated, by.actor(), now).about(subject(api.api_id));
    app.write_event(&mut tx, event.change(None, described(&api))).await?;
    commit(app, tx, touched).await?;
    Ok(api)
}

/// Replaces the settings of an API, all but its identifier. Scopes that are gone are taken from roles too.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the settings were read.
pub async fn update(
    app: &App,
    by: &Principal,
    api_id: Uuid,
    revision: i32,
    settings: &ApiSettings,
) -> Result<(), ChangeError> {
    let now = app.clock.now();
    let mut tx = begin(app, by).await?;
    let before = apis::find(&mut *tx, api_id).await?.ok_or(ChangeError::Unknown)?;
    if settings.identifier.trim() != before.identifier {
        return Err(Problem::new("identifier", "The identifier does not change: register another API.").into());
    }
    let after = validate(settings, app.issuer(), api_id, before.created_at).map_err(ChangeError::Invalid)?;
    let after = Api { revision, ..after };
    if !apis::update(&mut *tx, &after).await? {
        return Err(ChangeError::Outdated);
    }
    let touched = set_scopes(&mut tx, &after, now).await?;
    let event = app.event(Event::ApiUpdated, by.actor(), now).about(subject(api_id));
    app.write_event(&mut tx, event.change(described(&before), described(&after))).await?;
    commit(app, tx, touched).await?;
    Ok(())
}

/// Removes an API with its scopes: nobody gets a token for it any more.
///
/// # Errors
/// [`ChangeError::Unknown`]
pub async fn delete(app: &App, by: &Principal, api_id: Uuid) -> Result<(), ChangeError> {
    let now = app.clock.now();
    let mut tx = begin(app, by).await?;
    let before = apis::find(&mut *tx, api_id).await?.ok_or(ChangeError::Unknown)?;
    apis::delete(&mut *tx, api_id).await?;
    let touched = forget_scopes(&mut tx, &before.scopes.keys().cloned().collect::<Vec<_>>()).await?;
    let event = app.event(Event::ApiDeleted, by.actor(), now).about(subject(api_id));
    app.write_event(&mut tx, event.change(described(&before), None)).await?;
    commit(app, tx, touched).await?;
    Ok(())
}

/// Makes an API of the settings.
///
/// # Errors
/// Everything that is wrong with them.
pub fn validate(given: &ApiSettings, issuer: &str, api_id: Uuid, now: OffsetDateTime) -> Result<Api, Vec<Problem>> {
    let mut problems = Vec::new();
    let name = text::name("name", &given.name).map_err(|problem| problems.push(problem));
    let identifier = given.identifier.trim();
    if let Some(message) = identifier_problem(identifier, issuer) {
        problems.push(Problem::new("identifier", message));
    }
    for (name, description) in &given.scopes {
        if let Some(message) = scope_problem(name, description) {
            problems.push(Problem::new("scopes", message));
        }
    }
    let longest = access_token::LONGEST_LIFETIME;
    if given.access_token_lifetime.is_some_and(|seconds| !(30..=longest).contains(&seconds.into())) {
        problems
            .push(Problem::new("access_token_lifetime", format!("Write a number of seconds from 30 to {longest}.")));
    }
    match name {
        Ok(name) if problems.is_empty() => Ok(Api {
            api_id,
            identifier: identifier.to_owned(),
            name,
            access_token_lifetime: given.access_token_lifetime,
            roles_in_token: given.roles_in_token,
            required_level: given.required_level,
            scopes: given.scopes.iter().map(|(name, words)| (name.clone(), words.trim().to_owned())).collect(),
            created_at: now,
            revision: 1,
        }),
        _ => Err(problems),
    }
}

/// An identifier is sent as `resource` (RFC 8707 §2): an absolute URI without a fragment. Ours is the audience of tokens
/// for the userinfo endpoint, so no API can have it.
fn identifier_problem(text: &str, issuer: &str) -> Option<&'static str> {
    let is_uri = text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic()) && Url::parse(text).is_ok();
    if !is_uri {
        Some("Write an absolute URI, such as https://records.example/api.")
    } else if text.contains('#') {
        Some("Remove the fragment (#…).")
    } else if text.trim_end_matches('/') == issuer.trim_end_matches('/') {
        Some("This is our own issuer identifier: choose another.")
    } else {
        None
    }
}

fn scope_problem(name: &str, description: &str) -> Option<String> {
    if name.len() > 128 || !is_scope_name(name) {
        Some(format!("{name}: a scope has 1 to 128 printable ASCII characters, without spaces, \" and \\."))
    } else if is_oidc_scope(name) {
        Some(format!("{name} is a scope of OpenID Connect: choose another name."))
    } else {
        let problem = text::sentence("scopes", description, 300).err()?;
        Some(format!("{name}: say what it allows, in 1 to 300 characters. {}", problem.message))
    }
}

/// Says what that touched.
async fn set_scopes(tx: &mut PgConnection, api: &Api, now: OffsetDateTime) -> Result<Touched, ChangeError> {
    let taken = |name: String| Problem::new("scopes", format!("{name} is a scope of another API."));
    let gone = apis::set_scopes(tx, api.api_id, &api.scopes, now).await?.map_err(taken)?;
    Ok(forget_scopes(tx, &gone).await?)
}

/// Takes scopes that are gone from clients; the database took them from roles. Says what that touched.
async fn forget_scopes(tx: &mut PgConnection, gone: &[String]) -> sqlx::Result<Touched> {
    let touched = Touched::from(Part::Apis);
    if gone.is_empty() {
        return Ok(touched);
    }
    Ok(touched.with_clients(clients::forget_scopes(tx, gone).await?))
}

fn subject(api_id: Uuid) -> String {
    format!("api:{api_id}")
}

fn described(api: &Api) -> Option<Value> {
    serde_json::to_value(ApiSettings::from(api)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(identifier: &str, scope: &str, description: &str) -> Vec<&'static str> {
        let settings = ApiSettings {
            identifier: identifier.into(),
            name: "Records".into(),
            scopes: BTreeMap::from([(scope.into(), description.into())]),
            ..ApiSettings::default()
        };
        let api = validate(&settings, "https://id.example", Uuid::nil(), OffsetDateTime::UNIX_EPOCH);
        api.err().into_iter().flatten().map(|problem| problem.field).collect()
    }

    #[test]
    fn an_api_has_a_uri_and_scopes_of_its_own() {
        for (identifier, scope, description, wrong) in [
            ("https://records.example/api", "records:read", "See your records", &[][..]),
            ("urn:example:records", "r", "See", &[]),
            ("records", "r", "See", &["identifier"]),
            ("https://records.example/#a", "r", "See", &["identifier"]),
            ("https://id.example", "r", "See", &["identifier"]),
            ("https://id.example/", "r", "See", &["identifier"]),
            ("urn:a", "openid", "See", &["scopes"]),
            ("urn:a", "a b", "See", &["scopes"]),
            ("urn:a", "r", "", &["scopes"]),
            ("urn:a", "r", "Se\u{202e}e", &["scopes"]),
            ("", "", "", &["identifier", "scopes"]),
        ] {
            assert_eq!(problems(identifier, scope, description), wrong, "{identifier} {scope:?} {description:?}");
        }
        assert_eq!(problems("urn:a", &"r".repeat(129), "See"), ["scopes"]);
        assert_eq!(problems("urn:a", "r", &"é".repeat(300)), [""; 0]);
    }
}
