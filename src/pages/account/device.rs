//! A browser's own description of itself, as part of a sentence.

use crate::{language::Language, policy::user_agent::Device};

/// "Firefox on Windows", as far as it can be told.
pub(super) fn in_words(user_agent: Option<&str>, language: Language) -> String {
    match Device::of(user_agent.unwrap_or_default()) {
        Device { browser: Some(browser), system: Some(system) } => {
            language.text_with("access-device", &[("browser", browser), ("system", system)])
        }
        Device { browser: None, system: None } => language.text("access-device-unknown").into_owned(),
        one => one.to_string(),
    }
}
