//! Changes of APIs and their scopes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use super::{Consequence, Denied, Event, Plan, Setting, State, Thing, taken};
use crate::{
    model::registry::{Api, OUR_API},
    policy::{
        permission::SCOPE_PREFIX,
        refusal::{Fault, Refusal},
        text,
    },
    protocol::{
        access_token, assurance::Level, scope::is_scope_name, signing_algorithm::SigningAlgorithm,
        standard_claims::is_oidc_scope,
    },
};

/// How an API is to be registered, before anything of it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiSettings {
    /// The audience of its tokens: an absolute URI. It never changes.
    pub identifier: String,
    /// What users see.
    pub name: String,
    /// Seconds; `None`: as the client is set.
    pub access_token_lifetime: Option<i32>,
    /// Whether its tokens name the user's roles.
    pub roles_in_token: bool,
    /// What signs its access tokens.
    pub access_token_signing_alg: SigningAlgorithm,
    /// The minimum assurance level for its scopes.
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
            access_token_signing_alg: api.access_token_signing_alg,
            required_level: api.required_level,
            scopes: api.scopes.clone(),
        }
    }
}

pub(super) fn register(
    state: &State,
    api_id: Uuid,
    given: &ApiSettings,
    setting: &Setting<'_>,
) -> Result<Plan, Denied> {
    let mut refusals = problems(given, setting.issuer);
    if state.api_named(given.identifier.trim()).is_some() {
        refusals.push(taken::identifier());
    }
    refusals.extend(owned_by_others(state, api_id, given));
    if !refusals.is_empty() {
        return Err(refusals.into());
    }
    let after = of(api_id, 1, setting.now, given);
    let after = Some(Thing::Api(Box::new(after)));
    Ok(Plan { event: Event::ApiCreated, before: None, after, consequences: Vec::new() })
}

pub(super) fn edit(
    state: &State,
    api_id: Uuid,
    revision: i32,
    given: &ApiSettings,
    setting: &Setting<'_>,
) -> Result<Plan, Denied> {
    let before = not_ours(state, api_id)?;
    if before.revision != revision {
        return Err(Denied::Outdated);
    }
    let mut refusals = problems(given, setting.issuer);
    if given.identifier.trim() != before.identifier {
        let rule = "The identifier does not change: register another API.";
        refusals.push(Refusal::new("identifier", Fault::Fixed, rule));
    }
    refusals.extend(owned_by_others(state, api_id, given));
    if !refusals.is_empty() {
        return Err(refusals.into());
    }
    let after = of(api_id, revision + 1, before.created_at, given);
    let gone = before.scopes.keys().filter(|name| !after.scopes.contains_key(*name)).cloned().collect::<Vec<_>>();
    Ok(Plan {
        event: Event::ApiUpdated,
        before: Some(Thing::Api(Box::new(before.clone()))),
        after: Some(Thing::Api(Box::new(after))),
        consequences: if gone.is_empty() { Vec::new() } else { vec![Consequence::Scopes(gone)] },
    })
}

pub(super) fn delete(state: &State, api_id: Uuid) -> Result<Plan, Denied> {
    let before = not_ours(state, api_id)?.clone();
    let gone = before.scopes.keys().cloned().collect::<Vec<_>>();
    let introspection = Consequence::Introspection(before.identifier.clone());
    Ok(Plan {
        event: Event::ApiDeleted,
        before: Some(Thing::Api(Box::new(before))),
        after: None,
        consequences: vec![Consequence::Scopes(gone), introspection],
    })
}

/// The API with this id, if it is not our own.
fn not_ours(state: &State, api_id: Uuid) -> Result<&Api, Denied> {
    let api = state.api(api_id).ok_or(Denied::Unknown)?;
    if api.identifier == OUR_API {
        return Err(Denied::Protected("This is the API of Portcullis itself: it is built in and stays as it is."));
    }
    Ok(api)
}

fn owned_by_others(state: &State, api_id: Uuid, given: &ApiSettings) -> Vec<Refusal> {
    let is_of_another = |name: &&String| state.owner(name).is_some_and(|owner| owner.api_id != api_id);
    given.scopes.keys().filter(is_of_another).map(|name| taken::scope(name)).collect()
}

