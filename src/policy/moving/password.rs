//! The hash of a password that another server made.
//!
//! It is kept inside a hash of ours, so that whoever reads the database learns nothing that is easier to try than our own, and
//! until its user has signed in once.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

/// The most iterations of PBKDF2 that are taken: more than anybody recommends, and a second of work.
pub const MOST_ITERATIONS: u32 = 1_500_000;
/// The most memory that argon2id may ask for, in KiB.
pub const MOST_MEMORY: u32 = 65_536;
/// The most passes and lanes of argon2id.
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 4;

/// How a password was made into bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// PBKDF2 (RFC 8018 §5.2) with the HMAC of this digest.
    Pbkdf2(Digest, u32),
    /// argon2id, version 1.3 (RFC 9106): memory in KiB, passes, lanes.
    Argon2id(u32, u32, u32),
}

/// The digests of PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

/// How the bytes come about: all of a foreign hash but the bytes themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// What is done.
    pub function: Function,
    /// With this salt.
    pub salt: Vec<u8>,
    /// So many bytes come out.
    pub length: usize,
}

/// A password's hash, as another server kept it.
pub struct ForeignPassword {
    /// How it was made.
    pub recipe: Recipe,
    /// What came out.
    pub output: Vec<u8>,
}

/// Why a foreign hash is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// None of those that we can do.
    #[error("it is hashed by neither PBKDF2 nor argon2id")]
    Function,
    /// It would take too long, or too much memory, whenever somebody tries it.
    #[error("it takes more iterations or memory than is allowed here")]
    Costly,
    /// Salt or hash are too short or too long.
    #[error("its salt or its hash is not of a usual length")]
    Length,
}

impl Recipe {
    /// Whether we would work it out.
    ///
    /// # Errors
    /// [`NotTaken`]
    pub fn check(&self) -> Result<(), NotTaken> {
        let is_bounded = match self.function {
            Function::Pbkdf2(_, iterations) => (1..=MOST_ITERATIONS).contains(&iterations),
            Function::Argon2id(memory, passes, lanes) => {
                (8 * lanes.max(1)..=MOST_MEMORY).contains(&memory)
                    && (1..=MOST_PASSES).contains(&passes)
                    && (1..=MOST_LANES).contains(&lanes)
            }
        };
        if !is_bounded {
            return Err(NotTaken::Costly);
        }
        let is_usual = (8..=64).contains(&self.salt.len()) && (16..=64).contains(&self.length);
        if is_usual { Ok(()) } else { Err(NotTaken::Length) }
    }
}

impl Digest {
    const ALL: [(Self, &str); 3] =
        [(Self::Sha1, "pbkdf2-sha1"), (Self::Sha256, "pbkdf2-sha256"), (Self::Sha512, "pbkdf2-sha512")];

    /// The digest of this name in the text form.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, own)| *own == name).map(|(digest, _)| digest)
    }

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(digest, _)| *digest == self).map_or("", |(_, name)| name)
    }
}

/// The text that the database keeps: `pbkdf2-sha512,i=210000,l=64$SALT`, `argon2id,m=7168,t=5,p=1,l=32$SALT`.
impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            Function::Pbkdf2(digest, iterations) => write!(f, "{},i={iterations}", digest.name())?,
            Function::Argon2id(m, t, p) => write!(f, "argon2id,m={m},t={t},p={p}")?,
        }
        write!(f, ",l={}${}", self.length, STANDARD_NO_PAD.encode(&self.salt))
    }
}

/// The text is no recipe that we would work out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no recipe of a password's hash")]
pub struct NoRecipe;

impl FromStr for Recipe {
    type Err = NoRecipe;

    fn from_str(text: &str) -> Result<Self, NoRecipe> {
        let (costs, salt) = text.split_once('$').ok_or(NoRecipe)?;
        let mut costs = costs.split(',');
        let name = costs.next().unwrap_or_default();
        let mut number = |label: &str| {
            let text = costs.next().and_then(|part| part.strip_prefix(label)?.strip_prefix('=')).ok_or(NoRecipe)?;
            text.parse::<u32>().map_err(|_| NoRecipe)
        };
        let function = match Digest::named(name) {
            Some(digest) => Function::Pbkdf2(digest, number("i")?),
            None if name == "argon2id" => Function::Argon2id(number("m")?, number("t")?, number("p")?),
            None => return Err(NoRecipe),
        };
        let length = number("l")? as usize;
        let recipe = Self { function, salt: STANDARD_NO_PAD.decode(salt).map_err(|_| NoRecipe)?, length };
        recipe.check().map_err(|_| NoRecipe)?;
        Ok(recipe)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_recipe() -> impl Strategy<Value = Recipe> {
        let pbkdf2 = (0..3_usize, 1..=MOST_ITERATIONS).prop_map(|(n, i)| Function::Pbkdf2(Digest::ALL[n].0, i));
        let argon2id = (8 * MOST_LANES..=MOST_MEMORY, 1..=MOST_PASSES, 1..=MOST_LANES)
            .prop_map(|(m, t, p)| Function::Argon2id(m, t, p));
        let salt = proptest::collection::vec(any::<u8>(), 8..=64);
        (prop_oneof![pbkdf2, argon2id], salt, 16..=64_usize).prop_map(|(function, salt, length)| Recipe {
            function,
            salt,
            length,
        })
    }

    proptest! {
        #[test]
        fn a_recipe_is_read_as_it_was_written(recipe in any_recipe()) {
            prop_assert_eq!(recipe.to_string().parse::<Recipe>(), Ok(recipe));
        }

        #[test]
        fn nothing_else_is_read(text in "[a-z0-9,=$-]{0,60}") {
            if let Ok(recipe) = text.parse::<Recipe>() {
                prop_assert_eq!(recipe.check(), Ok(()));
            }
        }
    }

    #[test]
    fn what_would_cost_too_much_is_not_taken() {
        let salt = || vec![0; 16];
        for (function, refusal) in [
            (Function::Pbkdf2(Digest::Sha512, 210_000), None),
            (Function::Pbkdf2(Digest::Sha1, MOST_ITERATIONS + 1), Some(NotTaken::Costly)),
            (Function::Pbkdf2(Digest::Sha1, 0), Some(NotTaken::Costly)),
            (Function::Argon2id(7_168, 5, 1), None),
            (Function::Argon2id(1_048_576, 1, 1), Some(NotTaken::Costly)),
            (Function::Argon2id(7_168, 100, 1), Some(NotTaken::Costly)),
            (Function::Argon2id(7_168, 5, 0), Some(NotTaken::Costly)),
        ] {
            assert_eq!(Recipe { function, salt: salt(), length: 32 }.check().err(), refusal, "{function:?}");
        }
        let short = Recipe { function: Function::Argon2id(7_168, 5, 1), salt: vec![0; 4], length: 32 };
        assert_eq!(short.check(), Err(NotTaken::Length));
    }
}
