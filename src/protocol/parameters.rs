//! Request parameters: the `application/x-www-form-urlencoded` text of a query string or a body.

use std::collections::HashSet;
use std::fmt;

use percent_encoding::percent_decode;

/// More fields than any honest request has; a bound on the work that one request can ask for.
const MAX_FIELDS: usize = 1000;

/// Bytes of a decoded name. The longest name that we know of has 40.
const MAX_NAME: usize = 256;

/// Decoded names and values, in the order in which they were sent.
///
/// Nothing is merged or dropped while parsing: a repeated parameter is an error of the request (OAuth 2.1 §3.1, §3.2),
/// and only whoever asks for a name can say so.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    fields: Vec<(String, String)>,
}

/// Why a text is not a list of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MalformedParameters {
    #[error("a percent sign is not followed by two hexadecimal digits")]
    PercentEncoding,
    #[error("a parameter is not valid UTF-8")]
    Utf8,
    #[error("a parameter contains a control character")]
    ControlCharacter,
    #[error("there are more than 1000 parameters")]
    TooManyFields,
    #[error("the name of a parameter is too long")]
    NameTooLong,
}

/// A parameter that may be sent once was sent several times.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} was sent more than once")]
pub struct RepeatedParameter {
    /// Its name, as it was sent.
    pub name: String,
}

impl Parameters {
    /// Reads what a client sent to an endpoint: control characters have no place in any parameter.
    ///
    /// # Errors
    ///
    /// The text is not well-formed, or asks for too much work.
    pub fn parse(text: &[u8]) -> Result<Self, MalformedParameters> {
        parse(text, char::is_control)
    }

