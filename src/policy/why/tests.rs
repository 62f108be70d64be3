use proptest::{collection::vec, prelude::*, sample::subsequence};

use time::Duration;

use super::*;
use crate::{
    model::registry::Role,
    policy::{
        assurance, entitlement,
        fixtures::{self, BILLING, RECORDS, user},
    },
    protocol::{
        self,
        assurance::Missing,
        authorization_request::AuthorizationRequest,
        client::ClientType,
        client_metadata::ClientMetadata,
        interaction::{Consent, NextStep, SignedIn, next_step},
    },
};

const NAMES: [&str; 7] = ["openid", "email", "offline_access", "read", "write", "pay", "unheard"];

/// All that an answer depends on.
#[derive(Clone, Debug)]
struct Case {
    client_scopes: Vec<&'static str>,
    asked: Vec<&'static str>,
    roles: Vec<(&'static str, Vec<&'static str>, usize)>,
    has: Vec<&'static str>,
    resource: Option<&'static str>,
    levels: (usize, usize),
    service: bool,
    enabled: bool,
    consent: Vec<&'static str>,
}

fn any_case() -> impl Strategy<Value = Case> {
    let names = || subsequence(NAMES.to_vec(), 0..=7);
    let role = |name: &'static str| (Just(name), subsequence(vec!["read", "write", "pay"], 0..=3), 0..3_usize);
    let resource =
        prop_oneof![3 => Just(None), 1 => Just(Some(RECORDS)), 1 => Just(Some(BILLING)), 1 => Just(Some("urn:x"))];
    let roles = (role("clerk"), role("doctor"), role("cashier"));
    let has = subsequence(vec!["clerk", "doctor", "cashier", "gone"], 0..=4);
    let flags = (prop::bool::weighted(0.3), prop::bool::weighted(0.8));
    (names(), names(), roles, has, resource, (0..3_usize, 0..3_usize), flags, names()).prop_map(
        |(client_scopes, asked, (a, b, c), has, resource, levels, (service, enabled), consent)| Case {
            client_scopes,
            asked,
            roles: vec![a, b, c],
            has,
            resource,
            levels,
            service,
            enabled,
            consent,
        },
    )
}

impl Case {
    fn registry(&self) -> Registry {
        let apis = fixtures::changed(&fixtures::registry(&[]), |api| {
            let level = if api.identifier == RECORDS { self.levels.0 } else { self.levels.1 };
            (api.required_level, api.roles_in_token) = (Level::ALL[level], api.identifier == RECORDS);
        });
        let role = |(name, scopes, level): &(&str, Vec<&str>, usize)| Role {
            name: (*name).to_owned(),
            description: String::new(),
            office: None,
            required_level: Level::ALL[*level],
            scopes: scopes.iter().map(ToString::to_string).collect(),
            revision: 1,
        };
        Registry::new(apis.apis().map(|api| Api::clone(api)).collect(), self.roles.iter().map(role).collect())
    }

    fn client(&self) -> Client {
        let of_type = if self.service { ClientType::Service } else { ClientType::Browser };
        let metadata = ClientMetadata { scopes: scope(&self.client_scopes), ..ClientMetadata::of_type(of_type) };
        let mut client = Client::new("app".into(), metadata, OffsetDateTime::UNIX_EPOCH);
        client.secrets.push(fixtures::client_secret());
        client
    }
}

fn scope(names: &[&str]) -> Scope {
    Scope::from_names(names.iter().copied()).unwrap()
}

fn terms(registry: &Registry) -> Terms<'_> {
    Terms { registry, issuer: "us", duties_are_separate: true, now: protocol::fixtures::at(0) }
}

fn person<'a>(user: &'a User, consent: Option<&'a Scope>) -> Person<'a> {
    Person { user, factors: Factors::default(), has_password: true, consent, refused_until: None }
}

fn held(why: &Why) -> Scope {
    Scope::from_names(why.scopes.iter().filter(|scope| scope.is_held()).map(|scope| scope.name.clone())).unwrap()
}

