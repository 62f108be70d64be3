//! In which language a user reads, and what the texts are in it.
//!
//! The texts are [Fluent](https://projectfluent.org) messages, compiled in: `locales/<language>/<area>.ftl`. A new area
//! is a file in each language and its name in `texts.rs`. Templates ask their [`Shell`](crate::web::page::Shell), code
//! asks the [`Language`].

mod moment;
mod texts;

use std::borrow::Cow;

use askama::filters::{Escaper, Html, Safe};
use fluent_bundle::{FluentArgs, FluentValue};

pub use moment::Moment;

pub use crate::config::Language;

impl Language {
    /// The language of a client's request: the first of its `ui_locales` that we have (OpenID Connect Core §3.1.2.1),
    /// else the one that the browser asks for.
    #[must_use]
    pub fn of(ui_locales: impl IntoIterator<Item: AsRef<str>>, fallback: Self) -> Self {
        ui_locales.into_iter().find_map(|locale| locale.as_ref().parse().ok()).unwrap_or(fallback)
    }

    /// A text without blanks.
    #[must_use]
    pub fn text(self, key: &str) -> Cow<'static, str> {
        self.filled(key, None)
    }

    /// A text with its blanks filled in: names and their values, texts or numbers.
    #[must_use]
    pub fn text_with<'a, V: Clone + Into<FluentValue<'a>>>(self, key: &str, values: &[(&'a str, V)]) -> String {
        let values = values.iter().cloned().collect();
        self.filled(key, Some(&values)).into_owned()
    }

    /// The same for the middle of a page: each text that is filled in stands in a `<bdi>` of its own, so that a name
    /// whose script runs the other way does not disturb the sentence around it.
    #[must_use]
    pub fn sentence<'a, V: Clone + Into<FluentValue<'a>>>(self, key: &str, values: &[(&'a str, V)]) -> Safe<String> {
        let values = values.iter().cloned().map(|(name, value)| (name, isolated(value.into()))).collect();
        Safe(self.filled(key, Some(&values)).into_owned())
    }

    fn filled(self, key: &str, values: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
        let mut errors = Vec::new();
        let text = texts::of(self).get_message(key).and_then(|message| message.value());
        let text = text.map(|text| texts::of(self).format_pattern(text, values, &mut errors));
        if let Some(text) = text.filter(|_| errors.is_empty()) {
            return text;
        }
        tracing::error!(reason = key, "a text is missing, or what it is to be filled with");
        if self == Self::En { Cow::Owned(key.to_owned()) } else { Self::En.filled(key, values) }
    }
}

/// A name in a sentence. Its markup is written here and nowhere else, so all else in it is escaped here too.
fn isolated(value: FluentValue<'_>) -> FluentValue<'_> {
    let FluentValue::String(text) = value else { return value };
    let mut marked = String::from("<bdi>");
    // Writing to a string cannot fail.
    let _ = Html.write_escaped_str(&mut marked, &text);
    marked.push_str("</bdi>");
    FluentValue::from(marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_we_have_goes_before_what_the_browser_wants() {
        assert_eq!(Language::of(["fr-CA", "mi-NZ", "cy"], Language::En), Language::Mi);
        assert_eq!(Language::of(["fr"], Language::Cy), Language::Cy);
    }

    #[test]
    fn a_name_in_a_sentence_is_escaped_and_stands_apart() {
        let values = [("client", "<b>\u{202e}\"x\"")];

        let sentence = Language::En.sentence("sign-in-for", &values).to_string();
        let plain = Language::Cy.text_with("sign-in-for", &values);

        assert_eq!(sentence, "to continue to <bdi>&#60;b&#62;\u{202e}&#34;x&#34;</bdi>");
        assert_eq!(plain, "i barhau i <b>\u{202e}\"x\"");
    }

    #[test]
    fn numbers_take_the_form_of_their_language() {
        for (language, count, text) in [
            (Language::En, 1, "1 minute ago"),
            (Language::En, 2, "2 minutes ago"),
            (Language::Cy, 2, "2 funud yn ôl"),
            (Language::Cy, 3, "3 munud yn ôl"),
            (Language::Mi, 2, "2 meneti i mua"),
        ] {
            assert_eq!(language.text_with("moment-minutes-ago", &[("count", count)]), text);
        }
    }
}