    /// Reads the form of a page, whose values may have several lines (a textarea).
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse).
    pub fn parse_page_form(text: &[u8]) -> Result<Self, MalformedParameters> {
        parse(text, |c| c.is_control() && !matches!(c, '\r' | '\n' | '\t'))
    }

    /// Takes pairs that are decoded already, as they are.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self { fields: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// The value of a parameter that may be sent once. `None`: it was not sent, or sent empty, which means the same
    /// (OAuth 2.1 §3.1).
    ///
    /// # Errors
    ///
    /// It was sent more than once, even if with the same value or an empty one.
    pub fn one(&self, name: &str) -> Result<Option<&str>, RepeatedParameter> {
        let mut values = self.named(name);
        let value = values.next();
        if values.next().is_some() {
            return Err(RepeatedParameter { name: name.to_owned() });
        }
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// All values of a parameter that may be sent several times (`resource`, checkboxes), but no empty ones.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.named(name).filter(|value| !value.is_empty())
    }

    /// Whether the parameter was sent, even if empty or repeated.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The first value as it was sent, even if empty: for pages that show again what was typed. Decides nothing.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.named(name).next()
    }

    /// Whether nothing was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Everything that was sent, in its order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first name that occurs twice and is not one of `except`.
    #[must_use]
    pub fn first_repeated(&self, except: &[&str]) -> Option<&str> {
        let mut seen = HashSet::new();
        let mut names = self.fields.iter().map(|(name, _)| name.as_str());
        names.find(|name| !seen.insert(*name) && !except.contains(name))
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Names only: the values hold codes, passwords and tokens.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

fn parse(text: &[u8], is_forbidden_in_values: fn(char) -> bool) -> Result<Parameters, MalformedParameters> {
    let mut fields = Vec::new();
    for field in text.split(|&b| b == b'&').filter(|field| !field.is_empty()) {
        if fields.len() == MAX_FIELDS {
            return Err(MalformedParameters::TooManyFields);
        }
        let equals = field.iter().position(|&b| b == b'=');
        let (name, value) = equals.map_or((field, &b""[..]), |at| (&field[..at], &field[at + 1..]));

        let name = decode(name, char::is_control)?;
        if name.len() > MAX_NAME {
            return Err(MalformedParameters::NameTooLong);
        }
        fields.push((name, decode(value, is_forbidden_in_values)?));
    }
    Ok(Parameters { fields })
}

/// Decodes a name or value. Strict where the URL standard repairs: a stray `%` or a byte that is not UTF-8 would
/// otherwise reach us as another text than the one that other parsers on the way saw.
fn decode(encoded: &[u8], is_forbidden: fn(char) -> bool) -> Result<String, MalformedParameters> {
    let is_escape = |rest: &[u8]| matches!(rest, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    let mut percents = (0..encoded.len()).filter(|&at| encoded[at] == b'%');
    if !percents.all(|at| is_escape(&encoded[at + 1..])) {
        return Err(MalformedParameters::PercentEncoding);
    }

    let spaced: Vec<u8> = encoded.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
    let decoded = percent_decode(&spaced).decode_utf8().map_err(|_| MalformedParameters::Utf8)?;
    if decoded.contains(is_forbidden) {
        return Err(MalformedParameters::ControlCharacter);
    }
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::form_urlencoded;

    use super::*;

    fn parsed(text: &str) -> Parameters {
        Parameters::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn names_and_values_are_decoded() {
        let parameters = parsed("scope=openid+profile&state=%C3%A9%26%3D&&flag&redirect_uri=https://a/?b=c");

        assert_eq!(parameters.one("scope"), Ok(Some("openid profile")));
        assert_eq!(parameters.one("state"), Ok(Some("é&=")));
        assert_eq!(parameters.one("redirect_uri"), Ok(Some("https://a/?b=c")));
        assert!(parameters.has("flag"));
        assert!(!parameters.has(""));
    }

    /// AZ-02: sent empty means omitted; but a page shows the empty value again.
    #[test]
    fn an_empty_value_counts_as_absent() {
        let parameters = parsed("client_id=&resource=&resource=a");

        assert_eq!(parameters.one("client_id"), Ok(None));
        assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["a"]);
        assert_eq!(parameters.raw("client_id"), Some(""));
        assert_eq!(parameters.raw("state"), None);
    }

    /// AZ-05, TK-05: also when the values are equal, and when one of them is empty.
    #[test]
    fn a_repeated_parameter_is_an_error() {
        for text in ["code=a&x=1&code=b", "code=a&code=a", "code=a&code=", "c%6Fde=a&code=b"] {
            let refusal = RepeatedParameter { name: "code".into() };
            assert_eq!(parsed(text).one("code"), Err(refusal), "{text}");
            assert_eq!(parsed(text).first_repeated(&["resource"]), Some("code"), "{text}");
        }
        assert_eq!(parsed("resource=a&resource=b&code=c").first_repeated(&["resource"]), None);
    }

    /// TK-12, TK-18, AZ-11
    #[test]
    fn malformed_text_is_refused() {
        use MalformedParameters::{ControlCharacter, PercentEncoding, Utf8};
        for (text, refusal) in [
            ("a=%zz", PercentEncoding),
            ("a=%", PercentEncoding),
            ("a=%4", PercentEncoding),
            ("%+1=a", PercentEncoding),
            ("a=%ff", Utf8),
            ("a=%ED%A0%80", Utf8), // a lone surrogate
            ("a=%C0%AF", Utf8),    // an overlong slash
            ("a=%00", ControlCharacter),
            ("a%00=b", ControlCharacter),
            ("a=b\nc", ControlCharacter),
            ("a=%7F", ControlCharacter),
            ("a=%C2%85", ControlCharacter), // C1: next line
        ] {
            assert_eq!(Parameters::parse(text.as_bytes()), Err(refusal), "{text}");
        }
        assert_eq!(parsed("a='%F0%9F%98%80").one("a"), Ok(Some("'😀")));
    }

    #[test]
    fn only_the_values_of_page_forms_have_lines() {
        let lines = "redirect_uris=a%0D%0Ab%09c";
        let parameters = Parameters::parse_page_form(lines.as_bytes()).unwrap();

        assert_eq!(parameters.one("redirect_uris"), Ok(Some("a\r\nb\tc")));
        assert_eq!(Parameters::parse(lines.as_bytes()), Err(MalformedParameters::ControlCharacter));
        for text in ["a%0Ab=c", "a=%00", "a=%1B[31m"] {
            let refusal = Err(MalformedParameters::ControlCharacter);
            assert_eq!(Parameters::parse_page_form(text.as_bytes()), refusal, "{text}");
        }
    }

    /// IN-05
    #[test]
    fn the_number_of_fields_and_the_length_of_names_are_limited() {
        assert!(Parameters::parse("a=&".repeat(1000).as_bytes()).is_ok());
        assert_eq!(Parameters::parse("a=&".repeat(1001).as_bytes()), Err(MalformedParameters::TooManyFields));
        assert_eq!(Parameters::parse("a".repeat(10_000).as_bytes()), Err(MalformedParameters::NameTooLong));
    }

    /// LP-01
    #[test]
    fn debug_output_has_no_values() {
        let parameters = Parameters::from_pairs([("password", "hunter2"), ("username", "alice")]);

        assert_eq!(format!("{parameters:?}"), r#"{"password", "username"}"#);
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(pairs in prop::collection::vec(("[^\\p{Cc}]{0,20}", "[^\\p{Cc}]{0,40}"), 0..20)) {
            let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();

            prop_assert_eq!(Parameters::parse(encoded.as_bytes()), Ok(Parameters::from_pairs(pairs)));
        }

        #[test]
        fn any_bytes_are_parsed_or_refused(text: Vec<u8>) {
            if let Ok(parameters) = Parameters::parse(&text) {
                let clean = |text: &String| !text.contains(char::is_control);
                prop_assert!(parameters.fields.iter().all(|(name, value)| clean(name) && clean(value)));
                prop_assert_eq!(Parameters::parse_page_form(&text), Ok(parameters));
            }
        }
    }
}
