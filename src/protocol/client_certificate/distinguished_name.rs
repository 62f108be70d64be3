//! Distinguished names: as certificates have them, and as people write them ([RFC 4514]).
//!
//! They are the same if each part is: as many, in the same order, of the same type and with the same text, letter by letter.
//! What reads more into a name, or less, has let strangers in (MT-03).
//!
//! [RFC 4514]: https://www.rfc-editor.org/rfc/rfc4514

use std::fmt;
use std::str::FromStr;

/// The types with a name that people write (RFC 4514 §3, RFC 4519 §2, RFC 2985 §5.2.1), each with its object identifier. Of
/// two names of one type we write the first.
const TYPES: [(&str, &str); 24] = [
    ("CN", "2.5.4.3"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("C", "2.5.4.6"),
    ("STREET", "2.5.4.9"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("serialNumber", "2.5.4.5"),
    ("SN", "2.5.4.4"),
    ("surname", "2.5.4.4"),
    ("GN", "2.5.4.42"),
    ("givenName", "2.5.4.42"),
    ("title", "2.5.4.12"),
    ("initials", "2.5.4.43"),
    ("pseudonym", "2.5.4.65"),
    ("dnQualifier", "2.5.4.46"),
    ("postalCode", "2.5.4.17"),
    ("businessCategory", "2.5.4.15"),
    ("organizationIdentifier", "2.5.4.97"),
    ("emailAddress", "1.2.840.113549.1.9.1"),
    ("E", "1.2.840.113549.1.9.1"),
    ("jurisdictionC", "1.3.6.1.4.1.311.60.2.1.3"),
];

/// Characters of a name that is read.
const MOST_TEXT: usize = 1024;

/// The subject of a certificate: its relative names as they are encoded, what is most general first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject(pub Vec<Vec<Attribute>>);

/// A part of a relative name. Most have one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The object identifier of its type, in digits and dots.
    pub oid: String,
    /// What it says, if that is text. Text with a NUL or another control character is none (MT-03).
    pub text: Option<String>,
    /// The value as it is encoded, in DER.
    pub encoded: Vec<u8>,
}

/// A name as somebody has registered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(Vec<Vec<(String, Value)>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    /// `#` and hexadecimal digits (RFC 4514 §2.4).
    Encoded(Vec<u8>),
}

/// Why a text is no distinguished name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MalformedName {
    #[error("it is empty or longer than 1024 characters")]
    Length,
    #[error("each part needs a type, an equals sign and a value, as in CN=app.example.org,O=Example")]
    NoType,
    #[error("it has a type that we do not know: write its object identifier, in digits and dots")]
    UnknownType,
    #[error("a value is empty")]
    Empty,
    #[error(
        "a space at the beginning or the end of a value needs a \\ before it; between the parts there is a comma alone"
    )]
    Space,
    #[error("one of \" + , ; < > \\ in a value needs a \\ before it, as does # at its beginning")]
    Unescaped,
    #[error("the value after # must be an even number of hexadecimal digits")]
    NotHexadecimal,
    #[error("a value has a control character, or is not UTF-8")]
    NotText,
}

impl DistinguishedName {
    /// Whether it is the whole of this subject.
    #[must_use]
    pub fn is(&self, subject: &Subject) -> bool {
        let Self(expected) = self;
        let is_one = |(oid, value): &(String, Value), attribute: &Attribute| {
            *oid == attribute.oid
                && match value {
                    Value::Text(text) => Some(text) == attribute.text.as_ref(),
                    Value::Encoded(encoded) => *encoded == attribute.encoded,
                }
        };
        // A relative name is a set, so its parts have no order.
        let is_same = |expected: &[(String, Value)], found: &[Attribute]| {
            expected.len() == found.len()
                && expected.iter().all(|one| found.iter().any(|other| is_one(one, other)))
                && found.iter().all(|other| expected.iter().any(|one| is_one(one, other)))
        };
        expected.len() == subject.0.len()
            && expected.iter().zip(&subject.0).all(|(expected, found)| is_same(expected, found))
    }
}

impl FromStr for DistinguishedName {
    type Err = MalformedName;

    /// Reads RFC 4514 §3, where the most general name stands last.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.chars().count() > MOST_TEXT {
            return Err(MalformedName::Length);
        }
        let mut names = vec![Vec::new()];
        let mut rest = text;
        loop {
            let (name, value) = rest.split_once('=').ok_or(MalformedName::NoType)?;
            let (value, end) = value.split_at(end_of_value(value));
            if let Some(relative) = names.last_mut() {
                relative.push((oid(name)?, read_value(value)?));
            }
            match end.chars().next() {
                None => break,
                Some(',') => names.push(Vec::new()),
                Some(_) => {} // a plus: one more part of the same relative name
            }
            rest = end.get(1..).unwrap_or_default();
        }
        names.reverse();
        Ok(Self(names))
    }
}

