//! Codes of authenticator apps (RFC 6238): SHA-1, 6 digits, 30 seconds, because most apps understand nothing else.
//!
//! A code counts once: the newest step used is kept with the factor and only ever rises (LG-14). A step before or after
//! now is allowed for clocks that go wrong (LG-15).

mod qr_code;

use std::ops::RangeInclusive;

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use totp_rs::Totp;
use uuid::Uuid;
use zeroize::Zeroizing;

pub use qr_code::QrCode;

use super::factor_change::{self, Owner};
use crate::{
    app::{Actor, App, InternalError},
    clock::time_ordered_id,
    keys::SealContext,
    model::user::User,
    policy::event::Event,
    registry::ChangeError,
    secret::random_bytes,
    store::{
        factors::FactorKind,
        pool,
        totp_factors::{self, TotpFactor},
    },
};

/// Seconds of a step.
const STEP: i64 = 30;
/// How many steps a clock may be off.
const SKEW: i64 = 1;
/// Characters of a name that an app is shown.
const LONGEST_LABEL: usize = 40;

/// An app that was begun, with what it needs to learn.
pub struct Begun {
    /// Its id.
    pub factor_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// The `otpauth:` URI, for an app on this device.
    pub uri: Zeroizing<String>,
    /// The same as a picture, for an app on another.
    pub qr_code: QrCode,
    /// The secret in base32, in groups of four, for typing.
    pub secret: Zeroizing<String>,
}

/// Makes a secret for an app. It counts for nothing until it is confirmed by a code; what was begun before is forgotten.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn begin(owner: &Owner<'_>, name: &str) -> Result<Begun, ChangeError> {
    let Owner { app, user, by, now } = *owner;
    let secret = Zeroizing::new(random_bytes::<20>());
    let factor_id = time_ordered_id(now);
    let sealed = app.master_key().seal(&seal_context(&factor_id.to_string()), &*secret).map_err(InternalError::bug)?;
    let factor = TotpFactor { factor_id, name: name.to_owned(), secret: sealed, last_step: -1 };
    let mut tx = factor_change::begin_change(owner).await?;
    totp_factors::begin(&mut tx, user.user_id, &factor, by.session_id(), now).await?;
    tx.commit().await?;
    Ok(shown(app, user, factor, *secret)?)
}

/// Gives a user an app with this secret (20 bytes in base32), which counts at once: for accounts that are made with all
/// they need.
///
/// # Errors
/// The database refused, or the secret is not of this form.
pub async fn give(app: &App, user_id: Uuid, name: &str, secret: &str) -> Result<(), InternalError> {
    let secret = totp_rs::Secret::try_from_base32(secret).map_err(InternalError::bug)?;
    let secret = Zeroizing::new(<[u8; 20]>::try_from(secret.as_ref()).map_err(InternalError::bug)?);
    let mut tx = pool::begin(&app.db).await?;
    give_within(app, &mut tx, &Actor::system(), (user_id, name), &secret).await?;
    Ok(tx.commit().await?)
}

/// The same with the secret itself, together with what else a transaction does.
///
/// # Errors
/// The database refused.
pub async fn give_within(
    app: &App,
    tx: &mut PgConnection,
    by: &Actor,
    (user_id, name): (Uuid, &str),
    secret: &[u8; 20],
) -> Result<(), InternalError> {
    let now = app.clock.now();
    let factor_id = time_ordered_id(now);
    let sealed = app.master_key().seal(&seal_context(&factor_id.to_string()), secret).map_err(InternalError::bug)?;
    let event = app.event(Event::FactorAdded, by, now).about_user(user_id);
    let after = json!({"kind": FactorKind::Totp.as_str(), "name": name});
    let factor = TotpFactor { factor_id, name: name.to_owned(), secret: sealed, last_step: -1 };
    totp_factors::begin(&mut *tx, user_id, &factor, None, now).await?;
    totp_factors::confirm(&mut *tx, factor_id, -1, now).await?;
    Ok(app.write_event(tx, event.change(None, Some(after))).await?)
}

/// The app that was begun in this session and waits for its first code. What was begun in another one does not count:
/// whoever is there knows its secret.
///
/// # Errors
/// The database cannot be asked, or the secret does not open.
pub async fn begun(owner: &Owner<'_>) -> Result<Option<Begun>, InternalError> {
    let Owner { app, user, by, now } = *owner;
    let Some(session_id) = by.session_id() else { return Ok(None) };
    let Some(factor) = totp_factors::begun(&app.db, user.user_id, session_id, now).await? else { return Ok(None) };
    let secret = opened(app, &factor)?;
    shown(app, user, factor, *secret).map(Some)
}

/// Makes the app that was begun in this session count, if this is one of its codes. `false`: it is not, or nothing was begun.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn confirm(owner: &Owner<'_>, code: &str) -> Result<bool, ChangeError> {
    let Owner { app, user, by, now } = *owner;
    let Some(session_id) = by.session_id() else { return Ok(false) };
    let mut tx = factor_change::begin_change(owner).await?;
    let Some(factor) = totp_factors::begun(&mut *tx, user.user_id, session_id, now).await? else { return Ok(false) };
    let Some(step) = matching_steps(&*opened(app, &factor)?, code, -1, now).next() else { return Ok(false) };
    if !factor_change::has_room(&mut tx, owner).await?
        || !totp_factors::confirm(&mut *tx, factor.factor_id, step, now).await?
    {
        return Ok(false);
    }
    factor_change::added(owner, tx, FactorKind::Totp, &factor.name).await?;
    Ok(true)
}

