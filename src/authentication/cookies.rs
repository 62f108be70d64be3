//! The cookies that name a browser: read strictly, written with the exact attributes that protect them.

use std::convert::Infallible;

use axum::http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use axum::response::{IntoResponseParts, ResponseParts};

use crate::{language::Language, store::sessions::SessionKind};

/// Characters of a secret in a cookie: 256 bits in base64url.
const SECRET_LENGTH: usize = 43;

/// A cookie of ours. The prefix `__Host-` makes browsers refuse it from other hosts, other paths, and without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretCookie {
    /// As browsers know it.
    pub name: &'static str,
    attributes: &'static str,
    /// Seconds; without it the cookie goes when the browser is closed.
    max_age: Option<u32>,
}

/// A browser's sign-in.
pub const SESSION: SecretCookie = SecretCookie { name: "__Host-sid", attributes: LAX, max_age: None };

/// A half-finished sign-in, for ten minutes.
pub const LOGIN: SecretCookie = SecretCookie { name: "__Host-login", attributes: LAX, max_age: Some(600) };

/// An administrator's sign-in to the console: no link from elsewhere arrives with it.
pub const ADMIN: SecretCookie = SecretCookie { name: "__Host-admin", attributes: STRICT, max_age: None };

/// The cookie of a kind of session.
#[must_use]
pub const fn of_session(kind: SessionKind) -> SecretCookie {
    match kind {
        SessionKind::User => SESSION,
        SessionKind::Administrator => ADMIN,
    }
}

/// A browser that a user has used to sign in before, for a year.
pub const DEVICE: SecretCookie =
    SecretCookie { name: "__Host-device", attributes: LAX, max_age: Some(365 * 24 * 60 * 60) };

/// The language that somebody chose, for a year. It is no secret.
const LANGUAGE: &str = "__Host-language";

/// Keeps the language that somebody chose.
#[must_use]
pub fn set_language(language: Language) -> SetCookie {
    SetCookie::line(LANGUAGE, language.tag(), LAX, DEVICE.max_age)
}

/// The language that somebody chose in this browser.
#[must_use]
pub fn language(headers: &HeaderMap) -> Option<Language> {
    one_cookie(headers, LANGUAGE)?.parse().ok()
}

const LAX: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";
const STRICT: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// A `Set-Cookie` line, as a part of a response. No `Debug`: it holds a secret.
pub struct SetCookie(HeaderValue);

impl SecretCookie {
    /// Gives the browser a secret of 43 base64url characters. Anything else (which would be a fault of ours) sets
    /// nothing that [`secret_cookie`] would read: the cookie is deleted.
    #[must_use]
    pub fn set(&self, secret: &str) -> SetCookie {
        if !is_secret(secret.as_bytes()) {
            return self.delete();
        }
        self.line(secret, self.max_age)
    }

    /// Makes the browser forget it.
    #[must_use]
    pub fn delete(&self) -> SetCookie {
        self.line("", Some(0))
    }

    fn line(&self, value: &str, max_age: Option<u32>) -> SetCookie {
        SetCookie::line(self.name, value, self.attributes, max_age)
    }
}

impl SetCookie {
    fn line(name: &str, value: &str, attributes: &str, max_age: Option<u32>) -> Self {
        let max_age = max_age.map_or(String::new(), |seconds| format!("; Max-Age={seconds}"));
        let text = format!("{name}={value}; {attributes}{max_age}");
        // All of them are ASCII, so that a header value can always be made of them.
        let mut line = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        line.set_sensitive(true);
        Self(line)
    }
}

impl IntoResponseParts for SetCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.headers_mut().append(SET_COOKIE, self.0);
        Ok(response)
    }
}

/// The secret that the browser sent under exactly this name.
///
/// `None` also when there are two (SH-02): one of them was planted, and it cannot be told which. Browsers write
/// `name=value` separated by `; ` and nothing else, so whatever looks different is not a cookie of theirs.
#[must_use]
pub fn secret_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    one_cookie(headers, name).filter(|value| is_secret(value.as_bytes()))
}

/// The value of the one cookie with this name.
fn one_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|&b| b == b';').enumerate().filter_map(pair));
    let mut values = pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="));

    let (Some(value), None) = (values.next(), values.next()) else { return None };
    std::str::from_utf8(value).ok().map(str::to_owned)
}

/// A pair without the space that stands before all but the first.
fn pair((place, text): (usize, &[u8])) -> Option<&[u8]> {
    if place == 0 { Some(text) } else { text.strip_prefix(b" ") }
}

fn is_secret(value: &[u8]) -> bool {
    let is_base64url = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    value.len() == SECRET_LENGTH && value.iter().all(is_base64url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0";
    const B: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB-_";

    fn read(lines: &[String]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        secret_cookie(&headers, SESSION.name)
    }

    #[test]
    fn what_browsers_send_is_read() {
        for lines in [
            vec![format!("__Host-sid={A}")],
            vec![format!("theme=dark; __Host-sid={A}; __Host-login={B}")],
            vec!["theme=dark".to_owned(), format!("__Host-sid={A}")], // HTTP/2 may send each on its own
            vec![format!("x__Host-sid={B}; __Host-sid={A}; __Host-sidx={B}")],
        ] {
            assert_eq!(read(&lines).as_deref(), Some(A), "{lines:?}");
        }
    }

    /// SH-02
    #[test]
    fn what_browsers_do_not_send_is_ignored() {
        for line in [
            String::new(),
            "__Host-sid".to_owned(),
            format!("\u{2000}__Host-sid={A}"),
            format!("$Version=1; $__Host-sid={A}"),
            format!("__Host-sid=\"{A}\""),
            format!("__Host-sid= {A}"),
            format!("__Host-sid ={A}"),
            format!("a=b;  __Host-sid={A}"),
            format!("a=b;__Host-sid={A}"),
            format!("a=b, __Host-sid={A}"),
            format!("__host-sid={A}"),
            format!("__Host-sid={A}A"),
            format!("__Host-sid={}", &A[1..]),
            format!("__Host-sid={}+", &A[1..]),
        ] {
            assert_eq!(read(std::slice::from_ref(&line)), None, "{line}");
        }
    }

    /// SH-02
    #[test]
    fn two_of_a_name_are_none() {
        for lines in [
            vec![format!("__Host-sid={A}; __Host-sid={A}")],
            vec![format!("__Host-sid={A}; __Host-sid={B}")],
            vec![format!("__Host-sid={A}; __Host-sid=")],
            vec![format!("__Host-sid={A}"), format!("__Host-sid={B}")],
        ] {
            assert_eq!(read(&lines), None, "{lines:?}");
        }
    }

    #[test]
    fn cookies_have_exactly_the_attributes_that_protect_them() {
        let text = |cookie: SetCookie| cookie.0.to_str().unwrap().to_owned();

        assert_eq!(text(SESSION.set(A)), format!("__Host-sid={A}; Path=/; Secure; HttpOnly; SameSite=Lax"));
        assert_eq!(
            text(LOGIN.set(A)),
            format!("__Host-login={A}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600")
        );
        assert_eq!(
            text(DEVICE.set(A)),
            format!("__Host-device={A}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000")
        );
        assert_eq!(text(ADMIN.set(A)), format!("__Host-admin={A}; Path=/; Secure; HttpOnly; SameSite=Strict"));
        assert_eq!(text(SESSION.delete()), "__Host-sid=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
        assert_eq!(text(SESSION.set("a; Domain=example")), text(SESSION.delete()));
    }
}
