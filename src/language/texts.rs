//! The texts themselves: one file for each area, in each language, compiled in.

use std::sync::LazyLock;

use fluent_bundle::{FluentResource, concurrent::FluentBundle};

use super::Language;

/// The texts of one language, parsed.
pub(super) type Texts = FluentBundle<FluentResource>;

/// Reads `locales/<language>/<area>.ftl` for each area and language.
macro_rules! areas {
    ($($area:literal),* $(,)?) => {
        const fn sources(language: Language) -> &'static [&'static str] {
            match language {
                Language::En => &[$(include_str!(concat!("../../locales/en/", $area, ".ftl"))),*],
                Language::Cy => &[$(include_str!(concat!("../../locales/cy/", $area, ".ftl"))),*],
                Language::Mi => &[$(include_str!(concat!("../../locales/mi/", $area, ".ftl"))),*],
            }
        }
    };
}

areas![
    "accessibility",
    "account",
    "account-access",
    "account-life",
    "consent",
    "defence",
    "errors",
    "events",
    "factors",
    "home",
    "mail",
    "second-factor",
    "shell",
    "sign-in",
    "sign-out",
];

/// The texts of a language, parsed when they are first asked for.
pub(super) fn of(language: Language) -> &'static Texts {
    static EN: LazyLock<Texts> = LazyLock::new(|| parsed(Language::En));
    static CY: LazyLock<Texts> = LazyLock::new(|| parsed(Language::Cy));
    static MI: LazyLock<Texts> = LazyLock::new(|| parsed(Language::Mi));
    match language {
        Language::En => &EN,
        Language::Cy => &CY,
        Language::Mi => &MI,
    }
}

/// What a file says wrongly is left out here, and found by the tests.
fn parsed(language: Language) -> Texts {
    let mut texts = Texts::new_concurrent(vec![language.tag().parse().unwrap_or_default()]);
    texts.set_use_isolating(false);
    for source in sources(language) {
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(partial, _)| partial);
        let _ = texts.add_resource(resource);
    }
    texts
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Each key of a language, with the names of its blanks and its whole text.
    fn messages(language: Language) -> BTreeMap<&'static str, (BTreeSet<&'static str>, &'static str)> {
        let mut found = BTreeMap::new();
        for source in sources(language) {
            let starts = source.match_indices('\n').map(|(at, _)| at + 1).chain([0]);
            let mut starts =
                starts.filter(|at| source[*at..].starts_with(|c: char| c.is_ascii_lowercase())).collect::<Vec<_>>();
            starts.sort_unstable();
            for (at, end) in starts.iter().zip(starts.iter().skip(1).chain([&source.len()])) {
                let (key, text) = source[*at..*end].split_once(" =").unwrap();
                let text = text.split("\n#").next().unwrap();
                let names = text.split('$').skip(1).map(|rest| {
                    rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
                });
                assert!(found.insert(key, (names.collect(), text)).is_none(), "{key} is there twice");
            }
        }
        found
    }

    #[test]
    fn every_file_is_read_in_full() {
        for language in Language::ALL {
            let mut texts = Texts::new_concurrent(vec![language.tag().parse().unwrap()]);
            for source in sources(language) {
                let resource = FluentResource::try_new((*source).to_owned());
                let resource = resource.unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", language.tag()));
                texts.add_resource(resource).unwrap_or_else(|errors| panic!("{}: {errors:?}", language.tag()));
            }
            for key in messages(language).keys() {
                let value = texts.get_message(key).and_then(|message| message.value());
                assert!(value.is_some(), "{}: {key} has no text", language.tag());
            }
        }
    }

    #[test]
    fn every_language_has_every_text_with_the_same_blanks() {
        let english = messages(Language::En);
        assert!(english.len() > 50);
        for language in [Language::Cy, Language::Mi] {
            let translated = messages(language);
            assert_eq!(english.keys().collect::<Vec<_>>(), translated.keys().collect::<Vec<_>>(), "{}", language.tag());
            for (key, (names, _)) in &english {
                assert_eq!(names, &translated[key].0, "{}: {key}", language.tag());
            }
        }
    }

    /// Sentences go into pages as they are: what is filled in is escaped, the text around it is not.
    #[test]
    fn no_text_is_markup() {
        for language in Language::ALL {
            for (key, (_, text)) in messages(language) {
                let written = text.replace("->", "");
                assert!(!written.contains(['<', '>', '&', '"']), "{}: {key}", language.tag());
            }
        }
    }
}
