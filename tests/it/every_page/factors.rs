//! The pages about passkeys, apps and recovery codes.

use portcullis::{
    authentication::totp::{Begun, QrCode},
    console::users,
    language::Language,
    pages::{
        account::factors::{FactorPage, FactorRow, Factors, app::AddApp, codes::RecoveryCodes, passkey::AddPasskey},
        enrol::{Enrol, Enrolled},
        second_factor::SecondFactor,
    },
    web::{
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};
use time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::samples::{HOSTILE, Sample, UUID, done, looks, moment, sample};

pub fn all() -> Vec<Sample> {
    let mut pages = Vec::from(Language::ALL.map(list));
    let shell = shell(Language::En);
    let none = Factors { shell: &shell, notices: vec![], factors: vec![], has_room: false, codes: None };
    pages.extend([
        sample("factors-none", &none),
        sample("factor", &FactorPage { shell: &shell, id: UUID, name: HOSTILE, typed: HOSTILE, errors: &NO_ERRORS }),
        sample(
            "factor-needed",
            &FactorPage { shell: &shell, id: UUID, name: "Key", typed: "", errors: &wrong("remove") },
        ),
        sample("factor-app", &AddApp { shell: &shell, begun: None, name: HOSTILE, errors: &wrong("name") }),
        sample(
            "factor-app-begun",
            &AddApp { shell: &shell, begun: Some(begun()), name: HOSTILE, errors: &wrong("code") },
        ),
        sample("factor-passkey", &passkey(&shell, Some(format!("{{\"publicKey\": {HOSTILE:?}}}")))),
        sample("factor-passkey-nowhere", &passkey(&shell, None)),
        sample("recovery-codes", &RecoveryCodes { shell: &shell, codes: vec![secret("01KD-5N8W-XZ10-7RTA"); 10] }),
    ]);
    pages.extend(Language::ALL.into_iter().flat_map(on_the_way));
    pages
}

/// What the page of a user in the console shows.
pub fn of_a_user() -> Vec<users::FactorRow> {
    vec![users::FactorRow {
        name: HOSTILE.into(),
        kind: "Passkey",
        added: moment(Duration::days(-80)),
        used: Some(moment(Duration::hours(-3))),
    }]
}

fn shell(language: Language) -> Shell {
    Shell::with_looks(looks("Example Health"), language, Some("alice"))
}

fn list(language: Language) -> Sample {
    let row = |kind, used| FactorRow {
        id: UUID.into(),
        name: HOSTILE.into(),
        kind,
        added: moment(Duration::days(-80)),
        used,
    };
    let content = Factors {
        shell: &shell(language),
        notices: done("It is added."),
        factors: vec![row("factors-app", None), row("factors-passkey", Some(moment(Duration::hours(-3))))],
        has_room: true,
        codes: Some((9, moment(Duration::days(-3)))),
    };
    sample("factors", &content)
}

/// What stands between a password and where it was to lead.
fn on_the_way(language: Language) -> [Sample; 6] {
    let shell = &Shell::with_looks(looks(HOSTILE), language, None);
    let options = || Some(format!("{{\"publicKey\": {HOSTILE:?}}}"));
    let enrol = |phishing_resistant, begun, errors| Enrol {
        shell,
        action: "/enrol/x",
        application: Some(HOSTILE),
        phishing_resistant,
        options: options(),
        begun,
        errors,
    };
    let second = |by_code, options, errors| SecondFactor {
        shell,
        action: "/second-factor/x",
        person: HOSTILE,
        application: Some(HOSTILE),
        by_app: by_code,
        by_recovery_code: by_code,
        options,
        errors,
    };
    let codes = [secret("01KD-5N8W-XZ10-7RTA"), secret("01KD-5N8W-XZ10-7RTB")];
    [
        sample("enrol", &enrol(false, None, &NO_ERRORS)),
        sample("enrol-app", &enrol(false, Some(begun()), &wrong("code"))),
        sample("enrol-passkey", &enrol(true, None, &NO_ERRORS)),
        sample("enrolled", &Enrolled { shell, codes: codes.to_vec(), action: "/enrol" }),
        sample("second-factor", &second(true, options(), &wrong("code"))),
        sample("second-factor-passkey", &second(false, options(), &NO_ERRORS)),
    ]
}

fn passkey(shell: &Shell, options: Option<String>) -> AddPasskey<'_> {
    AddPasskey { shell, options, name: HOSTILE, errors: &NO_ERRORS }
}

fn begun() -> Begun {
    Begun {
        factor_id: Uuid::nil(),
        name: HOSTILE.into(),
        uri: secret("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ&issuer=a"),
        qr_code: QrCode { side: 21, path: secret("M0 0h1v1h-1z") },
        secret: secret("GEZD GNBV GY3T QOJQ"),
    }
}

fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.into())
}

fn wrong(field: &'static str) -> FormErrors {
    let mut errors = FormErrors::default();
    errors.add(field, "Something is wrong here.");
    errors
}
