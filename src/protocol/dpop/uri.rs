//! Whether `htu` is a URL of ours: compared without query and fragment, after the normalisation of RFC 3986 §6.2.2 and
//! §6.2.3 (RFC 9449 §4.3).

use percent_encoding::percent_encode_byte;
use url::Url;

/// Whether two URLs name the same thing.
pub(super) fn are_same(one: &str, other: &str) -> bool {
    let one = normalised(one);
    one.is_some() && one == normalised(other)
}

/// Scheme and host in lower case, no default port, no `.` and `..`, unreserved characters as they are and other octets in
/// upper case hexadecimal digits; no query, no fragment. `None`: it is no URL of a web server in its plain form.
fn normalised(text: &str) -> Option<Url> {
    let mut url = Url::parse(&decoded(text)?).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    url.set_query(None);
    url.set_fragment(None);
    is_plain.then_some(url)
}

/// The text with unreserved characters decoded (§6.2.2.2). `None`: it has characters that no URI has, some of which browsers
/// pass over, or a `%` that begins nothing.
fn decoded(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let octet = digit(rest.next()?)? << 4 | digit(rest.next()?)?;
                match char::from(octet) {
                    plain if is_unreserved(octet) => decoded.push(plain),
                    _ => decoded.push_str(percent_encode_byte(octet)),
                }
            }
            _ if is_unreserved(byte) || b":/?#[]@!$&'()*+,;=".contains(&byte) => decoded.push(char::from(byte)),
            _ => return None,
        }
    }
    Some(decoded)
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "https://id.example/oauth2/token";

    #[test]
    fn what_means_the_same_is_the_same() {
        for (htu, is_same) in [
            (TOKEN, true),
            ("HTTPS://ID.Example/oauth2/token", true),
            ("https://id.example:443/oauth2/token", true),
            ("https://id.example:/oauth2/token", true),
            ("https://id.example/oauth2/token?a=b", true),
            ("https://id.example/oauth2/token#a", true),
            ("https://id.example/oauth2/%74oken", true),
            ("https://id.example/oauth2/x/../token", true),
            ("https://id.example/./oauth2/token", true),
            ("https://id.example/oauth2/token/", false),
            ("https://id.example/OAUTH2/token", false),
            ("https://id.example/oauth2%2Ftoken", false),
            ("https://id.example/oauth2/%2574oken", false),
            ("https://id.example//oauth2/token", false),
            ("https://id.example:8443/oauth2/token", false),
            ("https://id.example:80/oauth2/token", false),
            ("http://id.example/oauth2/token", false),
            ("https://id.example.evil.example/oauth2/token", false),
            ("https://id.example./oauth2/token", false),
            ("https://id.example@evil.example/oauth2/token", false),
            ("https://me@id.example/oauth2/token", false),
            ("//id.example/oauth2/token", false),
            ("/oauth2/token", false),
            ("https:\\\\id.example\\oauth2\\token", false),
            ("https://id.example/oauth2/to\tken", false),
            (" https://id.example/oauth2/token", false),
            ("https://id.example/oauth2/token%", false),
            ("https://id.example/oauth2/token%zz", false),
            ("https://id.example/oauth2/t\u{f6}ken", false),
            ("urn:id.example", false),
            ("", false),
        ] {
            assert_eq!(are_same(htu, TOKEN), is_same, "{htu}");
        }
        assert!(are_same("http://localhost:80/%e2%82%ac", "http://localhost/%E2%82%AC"));
        assert!(!are_same("", ""), "what is no URL is nothing's");
    }

    proptest! {
        #[test]
        fn any_spelling_of_the_path_is_the_same(escaped in proptest::collection::vec(any::<bool>(), 6), upper in any::<bool>()) {
            let spelled = "oauth2".bytes().zip(escaped).map(|(byte, escaped)| match (escaped, upper) {
                (true, true) => format!("%{byte:02X}"),
                (true, false) => format!("%{byte:02x}"),
                (false, _) => char::from(byte).to_string(),
            });
            let spelled = format!("https://id.example/{}/token", spelled.collect::<String>());
            prop_assert!(are_same(&spelled, TOKEN), "{spelled}");
        }

        #[test]
        fn no_text_panics_and_only_itself_is_its_like(text in any::<String>(), host in "[a-z]{1,9}\\.example") {
            prop_assert!(!are_same(&text, TOKEN));
            prop_assert_eq!(are_same(&format!("https://{host}/oauth2/token"), TOKEN), host == "id.example");
        }
    }
}
