//! The pages of signing in and out, in every language.

use portcullis::config::Language;
use portcullis::pages::accessibility::Accessibility;
use portcullis::pages::consent::{Application, AskedScopes, Consent, OwnWords};
use portcullis::pages::home::Home;
use portcullis::pages::sign_in::SignIn;
use portcullis::pages::signed_out::{Next, SignOut, SignedOut};
use portcullis::web::authorization_answer::FormPost;
use portcullis::web::error_page::{ErrorPage, Turn};
use portcullis::web::looks::Looks;
use portcullis::web::page::Shell;
use portcullis::web::view::{FormErrors, NO_ERRORS, openid_scope};

use super::samples::{HOSTILE, Sample, UUID, looks, sample};

pub fn all() -> Vec<Sample> {
    Language::ALL.into_iter().flat_map(in_language).collect()
}

fn in_language(language: Language) -> Vec<Sample> {
    let shell = Shell::with_looks(looks("Example Health"), language, Some("alice"));
    let plain = Looks { name: "Portcullis".to_owned(), ..Looks::default() };
    let nobody = Shell::with_looks(plain, language, None);
    let mut pages = signing_in(&shell);
    pages.extend([
        sample("consent", &consent(&shell, "Appointments")),
        sample("form-post", &form_post(&shell)),
        sample("consent-test", &Consent { tested_by: Some(HOSTILE), ..consent(&shell, "Appointments") }),
        sample("consent-hostile", &consent(&shell, HOSTILE)),
        sample("consent-own-words", &of_its_own_words(&shell, None)),
        sample("consent-own-words-elsewhere", &of_its_own_words(&shell, Some("app.example".to_owned()))),
        sample("error", &error(&shell, Turn::Developer, Some("javascript:alert(1)//\"><img src=x onerror=alert(1)>"))),
        sample("error-ours", &error(&shell, Turn::Us, None)),
        sample("home", &Home { shell: &shell, issuer: "https://login.example.com", playground: true }),
        sample("home-nobody", &Home { shell: &nobody, issuer: "http://localhost:8080", playground: false }),
        sample("accessibility", &Accessibility { shell: &shell, support: Some("mailto:help@health.example") }),
        sample("sign-out", &sign_out(&shell)),
        sample("signed-out", &SignedOut { shell: &shell, again: "/sign-in", frames: vec![], next: None }),
        sample("signed-out-frames", &signed_out(&shell)),
    ]);
    pages
}

fn signing_in(shell: &Shell) -> Vec<Sample> {
    let mut refused = FormErrors::default();
    refused.add("username", shell.text("sign-in-wrong"));
    let sign_in = SignIn {
        shell,
        action: "/sign-in/1",
        console: false,
        application: Some("Appointments"),
        username: "",
        errors: &NO_ERRORS,
        registration: true,
    };
    vec![
        sample("sign-in", &sign_in),
        sample("sign-in-hostile", &SignIn { application: Some(HOSTILE), username: HOSTILE, ..sign_in }),
        sample("sign-in-refused", &SignIn { errors: &refused, username: "alice", application: None, ..sign_in }),
        sample("console-sign-in", &SignIn { console: true, application: None, ..sign_in }),
    ]
}

fn form_post(shell: &Shell) -> FormPost<'_> {
    let redirect_uri = "https://app.example/callback?a='&b=\"";
    FormPost { shell, application: HOSTILE, redirect_uri, parameters: vec![("state", HOSTILE.to_owned())] }
}

fn consent<'a>(shell: &'a Shell, name: &'a str) -> Consent<'a> {
    let words = |name| openid_scope(shell.language(), name).unwrap().into_owned();
    Consent {
        shell,
        action: "/consent/1",
        application: Application {
            name,
            home_page: Some("https://app.example/"),
            policy: Some("https://app.example/privacy"),
            terms: None,
            own_words: None,
            asks_each_time: false,
        },
        person: "alice",
        tested_by: None,
        scopes: vec![
            AskedScopes { api: String::new(), descriptions: vec![words("openid"), words("profile")] },
            AskedScopes { api: "Records".into(), descriptions: vec!["See your records".into(), HOSTILE.into()] },
        ],
        shown: HOSTILE.into(),
    }
}

/// An application that describes itself.
fn of_its_own_words(shell: &Shell, leads_to: Option<String>) -> Consent<'_> {
    let mut page = consent(shell, "Appointments");
    (page.application.home_page, page.application.policy) = (None, None);
    page.application.own_words = Some(OwnWords { host: "agents.example.org".to_owned(), leads_to });
    page.application.asks_each_time = true;
    page
}

fn error<'a>(shell: &'a Shell, turn: Turn, detail: Option<&'a str>) -> ErrorPage<'a> {
    let what = "The address to return to is not registered for the application.";
    ErrorPage { shell, heading: "This sign-in cannot begin", what, detail, turn, id: UUID }
}

fn sign_out(shell: &Shell) -> SignOut<'_> {
    SignOut {
        shell,
        action: "/oauth2/end-session",
        person: "alice",
        application: Some(HOSTILE),
        parameters: vec![("state", HOSTILE)],
    }
}

fn signed_out(shell: &Shell) -> SignedOut<'_> {
    SignedOut {
        shell,
        again: "/sign-in",
        frames: vec!["https://app.example/signed-out?sid=1".into()],
        next: Some(Next { application: HOSTILE, uri: "https://app.example/".into() }),
    }
}
