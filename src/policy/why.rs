//! Why a client gets what it gets, or gets nothing: what its next token would say, and for each scope the reason.
//!
//! It takes the decisions of the authorization and the token endpoint in their order, so that it cannot say what they would
//! not do. Nothing is written, and what it shows is signed by nobody.

mod json;
mod obstacle;
mod step;
mod supposed;

use std::sync::Arc;

use time::OffsetDateTime;
use uuid::Uuid;

pub use self::{obstacle::Obstacle, step::Step};
use self::{
    step::to_add,
    supposed::{grant, proof},
};

use super::{
    assurance::{Factors, of_client, of_user},
    entitlement::{Against, Asked, Entitlement, Holder, Question, at_authorization, gives, registered_at},
    issuance::{self, Contents, Terms, UserGrant, gives_refresh_token},
};
use crate::{
    model::{
        registry::{Api, Registry},
        user::User,
    },
    protocol::{
        assurance::Level,
        client::{Client, GrantType},
        confirmation::Proven,
        error::AuthorizationError,
        scope::Scope,
    },
};

/// The most roles that are named for a scope.
const MOST_ROLES: usize = 5;

/// Who asks for what, and for whom.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The client, as the endpoints see it.
    pub client: &'a Client,
    /// For whom. `None`: for itself, if it can; otherwise for whoever signs in.
    pub person: Option<Person<'a>>,
    /// The scopes.
    pub scope: &'a Scope,
    /// The API that is named as `resource`. Empty: none.
    pub resource: &'a [String],
}

/// A user, with what the decisions know of them.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Person<'a> {
    pub user: &'a User,
    pub factors: Factors,
    pub has_password: bool,
    /// What they allowed this client before.
    pub consent: Option<&'a Scope>,
    /// Until when no password of theirs is looked at, because too many were wrong.
    pub refused_until: Option<OffsetDateTime>,
}

/// For whom a token would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The client.
    Itself,
    /// The user who was named.
    Person,
    /// Whoever signs in: the most that anybody could give.
    Anybody,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Why {
    /// For whom the token would be.
    pub whom: Whom,
    /// Why there would be none at all. Empty: there would be one.
    pub obstacles: Vec<Obstacle>,
    /// Each scope that is asked for, with what is decided about it.
    pub scopes: Vec<ScopeWhy>,
    /// What the token would hold.
    pub held: Option<Entitlement>,
    /// What the tokens would say. `None`: there is none, or nobody was named whom they could be about.
    pub contents: Option<Contents>,
    /// How well the user would have to be authenticated.
    pub level: Level,
    /// What the user would do first.
    pub steps: Vec<Step>,
    /// A refresh token would come with it.
    pub refresh_token: bool,
}

/// A scope that is asked for.
#[derive(Clone, Debug)]
pub struct ScopeWhy {
    /// Its name.
    pub name: String,
    /// The API that has it. `None`: OpenID Connect, or nobody.
    pub api: Option<Arc<Api>>,
    /// What stands against it. Nothing: it is held.
    pub against: Vec<Against>,
    /// If it is held, the user's roles that give it; otherwise roles that would. A few of them.
    pub roles: Vec<String>,
    /// How many more there are.
    pub more_roles: usize,
    /// The user has allowed the client this before.
    pub was_allowed: bool,
}

impl ScopeWhy {
    /// Whether the token would hold it, if there were one.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.against.is_empty()
    }
}

/// Answers.
#[must_use]
pub fn why(asking: Asking<'_>, terms: Terms<'_>) -> Why {
    let (whom, holder) = asking.whom();
    let mut why = Why {
        whom,
        obstacles: obstacle::beforehand(asking, whom, terms),
        scopes: asking.scopes(holder, terms.registry),
        held: None,
        contents: None,
        level: Level::default(),
        steps: Vec::new(),
        refresh_token: false,
    };
    let decided = match asking.person {
        Some(person) => why.decide_for(asking, person, terms),
        None => why.decide(asking, terms),
    };
    if let Err(obstacle) = decided
        && !why.obstacles.contains(&obstacle)
    {
        why.obstacles.push(obstacle);
    }
    if !why.obstacles.is_empty() {
        (why.held, why.contents, why.refresh_token) = (None, None, false);
        why.steps.retain(|step| matches!(step, Step::Wait { .. }));
    }
    why
}