/// What an app with this secret (20 bytes in base32) shows at a moment. `None`: it is no secret.
#[must_use]
pub fn code(secret: &str, now: OffsetDateTime) -> Option<String> {
    let secret = totp_rs::Secret::try_from_base32(secret).ok()?;
    let secret = Zeroizing::new(<[u8; 20]>::try_from(secret.as_ref()).ok()?);
    Some(totp(&secret).generate(now.unix_timestamp().try_into().ok()?).to_string())
}

/// Uses up a code of any of the user's apps. Says of which; `None`: it is of none, or was used before.
///
/// # Errors
/// The database refused, or a secret does not open.
pub async fn verify(
    app: &App,
    tx: &mut PgConnection,
    user_id: Uuid,
    code: &str,
    now: OffsetDateTime,
) -> Result<Option<Uuid>, InternalError> {
    for factor in totp_factors::of_user(&mut *tx, user_id).await? {
        for step in matching_steps(&*opened(app, &factor)?, code, factor.last_step, now) {
            if totp_factors::use_step(&mut *tx, factor.factor_id, step, now).await? {
                return Ok(Some(factor.factor_id));
            }
        }
    }
    Ok(None)
}

/// The steps after `last` whose code this is. Spaces do no harm; anything else that is no digit does (LG-16).
fn matching_steps(secret: &[u8; 20], code: &str, last: i64, now: OffsetDateTime) -> impl Iterator<Item = i64> {
    let digits = Zeroizing::new(code.replace(' ', ""));
    let totp = totp(secret);
    steps(now).filter(move |step| *step > last && is_code(&totp, &digits, *step))
}

fn steps(now: OffsetDateTime) -> RangeInclusive<i64> {
    let current = now.unix_timestamp() / STEP;
    current - SKEW..=current + SKEW
}

fn is_code(totp: &Totp, digits: &str, step: i64) -> bool {
    u64::try_from(step * STEP).is_ok_and(|time| totp.check(digits, time).is_some())
}

/// The algorithm with no tolerance of its own: which step a code is of must be known exactly.
fn totp(secret: &[u8; 20]) -> Totp {
    totp_rs::Builder::new().with_secret(*secret).with_skew(0).build_noncompliant()
}

fn shown(app: &App, user: &User, factor: TotpFactor, secret: [u8; 20]) -> Result<Begun, InternalError> {
    // Colons separate the two in the URI; and the longer it is, the more work the picture is, and the harder to read.
    let label =
        |text: &str| text.chars().take(LONGEST_LABEL).map(|c| if c == ':' { ' ' } else { c }).collect::<String>();
    let totp = totp_rs::Builder::new()
        .with_secret(secret)
        .with_issuer(Some(label(&app.settings.name)))
        .with_account_name(label(&user.username))
        .build()
        .map_err(InternalError::bug)?;
    let uri = Zeroizing::new(totp.to_url().map_err(InternalError::bug)?);
    let encoded = Zeroizing::new(totp.secret().to_base32());
    Ok(Begun {
        factor_id: factor.factor_id,
        name: factor.name,
        qr_code: QrCode::of(&uri)?,
        uri,
        secret: in_groups(&encoded),
    })
}

fn in_groups(encoded: &str) -> Zeroizing<String> {
    let mut groups = Zeroizing::new(String::with_capacity(2 * encoded.len()));
    for (place, letter) in encoded.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            groups.push(' ');
        }
        groups.push(letter);
    }
    groups
}

fn opened(app: &App, factor: &TotpFactor) -> Result<Zeroizing<[u8; 20]>, InternalError> {
    let row = factor.factor_id.to_string();
    let secret = app.master_key().open(&seal_context(&row), &factor.secret).map_err(InternalError::bug)?;
    let secret = <[u8; 20]>::try_from(secret.as_slice()).map_err(InternalError::bug)?;
    Ok(Zeroizing::new(secret))
}

const fn seal_context(factor_id: &str) -> SealContext<'_> {
    SealContext { table: "totp_factors", row: factor_id, purpose: "secret" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8; 20] = b"12345678901234567890";

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    fn matching(code: &str, last: i64, seconds: i64) -> Vec<i64> {
        matching_steps(SECRET, code, last, at(seconds)).collect()
    }

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(matching(code, -1, seconds), [seconds / 30], "{seconds}");
        }
    }

    #[test]
    fn lg_15_one_step_before_and_after_is_allowed_and_no_more() {
        let code_of_step_100 = totp(SECRET).generate(100 * 30).to_string();
        for (step, allowed) in [(98, false), (99, true), (100, true), (101, true), (102, false)] {
            assert_eq!(matching(&code_of_step_100, -1, step * 30 + 29) == [100], allowed, "at step {step}");
        }
        assert!(matching(&code_of_step_100, 100, 3000).is_empty(), "the step was used");
        assert_eq!(matching(&code_of_step_100, 99, 3000), [100]);
    }

    #[test]
    fn lg_16_a_code_is_six_digits_and_spaces() {
        for (code, is) in [
            ("287 082", true),
            (" 287082 ", true),
            ("2870820", false),
            ("28708", false),
            ("287-082", false),
            ("+87082", false),
            ("287\u{a0}082", false),
            ("２８７０８２", false),
            ("", false),
        ] {
            assert_eq!(!matching(code, -1, 59).is_empty(), is, "{code:?}");
        }
    }

    #[test]
    fn a_secret_is_read_in_groups_of_four() {
        assert_eq!(*in_groups("GEZDGNBVGY3T"), "GEZD GNBV GY3T");
    }
}
