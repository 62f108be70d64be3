//! Encryption at rest: what the database must not know is sealed by a key that stands outside it.

use std::str::FromStr;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::constant_time;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk};
use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// The form of what [`MasterKey::seal`] returns: this byte, the key's id, the nonce, the ciphertext with its tag.
const VERSION: u8 = 1;
const KEY_ID_LENGTH: usize = 4;
const HEADER_LENGTH: usize = 1 + KEY_ID_LENGTH;

/// Of what [`MasterKey::tag`] returns, in bytes.
const TAG_LENGTH: usize = 32;

/// The key under which secrets lie in the database: 256 bits for AES-256-GCM.
pub struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
    id: [u8; KEY_ID_LENGTH],
    /// Opens what it sealed itself, and seals nothing.
    other: Option<Box<MasterKey>>,
}

/// Where a sealed value belongs. It opens nowhere else, so that values cannot be exchanged between rows.
#[derive(Clone, Copy, Debug)]
pub struct SealContext<'a> {
    /// The table it is stored in.
    pub table: &'a str,
    /// The primary key of its row, as text.
    pub row: &'a str,
    /// What it is for, usually its column.
    pub purpose: &'a str,
}

/// The value was sealed by another key, for another place, or was changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value does not open: another master key sealed it, it belongs to another row, or it was changed")]
pub struct WrongKeyOrContext;

/// The library could not encrypt, which nothing we give it explains.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the value could not be encrypted")]
pub struct SealFailed;

/// The text is not 32 bytes in base64, base64url or hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the master key is not 32 bytes in base64, base64url or hexadecimal")]
pub struct MalformedMasterKey;

impl MasterKey {
    /// A new key from a generator that the operating system seeds.
    ///
    /// # Errors
    ///
    /// The operating system has no randomness to give.
    pub fn generate() -> Result<Self, Unspecified> {
        let mut bytes = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(bytes.as_mut_slice())?;
        Ok(Self::new(bytes))
    }

    /// The key as base64url, to be kept where the database is not.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.bytes.as_slice()))
    }

    /// The same key, that also opens what another one sealed: while one takes the place of the other.
    #[must_use]
    pub fn beside(self, other: Option<Self>) -> Self {
        Self { other: other.map(Box::new), ..self }
    }

    /// Encrypts a value for its place in the database.
    ///
    /// # Errors
    ///
    /// [`SealFailed`] if the library refuses, which is not expected.
    pub fn seal(&self, context: &SealContext<'_>, plaintext: &[u8]) -> Result<Vec<u8>, SealFailed> {
        let header = self.header();
        let mut body = plaintext.to_vec();
        let sealed = self
            .cipher()
            .and_then(|cipher| cipher.seal_in_place_append_tag(Aad::from(context.bind(header)), &mut body));
        let nonce = sealed.map_err(|Unspecified| SealFailed)?;
        Ok([&header[..], nonce.as_ref(), &body].concat())
    }

    /// Decrypts a value that was sealed for this place.
    ///
    /// # Errors
    ///
    /// [`WrongKeyOrContext`], without saying which.
    pub fn open(&self, context: &SealContext<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, WrongKeyOrContext> {
        let (header, rest) = sealed.split_first_chunk().ok_or(WrongKeyOrContext)?;
        if *header != self.header() {
            return self.other.as_ref().ok_or(WrongKeyOrContext)?.open(context, sealed);
        }
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(WrongKeyOrContext)?;
        let mut body = Zeroizing::new(body.to_vec());
        let opened = self.cipher().and_then(|cipher| {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let aad = Aad::from(context.bind(*header));
            cipher.open_in_place(nonce, aad, &mut body).map(|plaintext| plaintext.len())
        });
        body.truncate(opened.map_err(|Unspecified| WrongKeyOrContext)?);
        Ok(body)
    }

    /// What only who has this key can say about a message: for what we give away, keep nowhere, and want to know again. A tag
    /// of one purpose is none of another, and nothing of the key that seals can be learned from it (HKDF, RFC 5869 §2.3).
    ///
    /// # Errors
    ///
    /// The library refuses, which is not expected.
    pub fn tag(&self, purpose: &str, message: &[u8]) -> Result<[u8; TAG_LENGTH], Unspecified> {
        let mut tag = [0; TAG_LENGTH];
        let length = (purpose.len() as u64).to_be_bytes();
        let info = [b"portcullis tag:".as_slice(), &length, purpose.as_bytes(), message];
        Prk::new_less_safe(HKDF_SHA256, self.bytes.as_slice()).expand(&info, HKDF_SHA256)?.fill(&mut tag)?;
        Ok(tag)
    }

    /// Whether a tag is ours: this key made it, or the one that it stands beside. Each looks at all of it.
    #[must_use]
    pub fn has_tagged(&self, purpose: &str, message: &[u8], tag: &[u8]) -> bool {
        let own = self.tag(purpose, message);
        own.is_ok_and(|own| constant_time::verify_slices_are_equal(&own, tag).is_ok())
            || self.other.as_ref().is_some_and(|other| other.has_tagged(purpose, message, tag))
    }

    fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let hash = digest(&SHA256, &[b"portcullis master key id:", bytes.as_slice()].concat());
        let mut id = [0; KEY_ID_LENGTH];
        id.copy_from_slice(&hash.as_ref()[..KEY_ID_LENGTH]);
        Self { bytes, id, other: None }
    }

    /// What stands before every value that it seals. The id tells keys apart while one takes the place of another.
    #[must_use]
    pub fn header(&self) -> [u8; HEADER_LENGTH] {
        let [a, b, c, d] = self.id;
        [VERSION, a, b, c, d]
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, Unspecified> {
        RandomizedNonceKey::new(&AES_256_GCM, self.bytes.as_slice())
    }
}

