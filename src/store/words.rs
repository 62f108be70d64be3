//! What is typed into a search, as PostgreSQL looks for it.

/// What ends a word, beside blanks: the same as in the function `search_words` (migration 0052).
const BETWEEN_WORDS: &str = "\"'\\,.:;/@_-[]()";

/// A `tsquery` for what has every one of these words, or words that begin so. Whoever searches makes it lower case, as the
/// database did with what is searched.
pub(super) fn beginnings(typed: &str) -> String {
    let words = typed.split(|c: char| c.is_whitespace() || BETWEEN_WORDS.contains(c)).filter(|word| !word.is_empty());
    words.map(|word| format!("'{word}':*")).collect::<Vec<_>>().join(" & ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_may_be_the_beginning_of_one() {
        for (typed, query) in [
            ("Patient por", "'Patient':* & 'por':*"),
            ("https://app.example/cb?a=1&b", "'https':* & 'app':* & 'example':* & 'cb?a=1&b':*"),
            ("O'Neil\\", "'O':* & 'Neil':*"),
            ("alice@example.org", "'alice':* & 'example':* & 'org':*"),
            (" -- ", ""),
        ] {
            assert_eq!(beginnings(typed), query);
        }
    }
}
