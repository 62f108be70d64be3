use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::subsequence};
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::{
    outbound::OutboundSettings,
    policy::{
        change::{ADMINISTRATOR, Author, Change, Setting, State, Thing, plan},
        fixtures::client_secret,
    },
    protocol::client::ClientType,
};

const SCOPES: [&str; 4] = ["a:read", "b:read", "c:read", "d:read"];

/// A registry of two APIs that share four scopes in some way, two roles and three clients.
fn registries() -> impl Strategy<Value = Described> {
    let owners = vec(0_usize..4, 4);
    let roles = vec(subsequence(SCOPES.to_vec(), 0..=4), 0..=2);
    let clients = vec((subsequence(SCOPES.to_vec(), 0..=4), any::<bool>(), "[a-c]"), 0..=3);
    (owners, roles, clients).prop_map(|(owners, roles, clients)| {
        let mut described = Described::default();
        for (name, owner) in SCOPES.into_iter().zip(owners).filter(|(_, owner)| *owner < 3) {
            let identifier = format!("urn:{owner}");
            let fresh = ApiSettings { identifier: identifier.clone(), name: "N".into(), ..ApiSettings::default() };
            described.apis.entry(identifier).or_insert(fresh).scopes.insert(name.into(), "What it allows".into());
        }
        let there = described.apis.values().flat_map(|api| api.scopes.keys().cloned()).collect::<BTreeSet<_>>();
        for (place, scopes) in roles.into_iter().enumerate() {
            let scopes = scopes.into_iter().map(str::to_owned).filter(|name| there.contains(name)).collect();
            let settings = RoleSettings { scopes, ..RoleSettings::default() };
            described.roles.insert(format!("role{place}"), DescribedRole { office: None, settings });
        }
        let administrator = DescribedRole { office: Some(Office::Administrator), settings: RoleSettings::default() };
        described.roles.insert(ADMINISTRATOR.into(), administrator);
        for (place, (scopes, enabled, name)) in clients.into_iter().enumerate() {
            let scopes = scopes.into_iter().filter(|name| there.contains(*name)).map(str::to_owned);
            let scopes = Scope::from_names(scopes).unwrap();
            let metadata = ClientMetadata { name, scopes, ..ClientMetadata::of_type(ClientType::Service) };
            described.clients.insert(format!("client{place}"), DescribedClient { enabled, metadata });
        }
        described
    })
}

/// An installation that nobody has touched.
fn untouched() -> State {
    let mut state = State::default();
    state.put(Thing::Role(Role {
        name: ADMINISTRATOR.into(),
        description: String::new(),
        office: Some(Office::Administrator),
        required_level: Level::Aal1,
        scopes: BTreeSet::new(),
        revision: 1,
    }));
    state
}

fn registered(state: &State) -> Registered {
    Registered::of(
        state.apis().cloned().collect(),
        state.roles().cloned().collect(),
        state.clients().cloned().collect(),
    )
}

/// Makes all steps, as the transaction does: each edit is of the newest revision.
fn apply(state: &mut State, steps: &[Step]) {
    let outbound = OutboundSettings::default();
    let setting = Setting {
        issuer: "https://id.example",
        outbound: &outbound,
        separation_of_duties: true,
        editable_claims: &[],
        author: Author::Operator,
        now: OffsetDateTime::UNIX_EPOCH,
    };
    for step in steps {
        let change = match step.change.clone() {
            Change::RegisterApi { settings, .. } => Change::RegisterApi { api_id: Uuid::new_v4(), settings },
            Change::RegisterClient { client_id, metadata, enabled, .. } => {
                Change::RegisterClient { client_id, metadata, enabled, secret: Some(client_secret()) }
            }
            change => change.of_newest(state),
        };
        let plan = plan(state, &change, &setting);
        let plan = plan.unwrap_or_else(|why| panic!("{:?} {} {}: {why:?}", step.act, step.kind, step.name));
        if let Some(plan) = plan {
            state.follow(&plan);
        }
    }
}

proptest! {
    /// Whatever is there, a file that is applied is what is there then, and there is nothing more to do. What a file of it
    /// says is the same file.
    #[test]
    fn what_is_applied_is_there(first in registries(), second in registries()) {
        let mut state = untouched();
        for wanted in [&first, &second] {
            // Two APIs that exchange scopes get in each other's way, and are told so.
            let there = registered(&state);
            let swaps = wanted.apis.values().any(|api| there.apis.iter().any(|other| {
                other.identifier != api.identifier
                    && wanted.apis.contains_key(&other.identifier)
                    && api.scopes.keys().any(|name| other.scopes.contains_key(name))
                    && there.apis.iter().any(|one| one.identifier == api.identifier
                        && one.scopes.keys().any(|name| !api.scopes.contains_key(name)))
            }));
            prop_assume!(!swaps);
            apply(&mut state, &compare(&there, wanted, true));
            let there = registered(&state);
            prop_assert_eq!(there.described().to_json(), wanted.to_json());
            prop_assert!(compare(&there, wanted, true).is_empty());
            let Value::Object(file) = there.described().to_json() else { unreachable!() };
            let read = Described::read(file).map_err(|problems| TestCaseError::fail(problems.join("; ")))?;
            prop_assert_eq!(read.to_json(), wanted.to_json());
        }
    }

    /// What the file does not know stays, unless it is to be pruned.
    #[test]
    fn what_the_file_does_not_know_stays(there in registries()) {
        let mut state = untouched();
        let steps = compare(&registered(&state), &there, false);
        apply(&mut state, &steps);
        let there = registered(&state);
        prop_assert!(compare(&there, &Described::default(), false).is_empty());
        let gone = compare(&there, &Described::default(), true);
        prop_assert!(gone.iter().all(|step| step.act == Act::Delete && step.name != ADMINISTRATOR));
    }
}

#[test]
fn what_is_wrong_is_told_by_its_place() {
    let wrong = json!({
        "apis": [{ "identifier": "urn:a" }, { "identifier": "urn:a" }, { "identifier": OUR_API }, { "name": "x" }, { "other": 1 }],
        "roles": [{ "description": "d" }, 1],
        "clients": [
            { "client_name": "N", "type": "web" }, { "client_id": "a", "client_name": "N", "type": "web", "client_secret": "s" },
            { "client_id": "https://a.example/c.json", "client_name": "N", "type": "native" },
        ],
        "users": [],
    });
    let Value::Object(wrong) = wrong else { unreachable!() };
    let problems = Described::read(wrong).err().unwrap();
    for expected in [
        "users: there is no such part",
        "apis[1]: urn:a stands here twice",
        "apis[2]: identifier: this API is built in",
        "apis[3]: identifier: an API needs one",
        "apis[4]: unknown field `other`",
        "roles[0]: missing field `name`",
        "roles[1]: write an object",
        "clients[0]: client_id: a client in a file needs one",
        "clients[1]: a: metadata: There is no field client_secret.",
        "clients[2]: client_id: https://a.example/c.json describes itself",
    ] {
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{expected}: {problems:?}");
    }
    assert_eq!(problems.len(), 10, "{problems:?}");
}
