//! What is known of a user: administrators and, as far as the installation lets them, users change it, and clients see it.

mod own;
mod shown_form;

use std::{collections::BTreeSet, env, fs};

use portcullis::{
    config::EditableClaims,
    model::user::User,
    protocol::standard_claims::{
        Profile,
        field::{Field, Kind},
        fields::FIELDS,
        scope_of,
    },
    store,
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use self::shown_form::{fields, filled};
use crate::{
    browser::{Browser, Page},
    cli::{Program, text},
    console::signed_in,
    server::Server,
    tokens,
};

/// What an administrator types, in the order of the form, and what is kept of it.
const TYPED: [(&str, &str, &str); 19] = [
    ("name", " Alice Aroha Walker ", "Alice Aroha Walker"),
    ("given_name", "Alice", "Alice"),
    ("middle_name", "Aroha", "Aroha"),
    ("family_name", "O’Neill & Söhne", "O’Neill & Söhne"),
    ("nickname", "Ali \"the\" <best>", "Ali \"the\" <best>"),
    ("phone_number", "+64 21 555-0100", "+64215550100"),
    ("address.street_address", "12 Cuba Street\r\nFlat 3", "12 Cuba Street\nFlat 3"),
    ("address.postal_code", "6011", "6011"),
    ("address.locality", "Wellington", "Wellington"),
    ("address.region", "Te Whanganui-a-Tara", "Te Whanganui-a-Tara"),
    ("address.country", "New Zealand", "New Zealand"),
    ("address.formatted", "12 Cuba Street\r\nWellington", "12 Cuba Street\nWellington"),
    ("birthdate", "1987-04-12", "1987-04-12"),
    ("gender", "female", "female"),
    ("locale", "en_NZ", "en-NZ"),
    ("zoneinfo", "Pacific/Auckland", "Pacific/Auckland"),
    ("profile", "https://people.example/alice", "https://people.example/alice"),
    ("picture", "https://people.example/alice.png", "https://people.example/alice.png"),
    ("website", "https://alice.example", "https://alice.example"),
];

async fn alice(server: &Server) -> User {
    store::users::find_named(&server.db, "alice").await.unwrap().unwrap()
}

async fn send(browser: &mut Browser, uri: &str, form: &[(String, String)]) -> Page {
    let form = form.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>();
    browser.submit(uri, &form).await
}

/// What clients are told of alice with these scopes.
async fn userinfo(server: &Server, scope: &str) -> Value {
    let tokens = tokens::of_person(server, "alice", scope).await;
    server.get_with_token("/oauth2/userinfo", tokens["access_token"].as_str().unwrap()).await.json()
}

/// LP-07: the audit trail has no value of it.
#[sqlx::test]
async fn lp_07_an_administrator_says_who_a_user_is_and_clients_see_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut console, _) = signed_in(&server, "admin").await;
    let uri = format!("/admin/users/{}/edit", alice(&server).await.user_id);
    let before = tokens::of_person(&server, "alice", "openid phone address").await;
    let typed = TYPED.map(|(name, typed, _)| (name, typed));

    let form = console.open(&uri).await.answer.body;
    let saved = send(&mut console, &uri, &filled(&form, "user", &typed)).await;

    assert!(saved.uri.ends_with("?done=saved"), "{}", saved.answer.body);
    let profile = alice(&server).await.profile;
    for (field, (name, _, kept)) in FIELDS.iter().zip(TYPED) {
        assert_eq!((field.name, field.of(&profile)), (name, Some(kept)));
    }
    let known = [
        (
            "address",
            json!({
                "street_address": "12 Cuba Street\nFlat 3", "postal_code": "6011", "locality": "Wellington",
                "region": "Te Whanganui-a-Tara", "country": "New Zealand", "formatted": "12 Cuba Street\nWellington",
            }),
        ),
        ("phone_number", "+64215550100".into()),
        ("phone_number_verified", false.into()),
    ];
    let at_once = server.get_with_token("/oauth2/userinfo", before["access_token"].as_str().unwrap()).await.json();
    for (claim, value) in known {
        assert_eq!(at_once[claim], value);
    }
    let told = userinfo(&server, "openid profile").await;
    assert_eq!(
        (&told["locale"], &told["name"], told.get("address")),
        (&"en-NZ".into(), &"Alice Aroha Walker".into(), None)
    );
    let page = console.open(&format!("/admin/users/{}", alice(&server).await.user_id)).await.answer.body;
    assert!(page.contains("12 Cuba Street\nFlat 3") && page.contains("Not verified"), "{page}");
    assert_eq!(server.rows_with("Cuba Street").await, 1);

    let again = console.open(&uri).await.answer.body;
    send(&mut console, &uri, &fields(&again, "user")).await;
    assert_eq!(alice(&server).await.profile, profile, "saving what is shown changes nothing");
}