/// What the endpoints do of this request, step by step: the authorization request, the page after the sign-in, the code.
fn through_the_endpoints(case: &Case, user: &User) -> Option<(Contents, bool)> {
    let (client, registry) = (case.client(), case.registry());
    let resources = case.resource.map(|one| vec![one.to_owned()]).unwrap_or_default();
    let mut request: AuthorizationRequest = protocol::fixtures::request(&[]);
    (request.scope, request.resources) = (scope(&case.asked), resources);
    let of_request = |request: &_, holder| entitlement::of_request(request, &client, holder, &registry);
    request.scope = of_request(&request, Holder::Anybody).ok()?.scope;
    let held = of_request(&request, Holder::Person(user)).ok()?;
    let demanded = assurance::of_request(&request, &client, &registry);
    let level = of_user(user, Factors::default(), &registry).max(demanded);
    let proof = proof(level, Factors::default());
    let session = SignedIn {
        session_id: Uuid::nil(),
        user_id: user.user_id,
        authenticated_at: protocol::fixtures::at(0),
        proven_at: protocol::fixtures::at(0),
        proof: proof.clone(),
    };
    let given = |given_here, scope: &Scope| Consent { scope: scope.clone(), given_here };
    let step = |consent: &Consent| {
        let signed_in = Some((&session, Missing::Nothing));
        matches!(next_step(&request, &client, signed_in, Some(consent), Ok(&held.scope)), NextStep::IssueCode(..))
    };
    assert!(step(&given(true, &held.scope)), "who allows it now gives a code");
    let is_remembered = step(&given(false, &scope(&case.consent)));
    let grant = grant(&client, user, &held, proof, protocol::fixtures::at(0));
    let proven = &Proven::NOTHING;
    let asks = UserGrant { client: &client, grant: &grant, user, scope: None, resource: &[], nonce: None, proven };
    let contents = asks.contents(terms(&registry), Uuid::nil()).ok()?.ok()?;
    Some((contents, !is_remembered))
}

proptest! {
    /// What is said is what is done.
    #[test]
    fn what_is_said_for_a_user_is_what_the_endpoints_give(case in any_case()) {
        let (client, registry) = (case.client(), case.registry());
        let user = User { enabled: case.enabled, ..user(&case.has) };
        let (asked, consent) = (scope(&case.asked), scope(&case.consent));
        let resource = case.resource.map(|one| vec![one.to_owned()]).unwrap_or_default();
        let asking = Asking { client: &client, person: Some(person(&user, Some(&consent))), scope: &asked, resource: &resource };

        let why = why(asking, terms(&registry));

        let given = through_the_endpoints(&case, &user).filter(|_| !case.service);
        prop_assert_eq!(why.obstacles.is_empty(), given.is_some(), "{:?}", why.obstacles);
        if let Some((contents, asks)) = given {
            prop_assert_eq!(&contents.access_token.scope, &held(&why));
            let said = why.contents.unwrap();
            prop_assert_eq!(&said.access_token, &contents.access_token);
            prop_assert_eq!(said.id_token.is_some(), contents.id_token.is_some());
            prop_assert_eq!(said.access_token.acr.as_deref(), Some(why.level.as_str()));
            let consents = why.steps.iter().any(|step| matches!(step, Step::Consent { .. }));
            prop_assert_eq!(consents, asks);
        }
    }

    #[test]
    fn what_is_said_for_a_client_itself_is_what_it_gets(case in any_case()) {
        let (client, registry) = (Case { service: true, ..case.clone() }.client(), case.registry());
        let asked = scope(&case.asked);
        let resource = case.resource.map(|one| vec![one.to_owned()]).unwrap_or_default();
        let asking = Asking { client: &client, person: None, scope: &asked, resource: &resource };

        let why = why(asking, terms(&registry));

        let asks = Asked { scope: &asked, resources: &resource, within: &[] };
        let given = issuance::for_client(&client, asks, &Proven::NOTHING, terms(&registry), Uuid::nil());
        prop_assert_eq!(why.obstacles.is_empty(), given.is_ok(), "{:?}", why.obstacles);
        if let Ok(contents) = given {
            prop_assert_eq!(&contents.access_token.scope, &held(&why));
            prop_assert_eq!(why.contents.unwrap().access_token, contents.access_token);
        }
    }

    #[test]
    fn a_role_that_would_give_a_scope_gives_it(case in any_case(), more in vec(0..4_usize, 0..2)) {
        let (client, registry, asked) = (case.client(), case.registry(), scope(&case.asked));
        let has = case.has.iter().copied().skip(more.len()).collect::<Vec<_>>();
        let user = user(&has);
        let asking = Asking { client: &client, person: Some(person(&user, None)), scope: &asked, resource: &[] };
        for lacking in why(asking, terms(&registry)).scopes.iter().filter(|it| it.against == [Against::NoRole]) {
            for role in &lacking.roles {
                let with = fixtures::user(&[role.as_str()]);
                let asking = Asking { person: Some(person(&with, None)), ..asking };
                let why = why(asking, terms(&registry));
                let found = why.scopes.iter().find(|it| it.name == lacking.name).unwrap();
                prop_assert!(found.is_held() && found.roles == [role.clone()]);
            }
        }
    }
}

