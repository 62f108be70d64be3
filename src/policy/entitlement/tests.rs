use proptest::prelude::*;

use super::*;
use crate::{
    policy::fixtures::{self, BILLING, RECORDS, user},
    protocol::{self, standard_claims::is_oidc_scope},
};

const OTHER: &str = "urn:unregistered";
const ALL: &str = "openid email offline_access read write pay";
const NAMES: &str =
    "(openid|email|offline_access|read|write|pay|unheard)( (openid|email|offline_access|read|write|pay)){0,4}";

fn client(scopes: &str) -> Client {
    protocol::fixtures::client_with("app", |client| client.scopes = scopes.parse().unwrap())
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Two APIs, and roles for them.
fn registry() -> Registry {
    fixtures::registry(&[("clerk", "read"), ("doctor", "read write"), ("cashier", "pay")])
}

#[test]
fn each_side_cuts() {
    for (requested, client_scopes, roles, expected) in [
        ("openid read", ALL, &["clerk"][..], Ok("openid read")),
        ("openid read write", ALL, &["clerk"], Ok("openid read")),
        ("openid read write", ALL, &["clerk", "doctor"], Ok("openid read write")),
        ("openid read write", "openid write", &["doctor"], Ok("openid write")),
        ("openid read", ALL, &[], Ok("openid")),
        ("openid read", ALL, &["unknown"], Ok("openid")),
        ("read unregistered", "read unregistered", &["doctor"], Ok("read")),
        ("write read", ALL, &["doctor"], Ok("write read")),
        ("read offline_access", ALL, &[], Err(Refusal::NoScope)),
        ("unheard", "unheard", &["doctor"], Err(Refusal::NoScope)),
    ] {
        let (person, scope) = (user(roles), requested.parse().unwrap());
        let asked = Asked { scope: &scope, resources: &[], within: &[] };
        let held = entitle(&client(client_scopes), Holder::Person(&person), asked, &registry());
        let held = held.map(|held| held.scope.to_string());
        assert_eq!(held, expected.map(ToOwned::to_owned), "{requested} {client_scopes} {roles:?}");
    }
}

#[test]
fn an_api_is_in_the_audience_only_if_a_scope_of_it_is_held() {
    let one = |audience: &str| Audience::One(audience.into());
    let both = Audience::Several(vec![RECORDS.into(), "us".into()]);
    for (requested, roles, resources, within, expected) in [
        ("openid email", &["doctor"][..], &[][..], &[][..], Ok((one("us"), "openid email"))),
        ("read write", &["doctor"], &[], &[], Ok((one(RECORDS), "read write"))),
        ("openid read", &["doctor"], &[], &[], Ok((both.clone(), "openid read"))),
        ("openid read", &["doctor"], &[RECORDS], &[], Ok((both, "openid read"))),
        ("openid", &["doctor"], &[RECORDS], &[], Err(Refusal::NothingAtResource)),
        ("openid offline_access", &["doctor"], &[RECORDS], &[], Err(Refusal::NothingAtResource)),
        ("openid read", &[], &[RECORDS], &[], Err(Refusal::NothingAtResource)),
        ("openid read", &["doctor"], &[BILLING], &[], Err(Refusal::NothingAtResource)),
        ("openid read", &["doctor"], &[OTHER], &[], Err(Refusal::UnknownResource)),
        ("openid read", &["doctor"], &[RECORDS, OTHER], &[], Err(Refusal::UnknownResource)),
        ("openid pay", &["cashier"], &[BILLING], &[RECORDS], Err(Refusal::ResourceNotGranted)),
        ("openid pay", &["cashier"], &[], &[RECORDS], Ok((one("us"), "openid"))),
        ("read pay", &["doctor", "cashier"], &[], &[RECORDS, "us"], Ok((one(RECORDS), "read"))),
        ("read pay", &["doctor", "cashier"], &[BILLING], &[RECORDS, BILLING], Ok((one(BILLING), "pay"))),
        ("read pay", &["doctor", "cashier"], &[], &[], Err(Refusal::SeveralApis(format!("{BILLING}, {RECORDS}")))),
        ("read pay", &["doctor"], &[], &[], Ok((one(RECORDS), "read"))),
    ] {
        let (person, scope) = (user(roles), requested.parse().unwrap());
        let (named, limits) = (owned(resources), owned(within));
        let asked = Asked { scope: &scope, resources: &named, within: &limits };
        let held =
            entitle(&client(ALL), Holder::Person(&person), asked, &registry()).and_then(Entitlement::for_one_api);
        let held = held.map(|held| (held.audience("us"), held.scope.to_string()));
        let expected = expected.map(|(audience, scope)| (audience, scope.to_owned()));
        assert_eq!(held, expected, "{requested} {roles:?} {resources:?} {within:?}");
    }
}

#[test]
fn of_several_resources_those_without_a_scope_are_left_out() {
    let (person, scope) = (user(&["doctor"]), "openid read pay".parse().unwrap());
    let named = owned(&[BILLING, RECORDS]);
    let asked = Asked { scope: &scope, resources: &named, within: &[] };
    let held = entitle(&client(ALL), Holder::Person(&person), asked, &registry()).unwrap();
    let apis = held.apis.iter().map(|api| api.identifier.as_str()).collect::<Vec<_>>();
    assert_eq!((held.scope.to_string().as_str(), apis), ("openid read", vec![RECORDS]));
}

#[test]
fn nobody_signs_in_for_a_client_itself() {
    let scope = "openid read write".parse().unwrap();
    let asked = Asked { scope: &scope, resources: &[], within: &[] };
    let held = entitle(&client("openid read"), Holder::Client, asked, &registry()).unwrap();
    assert_eq!((held.scope.to_string().as_str(), held.required_level), ("read", Level::Aal1));
    let scope = "openid".parse().unwrap();
    let asked = Asked { scope: &scope, ..asked };
    assert_eq!(entitle(&client("openid"), Holder::Client, asked, &registry()).unwrap_err(), Refusal::NoScope);
}

/// D11: what an API demands counts if it is in the audience, and only then.
#[test]
fn what_is_demanded_follows_what_is_held() {
    let registry = fixtures::changed(&registry(), |api| {
        api.required_level = if api.identifier == RECORDS { Level::Phr } else { Level::Aal2 };
        api.roles_in_token = api.identifier == RECORDS;
    });
    for (requested, roles, level, told) in [
        ("openid", &["doctor"][..], Level::Aal1, false),
        ("openid read", &["doctor"], Level::Phr, true),
        ("openid read", &["cashier"], Level::Aal1, false),
        ("pay", &["cashier"], Level::Aal2, false),
    ] {
        let (person, scope) = (user(roles), requested.parse().unwrap());
        let asked = Asked { scope: &scope, resources: &[], within: &[] };
        let held = entitle(&client(ALL), Holder::Person(&person), asked, &registry).unwrap();
        assert_eq!((held.required_level, held.roles), (level, if told { owned(roles) } else { vec![] }), "{requested}");
    }
    let short = User { password_is_short: true, ..user(&[]) };
    let scope = "openid".parse().unwrap();
    let asked = Asked { scope: &scope, resources: &[], within: &[] };
    assert_eq!(entitle(&client(ALL), Holder::Person(&short), asked, &registry).unwrap().required_level, Level::Aal2);
}

/// Some of the fixture's roles, scopes and APIs.
fn some(all: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(all, 0..=all.len()).prop_map(|some| owned(&some))
}

proptest! {
    #[test]
    fn nobody_gets_more_than_request_client_and_roles_allow_together(
        requested in NAMES, registered in NAMES, roles in some(&["clerk", "doctor", "cashier"]),
        resources in some(&[RECORDS, BILLING]), within in some(&[RECORDS, BILLING, "us"]),
    ) {
        let (registry, client, requested) = (registry(), client(&registered), requested.parse::<Scope>().unwrap());
        let person = User { roles: roles.clone(), ..user(&[]) };
        let asked = Asked { scope: &requested, resources: &resources, within: &within };
        let held = entitle(&client, Holder::Person(&person), asked, &registry);

        let names = |limits: &[String], api: &str| limits.is_empty() || limits.iter().any(|limit| limit == api);
        let may = |name: &str| client.scopes.contains(name) && match name {
            "read" => names(&resources, RECORDS) && names(&within, RECORDS) && roles.iter().any(|role| role != "cashier"),
            "write" => names(&resources, RECORDS) && names(&within, RECORDS) && roles.iter().any(|role| role == "doctor"),
            "pay" => names(&resources, BILLING) && names(&within, BILLING) && roles.iter().any(|role| role == "cashier"),
            name => name != "unheard",
        };
        match held {
            Ok(held) => {
                prop_assert_eq!(&held.scope, &requested.filtered(may), "no more and no less");
                for api in &held.apis {
                    prop_assert!(held.scope.iter().any(|name| api.scopes.contains_key(name)), "{}", api.identifier);
                }
                let owned = |name: &str| held.apis.iter().any(|api| api.scopes.contains_key(name));
                prop_assert!(held.scope.iter().all(|name| is_oidc_scope(name) || owned(name)));
                prop_assert!(resources.is_empty() || !held.apis.is_empty());
            }
            Err(Refusal::NoScope) => prop_assert!(!requested.iter().any(|name| may(name) && name != OFFLINE_ACCESS)),
            Err(Refusal::NothingAtResource) => {
                prop_assert!(!requested.iter().any(|name| may(name) && !is_oidc_scope(name)));
            }
            Err(Refusal::ResourceNotGranted) => prop_assert!(resources.iter().any(|name| !names(&within, name))),
            Err(refusal) => prop_assert!(false, "{refusal}"),
        }
    }

    #[test]
    fn less_never_gives_more(
        requested in NAMES, registered in NAMES, kept in NAMES, roles in some(&["clerk", "doctor", "cashier"]), lost in 0..3_usize,
        resources in some(&[RECORDS, BILLING]),
    ) {
        let (registry, requested) = (registry(), requested.parse::<Scope>().unwrap());
        let asked = Asked { scope: &requested, resources: &resources, within: &[] };
        let has = |client: &Client, roles: &[String]| {
            let person = User { roles: roles.to_vec(), ..user(&[]) };
            entitle(client, Holder::Person(&person), asked, &registry).map(|held| held.scope)
        };
        let (whole, kept) = (client(&registered), kept.parse::<Scope>().unwrap());
        let narrowed = protocol::fixtures::client_with("app", |client| client.scopes = whole.scopes.filtered(|name| kept.contains(name)));
        let left = roles.iter().enumerate().filter(|(n, _)| *n != lost).map(|(_, role)| role.clone()).collect::<Vec<_>>();

        let before = has(&whole, &roles);
        prop_assert_eq!(&before, &has(&whole, &roles), "the same question, the same answer");
        for after in [has(&narrowed, &roles), has(&whole, &left), has(&narrowed, &left)].into_iter().flatten() {
            prop_assert!(before.as_ref().is_ok_and(|before| before.covers(&after)));
        }
        let anybody = entitle(&whole, Holder::Anybody, asked, &registry).map(|held| held.scope);
        if let Ok(before) = before {
            prop_assert!(anybody.is_ok_and(|most| most.covers(&before)), "the most that anybody could give");
        }
    }
}
