//! The languages that users can read.

use std::str::FromStr;

/// A language that pages and mails are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, as it is written in Britain.
    #[default]
    En,
    /// Welsh.
    Cy,
    /// Māori.
    Mi,
}

/// No page is written in that language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give en (English), cy (Welsh) or mi (Māori)")]
pub struct UnknownLanguage;

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::En, Self::Cy, Self::Mi];

    /// What its speakers call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Cy => "Cymraeg",
            Self::Mi => "Te reo Māori",
        }
    }

    /// All but this one.
    pub fn others(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |language| *language != self)
    }

    /// Its tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Cy => "cy",
            Self::Mi => "mi",
        }
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Looks a language range up (RFC 4647 §3.4): `cy-GB` is Welsh.
    fn from_str(range: &str) -> Result<Self, UnknownLanguage> {
        let primary = range.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary)).ok_or(UnknownLanguage)
    }
}