/// Where a comma or a plus stands that has no `\` before it, or where the text ends.
fn end_of_value(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let is_end = !is_escaped && matches!(byte, b',' | b'+');
        is_escaped = !is_escaped && byte == b'\\';
        is_end
    });
    end.unwrap_or(text.len())
}

fn oid(name: &str) -> Result<String, MalformedName> {
    let known = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    if let Some((_, oid)) = known {
        return Ok((*oid).to_owned());
    }
    let is_number = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() && (part == "0" || !part.starts_with('0'))
    };
    match name {
        "" => Err(MalformedName::NoType),
        _ if name.starts_with(' ') => Err(MalformedName::Space),
        _ if name.contains('.') && name.split('.').all(is_number) => Ok(name.to_owned()),
        _ => Err(MalformedName::UnknownType),
    }
}

fn read_value(text: &str) -> Result<Value, MalformedName> {
    if let Some(digits) = text.strip_prefix('#') {
        let bytes = digits.as_bytes().chunks(2).map(|pair| hexadecimal(pair).ok_or(MalformedName::NotHexadecimal));
        let bytes = bytes.collect::<Result<Vec<_>, _>>()?;
        return if bytes.is_empty() { Err(MalformedName::Empty) } else { Ok(Value::Encoded(bytes)) };
    }
    if text.starts_with(' ') {
        return Err(MalformedName::Space);
    }
    let (mut unescaped, mut ends_with_space, mut rest) = (Vec::new(), false, text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        (ends_with_space, rest) = (first == b' ', after);
        match first {
            b'\\' => {
                let (byte, after) = escaped(after).ok_or(MalformedName::Unescaped)?;
                unescaped.push(byte);
                rest = after;
            }
            b'"' | b'+' | b',' | b';' | b'<' | b'>' => return Err(MalformedName::Unescaped),
            other => unescaped.push(other),
        }
    }
    if ends_with_space {
        return Err(MalformedName::Space);
    }
    let text = String::from_utf8(unescaped).ok().filter(|text| is_text(text)).ok_or(MalformedName::NotText)?;
    if text.is_empty() { Err(MalformedName::Empty) } else { Ok(Value::Text(text)) }
}

/// What stands behind a `\`: one of the characters that need it, or two hexadecimal digits for a byte.
fn escaped(after: &[u8]) -> Option<(u8, &[u8])> {
    match after {
        [byte, rest @ ..] if b"\\\"+,;<> #=".contains(byte) => Some((*byte, rest)),
        [high, low, rest @ ..] => Some((hexadecimal(&[*high, *low])?, rest)),
        _ => None,
    }
}

fn hexadecimal(pair: &[u8]) -> Option<u8> {
    let digits = pair.iter().all(u8::is_ascii_hexdigit) && pair.len() == 2;
    digits.then(|| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())?
}

/// Whether a text can be told from its like by who reads it.
pub(super) fn is_text(text: &str) -> bool {
    !text.contains(char::is_control)
}

impl Attribute {
    /// `text`: what it says, if it is encoded as text.
    #[must_use]
    pub fn new(oid: String, text: Option<&str>, encoded: Vec<u8>) -> Self {
        Self { oid, text: text.filter(|text| is_text(text)).map(str::to_owned), encoded }
    }
}

/// As RFC 4514 §2 writes it: for people, and to be registered.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, relative) in self.0.iter().rev().enumerate() {
            for (part, attribute) in relative.iter().enumerate() {
                f.write_str(match (place, part) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    _ => "+",
                })?;
                attribute.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = TYPES.iter().find(|(_, oid)| *oid == self.oid).map(|(name, _)| name);
        let text = self.text.as_deref().filter(|text| !text.is_empty());
        if let (Some(name), Some(text)) = (name, text) {
            return write!(f, "{name}={}", escaped_text(text));
        }
        write!(f, "{}=#", self.oid)?;
        self.encoded.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn escaped_text(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut escaped = String::new();
    for (place, character) in text.chars().enumerate() {
        let is_special = "\\\"+,;<>".contains(character)
            || (place == 0 && character == '#')
            || ((place == 0 || place == last) && character == ' ');
        if is_special {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests;