#[sqlx::test]
async fn a_new_phone_number_is_not_verified_by_a_box_that_was_ticked(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut console, _) = signed_in(&server, "admin").await;
    let uri = format!("/admin/users/{}/edit", alice(&server).await.user_id);
    let (number, other) = ("+64215550100", "+442079460000");
    let (yes, nothing) = (("phone_number_verified", "true"), ("", ""));

    for (typed, said, expected) in [
        (("phone_number", number), nothing, Some(false)),
        (nothing, yes, Some(true)),
        (("name", "Alice"), nothing, Some(true)),
        (("phone_number", "+64 21 555 0100"), nothing, Some(true)),
        (("phone_number", other), nothing, Some(false)),
        (("phone_number", number), yes, Some(true)),
        (("phone_number", ""), nothing, None),
        (nothing, yes, None),
    ] {
        let form = console.open(&uri).await.answer.body;
        let saved = send(&mut console, &uri, &filled(&form, "user", &[typed, said])).await;
        assert!(saved.uri.ends_with("?done=saved"), "{}", saved.answer.body);
        assert_eq!(alice(&server).await.profile.phone_number_verified, expected, "{typed:?} {said:?}");
    }
    let told = userinfo(&server, "openid phone").await;
    assert_eq!((told.get("phone_number"), told.get("phone_number_verified")), (None, None));
}

#[sqlx::test]
async fn what_is_wrong_is_said_beside_its_field_and_kept(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut console, _) = signed_in(&server, "admin").await;
    let uri = format!("/admin/users/{}/edit", alice(&server).await.user_id);
    let wrong = [("phone_number", "021 555 0100"), ("address.country", "a\u{200b}b"), ("birthdate", "2999-01-01")];
    let links = [("picture", "http://people.example/a.png"), ("website", "https://a@b.example")];

    let form = console.open(&uri).await.answer.body;
    let typed = [&wrong[..], &links, &[("zoneinfo", "Wellington"), ("phone_number_verified", "true")]].concat();
    let page = send(&mut console, &uri, &filled(&form, "user", &typed)).await.answer;

    assert_eq!(page.status, 422);
    assert!(page.body.contains("<details open>"), "{}", page.body);
    let held = fields(&page.body, "user");
    for (name, text) in typed {
        assert!(held.contains(&(name.to_owned(), text.to_owned())), "{name}: {held:?}");
        let is_wrong =
            page.body.contains(&format!("id=\"{name}-error\"")) && page.body.contains(&format!("\"#{name}\""));
        assert_eq!(is_wrong, name != "phone_number_verified", "{name}");
    }
    let user = [("username", "carol"), ("birthdate", "tomorrow")];
    let new = console.submit("/admin/users/new", &user).await.answer;
    assert!(new.body.contains("id=\"birthdate-error\"") && new.body.contains("id=\"email-error\""), "{}", new.body);
}

/// AD-16
#[sqlx::test]
async fn an_old_value_that_breaks_a_rule_is_in_nobodys_way(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut console, _) = signed_in(&server, "admin").await;
    let uri = format!("/admin/users/{}/edit", alice(&server).await.user_id);
    let stored = json!({"website": "http://alice.example", "birthdate": "12.4.87", "phone_number": "021 5550100",
        "phone_number_verified": true, "locale": "english", "address": {"formatted": "Here"}});
    let profile = serde_json::from_value::<Profile>(stored.clone()).unwrap();
    sqlx::query("update users set profile = $1, email = 'nobody' where username = 'alice'")
        .bind(stored)
        .execute(&server.db)
        .await
        .unwrap();

    let form = console.open(&uri).await.answer.body;
    let saved = send(&mut console, &uri, &filled(&form, "user", &[("roles", "visitor")])).await;
    let late = send(&mut console, &uri, &filled(&form, "user", &[("name", "Alice")])).await;

    assert!(saved.uri.ends_with("?done=saved"), "{}", saved.answer.body);
    assert_eq!((alice(&server).await.profile, &*alice(&server).await.roles), (profile, &["visitor".to_owned()][..]));
    assert_eq!(late.answer.status, 412);
    assert!(late.answer.body.contains("admin changed Roles at"), "{}", late.answer.body);
    let again = send(&mut console, &uri, &filled(&late.answer.body, "user", &[])).await;
    assert!(again.uri.ends_with("?done=saved"), "{}", again.answer.body);
    let third = send(&mut console, &uri, &filled(&form, "user", &[])).await;
    assert!(third.answer.body.contains("admin changed Profile, Roles at"), "{}", third.answer.body);
}