#[test]
fn everything_that_stands_in_the_way_is_told_at_once() {
    let registry = fixtures::registry(&[("clerk", "read")]);
    let mut client = protocol::fixtures::client_with("app", |client| {
        *client = ClientMetadata { scopes: scope(&["read", "write"]), ..ClientMetadata::of_type(ClientType::Service) };
    });
    client.enabled = false;
    let user = User { enabled: false, ..user(&[]) };
    let nobody = Person { has_password: false, ..person(&user, None) };
    let asked = scope(&["read", "pay", "unheard"]);
    let why = why(Asking { client: &client, person: Some(nobody), scope: &asked, resource: &[] }, terms(&registry));

    let codes = why.obstacles.iter().map(Obstacle::code).collect::<Vec<_>>();
    let expected = [
        "client_disabled",
        "no_secret",
        "nobody_signs_in",
        "user_disabled",
        "nothing_to_sign_in_with",
        "invalid_scope",
    ];
    assert_eq!(codes, expected);
    let against = why.scopes.iter().map(|scope| scope.against.clone()).collect::<Vec<_>>();
    let expected = [
        vec![Against::NoRole],
        vec![Against::NotRegistered, Against::NoRole],
        vec![Against::NotRegistered, Against::Unknown],
    ];
    assert_eq!(against, expected);
    assert_eq!(why.scopes[0].roles, ["clerk"]);
    assert!(why.contents.is_none() && why.held.is_none());
}

#[test]
fn what_the_user_does_first_is_told() {
    let registry = fixtures::changed(&fixtures::registry(&[("clerk", "read")]), |api| api.required_level = Level::Phr);
    let client = protocol::fixtures::client_with("app", |client| client.scopes = scope(&["read"]));
    let (user, asked) = (user(&["clerk"]), scope(&["read"]));
    let app = Factors { totp: true, ..Factors::default() };
    let refused_until = Some(terms(&registry).now + Duration::minutes(5));
    let one = Person { factors: app, refused_until, ..person(&user, None) };
    let asking = Asking { client: &client, person: Some(one), scope: &asked, resource: &[] };

    let steps = why(asking, terms(&registry)).steps;
    let consent = Step::Consent { each_time: false };
    assert_eq!(steps, [Step::Wait { until: refused_until }, Step::Enrol { phishing_resistant: true }, consent]);

    let with_passkey = Factors { passkey: true, ..app };
    let ready = Person { factors: with_passkey, ..person(&user, Some(&asked)) };
    let answer = why(Asking { person: Some(ready), ..asking }, terms(&registry));
    assert_eq!((answer.steps, answer.level), (vec![], Level::Phr));
}
