//! Every page, rendered with what an attacker would register, and held to what all pages promise.

mod access;
mod factors;
mod life;
mod lists;
mod people;
mod samples;
mod sign_in_test;
mod soundness;
mod why;

use samples::{Sample, all};

#[test]
fn every_page_is_well_formed() {
    for page in all() {
        soundness::check(page.name, &page.html);
    }
}

/// SH-15, AZ-07, RU-18
#[test]
fn hostile_text_stays_text() {
    for page in all() {
        let Sample { name, html } = &page;
        assert!(!html.contains("<img src=x"), "{name} lets markup through");
        assert!(!html.contains("\" onfocus="), "{name} lets an attribute through");
        for (at, _) in html.match_indices("href=\"") {
            let url = &html[at + "href=\"".len()..];
            assert!(!url.starts_with("javascript:"), "{name} links to a script");
        }
    }
    assert!(all().iter().any(|page| page.html.contains("&#60;img src=x")), "the samples do not try");
}

/// The elements by which programs find their way (the pages' contract with browsers driven by programs).
#[test]
fn programs_find_their_way() {
    for (name, elements) in [
        ("sign-in", &["<form id=\"sign-in\"", "name=\"username\"", "name=\"password\"", "name=\"cancel\""][..]),
        ("consent", &["<form id=\"consent\"", "name=\"decision\" value=\"allow\"", "name=\"decision\" value=\"deny\""]),
        ("error", &["id=\"error\"", "id=\"error-id\""]),
        ("sign-out", &["<form id=\"sign-out\""]),
        ("signed-out", &["id=\"signed-out\""]),
        (
            "client-new",
            &[
                "<form id=\"client\"",
                "name=\"client_name\"",
                "name=\"type\" value=\"web\"",
                "name=\"redirect_uris\"",
                "name=\"scope\"",
            ],
        ),
        ("client", &["id=\"client-secret\""]),
    ] {
        let html = all().into_iter().find(|page| page.name == name).unwrap().html;
        for element in elements {
            assert!(html.contains(element), "{name} has no {element}");
        }
    }
}

#[test]
fn a_form_keeps_what_was_typed_except_passwords() {
    let html = |name| all().into_iter().find(|page| page.name == name).unwrap().html;

    let client = html("client-new");
    assert!(client.contains("<title>Error: Register client"));
    assert!(client.contains("http://app.example/callback#fragment</textarea>"));
    assert!(client.contains("value=\"records:read\" checked"));
    assert!(html("sign-in-refused").contains("value=\"alice\""));
    assert!(!html("sign-in-refused").contains("type=\"password\" value"));
}
