//! Passwords that others have lost. We ask for all whose SHA-1 begins with the same five digits, so whoever answers learns
//! nothing, and with padding, so whoever listens learns as little.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::timeout;

use crate::app::App;

/// Longer than this nobody waits.
const PATIENCE: Duration = Duration::from_millis(1500);
const PADDING: HeaderName = HeaderName::from_static("add-padding");
const PREFIX: usize = 5;

/// Whether the password with this SHA-1 is in the list. `false` also if there is no list, or it does not answer.
pub(super) async fn has(app: &App, sha1: &[u8]) -> bool {
    let Some(url) = &app.settings.breach_check_url else { return false };
    let digest = sha1.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"));
    let (prefix, rest) = digest.split_at(PREFIX);
    let url = format!("{}/{prefix}", url.as_str().trim_end_matches('/'));
    let headers = HeaderMap::from_iter([(PADDING, HeaderValue::from_static("true"))]);
    match timeout(PATIENCE, app.outbound.get(&url, headers)).await {
        Ok(Ok(answer)) if answer.status == 200 => lists(&String::from_utf8_lossy(&answer.body), rest),
        Ok(Ok(answer)) => unanswered(&format!("it answered {}", answer.status)),
        Ok(Err(error)) => unanswered(&error.to_string()),
        Err(_) => unanswered("it took too long"),
    }
}

fn unanswered(reason: &str) -> bool {
    tracing::warn!(reason, "the list of stolen passwords could not be asked, so a password was accepted without it");
    false
}

/// Lines of `<rest of the hash>:<how often>`. Padding says zero times.
fn lists(answer: &str, rest: &str) -> bool {
    let mut lines = answer.lines().filter_map(|line| line.trim().split_once(':'));
    lines.any(|(hash, count)| hash.eq_ignore_ascii_case(rest) && count != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lg_09_a_stolen_password_is_found_and_padding_is_not() {
        let answer = "0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n00D4F6E8FA6EECAD2A3AA415EEC418D38EC:0\r\n";
        assert!(lists(answer, "0018A45C4D1DEF81644B54AB7F969B88D65"));
        assert!(!lists(answer, "00D4F6E8FA6EECAD2A3AA415EEC418D38EC"), "padding");
        assert!(!lists(answer, "011053FD0102E94D6AE2F8B83D76FAF94F6"));
        assert!(!lists("", "0018A45C4D1DEF81644B54AB7F969B88D65"));
    }
}