#[sqlx::test]
async fn a_script_says_who_a_user_is(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let one_word = TYPED.iter().filter(|(_, _, kept)| !kept.contains([' ', '\n', '<']));
    let option = |name: &str| FIELDS.iter().find(|field| field.name == name).unwrap().option;
    let arguments = one_word.clone().map(|(name, _, kept)| format!("--{} {kept}", option(name)));
    let all = arguments.collect::<Vec<_>>().join(" ");

    let made = portcullis.json(&format!("user create --username kim {all} --phone-number-verified"), "");

    for (name, _, kept) in one_word {
        assert_eq!(made["profile"].pointer(&format!("/{}", name.replace('.', "/"))), Some(&(*kept).into()), "{name}");
    }
    assert_eq!(made["profile"]["phone_number_verified"], true);
    let renamed = portcullis.json("user update kim --given-name Kim --nickname= --locality=", "");
    let profile = &renamed["profile"];
    assert_eq!((&profile["given_name"], profile.get("nickname")), (&"Kim".into(), None));
    assert_eq!((&profile["phone_number_verified"], profile["address"].get("locality")), (&true.into(), None));
    let moved = portcullis.json("user update kim --phone-number +44-20-7946-0000", "");
    assert_eq!(moved["profile"]["phone_number"], "+442079460000");
    assert_eq!(moved["profile"]["phone_number_verified"], false);
    let said = portcullis.json("user update kim --phone-number +64215550100 --phone-number-verified", "");
    assert_eq!(
        (&said["profile"]["phone_number_verified"], &portcullis.json("user show kim", "")),
        (&true.into(), &said)
    );

    let refused =
        portcullis.run("user update kim --phone-number 021 --website http://a.example --birthdate 1.4.1987", "");
    let problems = text(&refused.stderr);
    assert!(["phone_number: ", "website: ", "birthdate: "].iter().all(|it| problems.contains(it)), "{problems}");
    assert_eq!(portcullis.json("user show kim", ""), said, "nothing was saved");
}

#[test]
fn the_claims_that_users_may_change_are_those_of_the_table() {
    let of_table = FIELDS.iter().map(Field::claim).collect::<BTreeSet<_>>();
    assert_eq!(EditableClaims::ALL.into_iter().collect::<BTreeSet<_>>(), of_table);
}

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.md");
const START: &str = "<!-- The table of the profile: written by the test `the_document_has_the_whole_profile`. -->\n";
const END: &str = "<!-- The end of the table. -->";

/// With `WRITE_DOCUMENTS=1` it writes the table anew.
#[test]
fn the_document_has_the_whole_profile() {
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(START).unwrap();
    let (written, after) = rest.split_once(END).unwrap();

    let title = "| Claim | What it is | Value | Scope | Option |\n| --- | --- | --- | --- | --- |\n";
    let row = |field: &Field| {
        let (name, option) = (field.name, field.option);
        let scope = scope_of(field.claim()).unwrap();
        format!("| `{name}` | {} | {} | `{scope}` | `--{option}` |\n", field.meaning, value(field.kind))
    };
    let table = FIELDS.iter().map(row).fold(title.to_owned(), |table, row| table + &row);

    if env::var_os("WRITE_DOCUMENTS").is_some() {
        fs::write(DOCUMENT, format!("{before}{START}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(written, table, "run this test with WRITE_DOCUMENTS=1");
    }
}

fn value(kind: Kind) -> String {
    match kind {
        Kind::Words { most } => format!("text of at most {most} characters"),
        Kind::Lines { most } => format!("lines of at most {most} characters"),
        Kind::Link => "`https` URL without a user name, at most 1000 characters".to_owned(),
        Kind::Date => "`YYYY-MM-DD`, `0000-MM-DD` or `YYYY`, not in the future".to_owned(),
        Kind::TimeZone => "`Area/Location`, or `UTC`".to_owned(),
        Kind::Locale => "language tag (BCP 47)".to_owned(),
        Kind::Phone => "`+` and 5 to 15 digits (E.164); spaces and hyphens are left out".to_owned(),
    }
}