impl SealContext<'_> {
    /// The additional data of the encryption: each part behind its length, so that no two contexts read the same.
    fn bind(&self, header: [u8; HEADER_LENGTH]) -> Vec<u8> {
        let mut bound = header.to_vec();
        for part in [self.table, self.row, self.purpose] {
            bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bound.extend_from_slice(part.as_bytes());
        }
        bound
    }
}

impl FromStr for MasterKey {
    type Err = MalformedMasterKey;

    /// Reads base64, base64url (padded or not) or hexadecimal; a file's last line feed does no harm.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let decoded = if text.len() == 64 { from_hex(text) } else { from_base64(text) };
        let decoded = decoded.ok_or(MalformedMasterKey)?;

        let mut bytes = Zeroizing::new([0; 32]);
        if decoded.len() != bytes.len() {
            return Err(MalformedMasterKey);
        }
        bytes.copy_from_slice(&decoded);
        Ok(Self::new(bytes))
    }
}

fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for pair in text.as_bytes().chunks_exact(2) {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        decoded.push(digit(pair[0])? << 4 | digit(pair[1])?);
    }
    Some(decoded)
}

fn from_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let decode = |alphabet: &Alphabet| {
        let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        GeneralPurpose::new(alphabet, config).decode(text).ok()
    };
    decode(&URL_SAFE).or_else(|| decode(&STANDARD)).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: SealContext<'_> = SealContext { table: "signing_keys", row: "k1", purpose: "private_key" };

    fn master_key() -> MasterKey {
        MasterKey::generate().unwrap()
    }

    #[test]
    fn a_sealed_value_opens_where_it_belongs_and_nowhere_else() {
        let key = master_key();
        let sealed = key.seal(&HERE, b"secret").unwrap();

        assert_eq!(key.open(&HERE, &sealed).unwrap().as_slice(), b"secret");

        // CR-03: the row, the table and the purpose are bound, and their borders too.
        for elsewhere in [
            SealContext { row: "k2", ..HERE },
            SealContext { table: "totp", ..HERE },
            SealContext { purpose: "public_key", ..HERE },
            SealContext { table: "signing_key", row: "sk1", ..HERE },
            SealContext { row: "k1p", purpose: "rivate_key", ..HERE },
        ] {
            assert_eq!(key.open(&elsewhere, &sealed).err(), Some(WrongKeyOrContext), "{elsewhere:?}");
        }
        assert_eq!(master_key().open(&HERE, &sealed).err(), Some(WrongKeyOrContext));
    }

    #[test]
    fn cr_04_beside_another_key_it_opens_what_that_one_sealed() {
        let (old, new) = (master_key(), master_key());
        let (by_old, by_new) = (old.seal(&HERE, b"secret").unwrap(), new.seal(&HERE, b"secret").unwrap());
        let new = new.beside(Some(old));

        for sealed in [&by_old, &by_new] {
            assert_eq!(new.open(&HERE, sealed).unwrap().as_slice(), b"secret");
            assert!(new.open(&SealContext { row: "k2", ..HERE }, sealed).is_err());
        }
        let anew = new.seal(&HERE, b"secret").unwrap();
        assert!(
            anew.starts_with(&new.header()) && by_new.starts_with(&new.header()) && !by_old.starts_with(&new.header())
        );
    }

    #[test]
    fn a_tag_is_of_one_key_one_purpose_and_one_message() {
        let (old, new) = (master_key(), master_key());
        let (by_old, by_new) = (old.tag("nonce", b"1").unwrap(), new.tag("nonce", b"1").unwrap());
        assert!(by_old != by_new && by_old != [0; 32]);

        for (purpose, message) in [("nonce", &b"2"[..]), ("nonc", b"e1"), ("nonce1", b""), ("", b"nonce1")] {
            assert!(!new.has_tagged(purpose, message, &by_new), "{purpose} {message:?}");
        }
        assert!(new.has_tagged("nonce", b"1", &by_new) && !new.has_tagged("nonce", b"1", &by_old));
        assert!(!new.has_tagged("nonce", b"1", &by_new[1..]) && !new.has_tagged("nonce", b"1", b""));
        let new = new.beside(Some(old));
        assert!(new.has_tagged("nonce", b"1", &by_old) && new.has_tagged("nonce", b"1", &by_new));
        assert_eq!(new.tag("nonce", b"1").unwrap(), by_new);
    }

    #[test]
    fn a_changed_or_cut_value_does_not_open() {
        let key = master_key();
        let sealed = key.seal(&HERE, b"secret").unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(key.open(&HERE, &changed).is_err(), "byte {index}");
            assert!(key.open(&HERE, &sealed[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn sealing_twice_gives_two_values_that_both_hide_the_secret() {
        let key = master_key();
        let (one, two) = (key.seal(&HERE, b"secret").unwrap(), key.seal(&HERE, b"secret").unwrap());
        assert_ne!(one, two);
        assert!(!one.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn a_key_is_read_in_every_form_it_is_written_in() {
        let key = MasterKey::new(Zeroizing::new([0xfb; 32]));
        for text in [
            key.to_text().as_str(),
            &format!("{}\n", *key.to_text()),
            &format!("{}=\r\n", *key.to_text()),
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=",
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s",
            &"fb".repeat(32),
            &"FB".repeat(32),
        ] {
            assert!(text.parse::<MasterKey>().is_ok_and(|read| read.bytes == key.bytes), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_32_bytes_is_no_key() {
        let text = master_key().to_text();
        for malformed in [
            "",
            "secret",
            &text[1..],
            &format!("{}A", *text),
            &format!("{}\n\n", *text),
            &format!(" {}", *text),
            &"fb".repeat(31),
            &"xy".repeat(32),
            &"é".repeat(32),
        ] {
            assert!(malformed.parse::<MasterKey>().is_err(), "{malformed:?}");
        }
    }
}
