//! Whatever changes are made, in whatever order: what must always be true stays true.

mod drawn;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use time::OffsetDateTime;

use self::drawn::{change, document_url, published};
use super::*;
use crate::{
    policy::{
        fixtures::{client_secret, registry, user},
        permission::Permission,
    },
    protocol::{assurance::Level, client::ClientType, scope::Scope, standard_claims::is_oidc_scope},
};

const CLIENTS: [&str; 2] = ["one", "two"];
/// The last but one and the one before it are permissions here.
const SCOPES: [&str; 6] = ["read", "write", "pay", "portcullis:users:write", "portcullis:clients:read", "openid"];
const ROLES: [&str; 3] = [ADMINISTRATOR, "nurse", "clerk"];
/// Somebody who may do little.
const MALLORY: Uuid = Uuid::from_u128(66);

fn setting(outbound: &OutboundSettings) -> Setting<'_> {
    Setting {
        issuer: "https://id.example",
        outbound,
        separation_of_duties: true,
        editable_claims: &["name"],
        author: Author::Operator,
        now: OffsetDateTime::UNIX_EPOCH,
    }
}

/// An installation that was made just now: one administrator, nothing registered.
fn new_installation() -> State {
    let mut state = State::default();
    let settings = RoleSettings { required_level: Level::Aal2, ..RoleSettings::default() };
    state.put(Thing::Role(Role {
        name: ADMINISTRATOR.into(),
        description: settings.description,
        office: Some(Office::Administrator),
        required_level: settings.required_level,
        scopes: BTreeSet::new(),
        revision: 1,
    }));
    state.put(Thing::User(Box::new(User { user_id: Uuid::from_u128(1), ..user(&[ADMINISTRATOR]) })));
    state.put(Thing::User(Box::new(User { user_id: Uuid::from_u128(2), ..user(&[]) })));
    state.count_administrators(1);
    let ours = SCOPES.iter().filter(|scope| Permission::of_scope(scope).is_some());
    let ours = registry(&[]).apis().next().map(|api| Api {
        api_id: Uuid::from_u128(9),
        identifier: "urn:ours".into(),
        scopes: ours.map(|scope| ((*scope).to_owned(), "Do it".to_owned())).collect(),
        ..Api::clone(api)
    });
    state.put(Thing::Api(Box::new(ours.unwrap())));
    state
}

/// What a document says is followed; whether the client is enabled, and who may change it, is not for it to say.
#[test]
fn a_document_is_followed_and_decides_nothing_else() {
    let outbound = OutboundSettings::default();
    let setting = setting(&outbound);
    let mut state = new_installation();
    let described = |name: &str, scope: &str| {
        let metadata = ClientMetadata {
            name: name.into(),
            scopes: scope.parse().unwrap(),
            ..ClientMetadata::of_type(ClientType::Browser)
        };
        Change::DescribeClient { url: document_url(), metadata: Box::new(published(metadata)) }
    };
    let mut made = |change: &Change| {
        let plan = plan(&state, change, &setting)?;
        if let Some(plan) = &plan {
            state.follow(plan);
        }
        Ok(plan.and_then(|plan| plan.after?.as_client().cloned()))
    };
    let client_id = document_url().as_str().to_owned();

    let first = made(&described("Agent", "openid unheard:of")).unwrap().unwrap();
    assert_eq!((first.revision, first.enabled, first.scopes.to_string().as_str()), (1, true, "openid"));
    assert!(made(&described("Agent", "openid")).unwrap().is_none(), "nothing differs");
    made(&Change::SwitchClient { client_id: client_id.clone(), enabled: false }).unwrap();
    let renamed = made(&described("Other", "openid")).unwrap().unwrap();
    assert_eq!((renamed.name.as_str(), renamed.enabled), ("Other", false));
    let metadata = Box::new(renamed.metadata.clone());
    let edit =
        Change::EditClient { client_id: client_id.clone(), revision: renamed.revision, metadata: metadata.clone() };
    assert!(matches!(made(&edit), Err(Denied::Protected(_))));
    let register =
        Change::RegisterClient { client_id: format!("{client_id}?2"), metadata, secret: None, enabled: true };
    assert!(matches!(made(&register), Err(Denied::Refused(_))), "nobody registers a URL by hand");
    let secret = Change::AddClientSecret { client_id: client_id.clone(), secret: client_secret(), overlap: None };
    assert!(matches!(made(&secret), Err(Denied::Protected(_))));
    let nobody = Right { needs: None, own: None, recent: false };
    assert_eq!(right(&described("Agent", "openid")), nobody);
    assert!(made(&Change::DeleteClient { client_id }).is_ok());
}

