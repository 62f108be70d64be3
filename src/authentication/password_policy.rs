//! Which passwords are accepted (NIST SP 800-63B-4 §3.1.1.2; LG-09): long ones that are hard to guess and that nobody has
//! lost yet. There are no rules about kinds of characters, and no password expires.

mod breaches;
mod strength;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use self::strength::Judgement;
use super::password::{self, Busy, Work};
use crate::{app::App, config::Language, model::user::User};

/// The fewest characters of a password that is all that protects an account.
pub const SHORTEST_ALONE: usize = 15;
/// The fewest characters of a password that stands beside a second factor.
pub const SHORTEST_WITH_FACTOR: usize = 8;

/// Shorter pieces of names are in every other word.
const SHORTEST_WORD: usize = 3;
/// The longest name that anybody has, in characters.
const LONGEST_WORD: usize = 254;
/// Words that are looked for in a password.
const MOST_WORDS: usize = 64;

/// Whose password it will be.
#[derive(Default)]
pub struct PasswordOwner {
    /// What people who know the user would try.
    words: Vec<String>,
    has_second_factor: bool,
}

/// A password that may protect an account. Holding one is the proof: only [`accept`] makes them.
pub struct AcceptedPassword(Zeroizing<String>);

/// Why a password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It has fewer characters than this.
    Short(usize),
    /// It has more than 1,024 bytes.
    Long,
    /// It is a common one, or made of what is known about the user or this place.
    Guessable,
    /// It is in a published list of stolen passwords.
    Breached,
}

/// Why there is no [`AcceptedPassword`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// Something is wrong with it.
    #[error("the password is not accepted")]
    Weak(Weakness),
    /// So many are being judged that this one was not.
    #[error(transparent)]
    Busy(#[from] Busy),
}

impl From<Weakness> for NotAccepted {
    fn from(weakness: Weakness) -> Self {
        Self::Weak(weakness)
    }
}

impl PasswordOwner {
    /// A user who has an account.
    #[must_use]
    pub fn of(user: &User, has_second_factor: bool) -> Self {
        let profile = &user.profile;
        let names = [&profile.name, &profile.given_name, &profile.family_name, &profile.nickname, &profile.birthdate];
        let texts = names.into_iter().flatten().chain(&user.email).chain([&user.username]);
        Self { words: texts.flat_map(|text| words(text)).take(MOST_WORDS).collect(), has_second_factor }
    }

    /// Somebody who has no account yet, and of whom only this is known.
    #[must_use]
    pub fn described_by(texts: &[&str]) -> Self {
        let words = texts.iter().flat_map(|text| words(text)).take(MOST_WORDS).collect();
        Self { words, has_second_factor: false }
    }

    /// The fewest characters that their password may have.
    #[must_use]
    pub const fn shortest(&self) -> usize {
        if self.has_second_factor { SHORTEST_WITH_FACTOR } else { SHORTEST_ALONE }
    }
}

impl AcceptedPassword {
    /// Whether it protects an account only beside a second factor.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.0.chars().count() < SHORTEST_ALONE
    }

    /// The hash for the database.
    ///
    /// # Errors
    /// [`Busy`]
    pub async fn hash(&self) -> Result<String, Busy> {
        password::hash(&self.0).await
    }
}

impl Weakness {
    /// What to tell the user.
    #[must_use]
    pub fn message(self, language: Language) -> String {
        match self {
            Self::Short(least) => language.text_with("password-too-short", &[("least", least)]),
            Self::Long => language.text("password-too-long").into_owned(),
            Self::Guessable => language.text("password-guessable").into_owned(),
            Self::Breached => language.text("password-breached").into_owned(),
        }
    }
}

/// Accepts a password, or says what is wrong with it. A list of stolen passwords that does not answer in time counts for
/// nothing: nobody is kept out because another server is down.
///
/// # Errors
/// [`NotAccepted`]
pub async fn accept(app: &App, text: &str, owner: &PasswordOwner) -> Result<AcceptedPassword, NotAccepted> {
    if text.len() > password::LONGEST_TYPED {
        return Err(Weakness::Long.into());
    }
    let password = Zeroizing::new(text.nfc().collect::<String>());
    measure(&password, owner)?;
    let mut known = owner.words.clone();
    known.extend(words(&app.settings.name).chain(words(app.settings.issuer.authority())));
    if !judge(app, password.clone(), known).await?.is_strong {
        return Err(Weakness::Guessable.into());
    }
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    if breaches::has(app, sha1.as_ref()).await {
        return Err(Weakness::Breached.into());
    }
    Ok(AcceptedPassword(password))
}

fn measure(password: &str, owner: &PasswordOwner) -> Result<(), Weakness> {
    if password.chars().count() < owner.shortest() {
        return Err(Weakness::Short(owner.shortest()));
    }
    if password.len() > password::LONGEST { Err(Weakness::Long) } else { Ok(()) }
}

/// Judging takes milliseconds, and much more if somebody wants it to: so it has its place among the hashes.
async fn judge(app: &App, password: Zeroizing<String>, known: Vec<String>) -> Result<Judgement, Busy> {
    let place = password::place(Work::Judge).await?;
    let judgement = place.run(move |_| strength::judge(&password, &known)).await?;
    app.tally("new_passwords.judgements");
    Ok(judgement.unwrap_or(Judgement { is_strong: false, pieces: 0 })) // a password that breaks the judge is none
}

/// A text and its words, but for those that are too short to give anything away.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let all = std::iter::once(text).chain(text.split(|c: char| !c.is_alphanumeric()));
    all.filter(|word| (SHORTEST_WORD..=LONGEST_WORD).contains(&word.chars().count())).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(has_second_factor: bool) -> PasswordOwner {
        PasswordOwner {
            has_second_factor,
            ..PasswordOwner::described_by(&["alice", "alice.liddell@people.example", "Alice Liddell"])
        }
    }

    #[test]
    fn a_password_is_long_enough_for_what_stands_beside_it() {
        for (password, factor, refusal) in [
            ("x".repeat(14), false, Some(Weakness::Short(15))),
            ("x".repeat(15), false, None),
            ("é".repeat(7), true, Some(Weakness::Short(8))),
            ("é".repeat(8), true, None),
            ("é".repeat(512), false, None),
            ("é".repeat(513), false, Some(Weakness::Long)),
        ] {
            assert_eq!(measure(&password, &owner(factor)).err(), refusal, "{} characters", password.chars().count());
        }
    }

    /// D13: a name that somebody gives costs no more than a name.
    #[test]
    fn d13_what_is_known_about_a_person_is_bounded() {
        let endless = "abc ".repeat(10_000);

        let known = PasswordOwner::described_by(&["alice", &endless]).words;

        assert_eq!((known.len(), known[0].as_str()), (MOST_WORDS, "alice"));
        assert!(known.iter().all(|word| word.chars().count() <= LONGEST_WORD));
        let nameless = PasswordOwner::described_by(&["", "al", "a b"]).words;
        assert!(strength::judge("correct horse battery", &nameless).is_strong, "{nameless:?}");
    }
}
