//! Passwords as other servers hash them.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use zeroize::Zeroizing;

use super::{Memory, argon2id_into};
use crate::policy::moving::password::{Digest, Function, Recipe};

/// What comes out. `None`: the parameters are refused.
pub(super) fn work_out(recipe: &Recipe, password: &[u8], memory: &mut Memory) -> Option<Zeroizing<Vec<u8>>> {
    let Recipe { function, salt, length } = recipe;
    let mut output = Zeroizing::new(vec![0; *length]);
    match *function {
        Function::Pbkdf2(digest, iterations) => {
            let algorithm = match digest {
                Digest::Sha1 => PBKDF2_HMAC_SHA1,
                Digest::Sha256 => PBKDF2_HMAC_SHA256,
                Digest::Sha512 => PBKDF2_HMAC_SHA512,
            };
            pbkdf2::derive(algorithm, NonZeroU32::new(iterations)?, salt, password, &mut output);
        }
        Function::Argon2id(m, t, p) => argon2id_into(&mut output, password, salt, (m, t, p), memory)?,
    }
    Some(output)
}