/// What each client, role and user holds, with all that there is to change of it.
fn held(state: &State) -> BTreeMap<String, (Powers, String)> {
    let clients = state.clients().map(|client| {
        let secrets = client.secrets.iter().map(|secret| secret.secret_id).collect::<Vec<_>>();
        let all = format!("{:?} {} {secrets:?}", client.metadata.members(), client.enabled);
        (format!("client {}", client.client_id), (Powers::of_scopes(client.scopes.iter()), all))
    });
    let roles = state.roles().map(|role| {
        let scopes = Powers::of_scopes(role.scopes.iter().map(String::as_str));
        let powers = crate::policy::permission::of_role(role).and(scopes);
        let all = format!("{:?} {:?} {}", role.required_level, role.description, powers.names());
        (format!("role {}", role.name), (powers, all))
    });
    let users = state.users().map(|user| {
        let all = format!("{:?} {} {:?} {:?}", user.email, user.enabled, user.deleted_at, user.roles);
        (format!("user {}", user.user_id), (state.powers_given_to(user), all))
    });
    clients.chain(roles).chain(users).collect()
}

/// What must always be true.
fn assert_sound(state: &State) {
    let mut owners = BTreeMap::new();
    for api in state.apis() {
        for scope in api.scopes.keys() {
            assert_eq!(owners.insert(scope.clone(), api.api_id), None, "{scope} has two owners");
        }
    }
    for client in state.clients() {
        for scope in client.scopes.iter().filter(|scope| !is_oidc_scope(scope)) {
            assert!(owners.contains_key(scope), "{} has {scope}, which nobody owns", client.client_id);
        }
        let api = client.introspects_api.as_deref();
        assert!(api.is_none_or(|api| state.api_named(api).is_some()), "{} introspects what is gone", client.client_id);
        let is_documents = client.document().is_some();
        assert_eq!(client.is_public(), is_documents, "{}", client.client_id);
        let secrets = if is_documents { 0..=0 } else { 1..=MOST_SECRETS };
        assert!(secrets.contains(&client.secrets.len()), "{} has too many secrets", client.client_id);
    }
    for role in state.roles() {
        assert!(role.scopes.iter().all(|scope| owners.contains_key(scope)), "{} gives what is gone", role.name);
    }
    let administrators = state.users().filter(|user| user.enabled && state.is_administrator(user)).count();
    assert!(administrators > 0, "nobody administers");
    assert_eq!(i64::try_from(administrators).unwrap(), state.administrators());
}

#[test]
fn the_role_of_the_last_administrator_stays() {
    let outbound = OutboundSettings::default();
    let mut state = new_installation();
    let builtin = state.role(ADMINISTRATOR).cloned().unwrap();
    for name in ["deputies", "stewards"] {
        state.put(Thing::Role(Role { name: name.into(), ..builtin.clone() }));
    }
    state.put(Thing::User(Box::new(User { user_id: Uuid::from_u128(1), ..user(&["deputies", "stewards"]) })));
    let mut deleted = |name: &str| {
        let plan = plan(&state, &Change::DeleteRole { name: name.into() }, &setting(&outbound))?;
        if let Some(plan) = plan {
            state.follow(&plan);
        }
        Ok(state.administrators())
    };
    assert_eq!(deleted("deputies"), Ok(1), "their other role makes them one");
    assert!(matches!(deleted("stewards"), Err(Denied::Protected(_))));
}