/// What a request asks for that names no scope.
#[must_use]
pub fn unnamed(client: &Client, is_for_person: bool, resource: &[String], registry: &Registry) -> Scope {
    let is_for_itself = !is_for_person && client.may_use(GrantType::ClientCredentials);
    match resource {
        [] => client.scopes.clone(),
        _ if is_for_itself => client.scopes.clone(),
        named => registered_at(client, &named.iter().map(String::as_str).collect::<Vec<_>>(), registry),
    }
}

impl<'a> Asking<'a> {
    fn whom(&self) -> (Whom, Holder<'a>) {
        match self.person {
            Some(person) => (Whom::Person, Holder::Person(person.user)),
            None if self.client.may_use(GrantType::ClientCredentials) => (Whom::Itself, Holder::Client),
            None => (Whom::Anybody, Holder::Anybody),
        }
    }

    fn asked(&self) -> Asked<'a> {
        Asked { scope: self.scope, resources: self.resource, within: &[] }
    }

    fn scopes(&self, holder: Holder<'a>, registry: &Registry) -> Vec<ScopeWhy> {
        let question = Question::new(self.client, holder, self.asked(), registry);
        let allowed = self.person.and_then(|person| person.consent);
        let scope = |name: &str| {
            let against = question.against(name).collect::<Vec<_>>();
            let lacks_role = against.iter().any(|it| matches!(it, Against::NoRole | Against::NoOffice));
            let (roles, more_roles) = if lacks_role {
                let giving = registry.roles().filter(|role| gives(role, name));
                named(giving.map(|role| role.name.as_str()))
            } else {
                named(question.given_by(name))
            };
            ScopeWhy {
                name: name.to_owned(),
                api: registry.owner(name).cloned(),
                against,
                roles,
                more_roles,
                was_allowed: allowed.is_some_and(|allowed| allowed.contains(name)),
            }
        };
        self.scope.iter().map(scope).collect()
    }
}

/// The first few, and how many more there are.
fn named<'r>(roles: impl Iterator<Item = &'r str>) -> (Vec<String>, usize) {
    let mut roles = roles.map(str::to_owned).collect::<Vec<_>>();
    let more = roles.len().saturating_sub(MOST_ROLES);
    roles.truncate(MOST_ROLES);
    (roles, more)
}

impl Why {
    /// A client for itself, as the token endpoint does; or for whoever will sign in, as the authorization endpoint does before
    /// somebody has.
    fn decide(&mut self, asking: Asking<'_>, terms: Terms<'_>) -> Result<(), Obstacle> {
        let Asking { client, .. } = asking;
        if self.whom == Whom::Itself {
            let contents = issuance::for_client(client, asking.asked(), &Proven::NOTHING, terms, Uuid::nil())?;
            (self.held, self.contents) = (Some(contents.held.clone()), Some(contents));
        } else {
            let held = at_authorization(client, Holder::Anybody, asking.asked(), terms.registry)
                .map_err(AuthorizationError::from)?;
            (self.level, self.refresh_token) = (held.required_level, gives_refresh_token(client, &held));
            self.held = Some(held);
        }
        Ok(())
    }

    /// For a user: the authorization endpoint before they have signed in, then when they have, then the token endpoint.
    fn decide_for(&mut self, asking: Asking<'_>, person: Person<'_>, terms: Terms<'_>) -> Result<(), Obstacle> {
        let (Asking { client, resource, .. }, registry) = (asking, terms.registry);
        let Person { user, factors, consent, .. } = person;
        let at = |holder, scope| {
            let asked = Asked { scope, resources: resource, within: &[] };
            at_authorization(client, holder, asked, registry).map_err(AuthorizationError::from)
        };
        let requested = at(Holder::Anybody, asking.scope)?;
        let granted = at(Holder::Person(user), &requested.scope)?;
        self.level = of_user(user, factors, registry).max(of_client(client, &requested.scope, registry));
        self.steps.extend(Step::wait(person.refused_until, terms.now));
        self.steps.extend(to_add(self.level, factors));
        let each_time = client.asks_each_time();
        if each_time || !consent.is_some_and(|allowed| allowed.covers(&granted.scope)) {
            self.steps.push(Step::Consent { each_time });
        }
        let grant = grant(client, user, &granted, proof(self.level, factors), terms.now);
        let proven = &Proven::NOTHING;
        let asks = UserGrant { client, grant: &grant, user, scope: None, resource: &[], nonce: None, proven };
        let contents = asks.contents(terms, Uuid::nil())??;
        self.refresh_token = gives_refresh_token(client, &contents.held);
        (self.held, self.contents) = (Some(contents.held.clone()), Some(contents));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