fn of(api_id: Uuid, revision: i32, created_at: OffsetDateTime, given: &ApiSettings) -> Api {
    Api {
        api_id,
        identifier: given.identifier.trim().to_owned(),
        name: given.name.trim().to_owned(),
        access_token_lifetime: given.access_token_lifetime,
        roles_in_token: given.roles_in_token,
        access_token_signing_alg: given.access_token_signing_alg,
        required_level: given.required_level,
        scopes: given.scopes.iter().map(|(name, words)| (name.clone(), words.trim().to_owned())).collect(),
        created_at,
        revision,
    }
}

/// What is wrong with the settings of an API by themselves.
#[must_use]
pub fn problems(given: &ApiSettings, issuer: &str) -> Vec<Refusal> {
    let mut refusals = text::name("name", &given.name).err().into_iter().collect::<Vec<_>>();
    refusals.extend(identifier_problem(given.identifier.trim(), issuer));
    refusals.extend(given.scopes.iter().filter_map(|(name, description)| scope_problem(name, description)));
    let longest = access_token::LONGEST_LIFETIME;
    if given.access_token_lifetime.is_some_and(|seconds| !(30..=longest).contains(&seconds.into())) {
        let rule = format!("Write a number of seconds from 30 to {longest}.");
        refusals.push(Refusal::new("access_token_lifetime", Fault::OutOfBounds, rule));
    }
    refusals
}

/// An identifier is sent as `resource` (RFC 8707 §2): an absolute URI without a fragment. Ours is the audience of tokens
/// for the userinfo endpoint, so no API can have it.
fn identifier_problem(text: &str, issuer: &str) -> Option<Refusal> {
    let is_uri = text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic()) && Url::parse(text).is_ok();
    let (code, rule) = if !is_uri {
        (Fault::Malformed, "Write an absolute URI, such as https://records.example/api.")
    } else if text.contains('#') {
        (Fault::Malformed, "Remove the fragment (#…).")
    } else if text.trim_end_matches('/') == issuer.trim_end_matches('/') {
        (Fault::NotAllowed, "This is our own issuer identifier: choose another.")
    } else {
        return None;
    };
    Some(Refusal::new("identifier", code, rule))
}

fn scope_problem(name: &str, description: &str) -> Option<Refusal> {
    let (code, rule) = if name.len() > 128 || !is_scope_name(name) {
        let rule = format!("{name}: a scope has 1 to 128 printable ASCII characters, without spaces, \" and \\.");
        (Fault::Malformed, rule)
    } else if is_oidc_scope(name) {
        (Fault::NotAllowed, format!("{name} is a scope of OpenID Connect: choose another name."))
    } else if name.starts_with(SCOPE_PREFIX) {
        (Fault::NotAllowed, format!("{name}: names that begin with {SCOPE_PREFIX} are those of our own API."))
    } else {
        let problem = text::sentence("scopes", description, 300).err()?;
        (problem.code, format!("{name}: say what it allows, in 1 to 300 characters. {}", problem.message))
    };
    Some(Refusal::new("scopes", code, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(identifier: &str, scope: &str, description: &str) -> Vec<&'static str> {
        let settings = ApiSettings {
            identifier: identifier.into(),
            name: "Records".into(),
            scopes: BTreeMap::from([(scope.into(), description.into())]),
            ..ApiSettings::default()
        };
        problems(&settings, "https://id.example").iter().map(|refusal| refusal.field).collect()
    }

    #[test]
    fn an_api_has_a_uri_and_scopes_of_its_own() {
        for (identifier, scope, description, fields) in [
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
            assert_eq!(wrong(identifier, scope, description), fields, "{identifier} {scope:?} {description:?}");
        }
        assert_eq!(wrong("urn:a", &"r".repeat(129), "See"), ["scopes"]);
        assert_eq!(wrong("urn:a", "r", &"é".repeat(300)), [""; 0]);
    }
}