proptest! {
    #[test]
    fn no_order_of_changes_leads_where_nothing_should(changes in proptest::collection::vec(change(), 0..40)) {
        let outbound = OutboundSettings::default();
        let mut state = new_installation();
        for change in &changes {
            if let Ok(Some(plan)) = plan(&state, change, &setting(&outbound)) {
                state.follow(&plan);
                assert_sound(&state);
            }
        }
    }

    /// Whoever lacks a permission gives it to nobody and takes it over from nobody, whatever changes they are allowed, and in
    /// whatever order: things that hold more than they do stay as they are, and nothing comes to hold more.
    #[test]
    fn nobody_gains_what_its_author_lacks(
        before in proptest::collection::vec(change(), 0..30),
        changes in proptest::collection::vec(change(), 1..40),
        office in proptest::sample::select(&Office::ALL[1..]),
    ) {
        let outbound = OutboundSettings::default();
        let mut state = new_installation();
        let role = state.role(ADMINISTRATOR).cloned().unwrap();
        state.put(Thing::Role(Role { name: "trusted".into(), office: Some(office), ..role }));
        for change in &before {
            if let Ok(Some(plan)) = plan(&state, change, &setting(&outbound)) {
                state.follow(&plan);
            }
        }
        let mallory = User { user_id: MALLORY, ..user(&["trusted"]) };
        let allowed = state.powers(&mallory);
        state.put(Thing::User(Box::new(mallory)));
        let start = held(&state);
        for change in &changes {
            let powers = state.user(MALLORY).map_or(Powers::NONE, |mallory| state.powers(mallory));
            let author = Author::Administrator { user_id: Some(MALLORY), powers };
            if let Ok(Some(plan)) = plan(&state, change, &Setting { author, ..setting(&outbound) }) {
                state.follow(&plan);
            }
            for (thing, (powers, as_it_is)) in held(&state) {
                let (before, as_it_was) = start.get(&thing).cloned().unwrap_or_default();
                prop_assert!(powers.beyond(before).beyond(allowed).is_empty(), "{} got {}", thing, powers.names());
                if !before.beyond(allowed).is_empty() {
                    prop_assert_eq!(as_it_is, as_it_was, "{} was touched", thing);
                }
            }
        }
    }

    /// AD-16: of two edits of the same state the second is refused, in whatever order they come, so neither is lost unseen.
    #[test]
    fn of_two_edits_of_one_state_the_second_is_refused(
        before in proptest::collection::vec(change(), 0..20), first in change(), second in change(),
    ) {
        let outbound = OutboundSettings::default();
        let setting = setting(&outbound);
        let mut state = new_installation();
        for change in &before {
            if let Ok(Some(plan)) = plan(&state, change, &setting) {
                state.follow(&plan);
            }
        }
        for (first, second) in [(&first, &second), (&second, &first)] {
            let mut state = state.clone();
            let same_thing = edited(first).is_some() && edited(first) == edited(second);
            if let Ok(Some(plan)) = plan(&state, first, &setting) && same_thing {
                state.follow(&plan);
                prop_assert_eq!(super::plan(&state, second, &setting).err(), Some(Denied::Outdated));
            }
        }
    }

    /// What a change stands on is held before it is planned: what it is about is always among it.
    #[test]
    fn a_change_holds_what_it_is_about(change in change()) {
        let about = match &change {
            Change::RegisterClient { client_id, .. } | Change::EditClient { client_id, .. }
            | Change::SwitchClient { client_id, .. } | Change::GiveClient { client_id, .. } | Change::AddClientSecret { client_id, .. }
            | Change::EndClientSecret { client_id, .. }
            | Change::DeleteClient { client_id } => Key::Client(client_id.clone()),
            Change::DescribeClient { url, .. } => Key::Client(url.as_str().to_owned()),
            Change::RegisterApi { api_id, .. } | Change::EditApi { api_id, .. } | Change::DeleteApi { api_id } => Key::Api(*api_id),
            Change::AddRole { name, .. } | Change::EditRole { name, .. } | Change::DeleteRole { name } => Key::Role(name.clone()),
            Change::AddUser { user_id, .. } | Change::EditUser { user_id, .. } | Change::EditProfile { user_id, .. }
            | Change::SwitchUser { user_id, .. } | Change::DeleteUser { user_id } | Change::RestoreUser { user_id } => Key::User(*user_id),
        };
        let held = keys(&change);
        prop_assert_eq!(held.get(&about), Some(&Hold::Changes));
    }
}

/// What an edit of a certain revision is about.
fn edited(change: &Change) -> Option<(Key, i32)> {
    match change {
        Change::EditClient { client_id, revision, .. } => Some((Key::Client(client_id.clone()), *revision)),
        Change::EditApi { api_id, revision, .. } => Some((Key::Api(*api_id), *revision)),
        Change::EditRole { name, revision, .. } => Some((Key::Role(name.clone()), *revision)),
        Change::EditUser { user_id, revision, .. } => Some((Key::User(*user_id), *revision)),
        _ => None,
    }
}
