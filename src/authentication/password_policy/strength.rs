//! How hard a password is to guess, worked out with bounded effort.
//!
//! What zxcvbn does grows with the third power of the length, and with every way to read digits and signs as letters: a
//! hundred hostile characters take it seconds. So it is shown pieces of [`PIECE`] characters, and four of them at most.
//! Everything else here passes over the text a fixed number of times.

use zxcvbn::{Score, zxcvbn};

/// The characters that zxcvbn is shown at once.
const PIECE: usize = 32;
/// What is hard enough: at least 10^8 guesses.
const ENOUGH: Score = Score::Three;
/// Words that everybody tries first here, beside those of the installation and the user.
const PRODUCT_WORDS: [&str; 4] = ["portcullis", "password", "kupuhipa", "cyfrinair"];

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    /// It is hard to guess, also for somebody who knows the user.
    pub is_strong: bool,
    /// How many pieces zxcvbn was shown.
    pub pieces: u8,
}

/// Judges a password for somebody who knows these words. What is left without them must be hard by itself: zxcvbn takes
/// three easy pieces in a row for a good password.
pub(super) fn judge(password: &str, known: &[String]) -> Judgement {
    let mut known = known.iter().map(String::as_str).chain(PRODUCT_WORDS).collect::<Vec<_>>();
    known.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = known.iter().fold(password.to_lowercase(), |rest, word| rest.replace(word, " "));
    let mut judgement = Judgement { is_strong: true, pieces: 0 };
    for (text, known) in [(rest.trim(), &[][..]), (password, &known)] {
        judgement.is_strong = judgement.is_strong && judgement.look_at(text, known);
    }
    judgement
}

impl Judgement {
    /// Whether a text is hard to guess. To guess a long text one must guess every piece of it, so one hard piece is enough:
    /// the beginning, or else the end. Repeated parts are removed first: a cut in the middle of a repeated word would make it
    /// look like an unknown one.
    fn look_at(&mut self, text: &str, known: &[&str]) -> bool {
        let characters = text.chars().collect::<Vec<_>>();
        if characters.len() <= PIECE {
            return self.show(&characters, known);
        }
        let once = without_repetitions(&characters);
        let (first, last) = (&once[..once.len().min(PIECE)], &once[once.len().saturating_sub(PIECE)..]);
        self.show(first, known) || (once.len() > PIECE && self.show(last, known))
    }

    fn show(&mut self, piece: &[char], known: &[&str]) -> bool {
        self.pieces += 1;
        zxcvbn(&piece.iter().collect::<String>(), known).score() >= ENOUGH
    }
}

/// The text with each run of the same characters, three times or more, taken once: `ababab` is `ab`.
fn without_repetitions(text: &[char]) -> Vec<char> {
    let mut once = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        let repeated = |period: usize| rest.iter().zip(rest.iter().skip(period)).take_while(|(a, b)| a == b).count();
        let runs = (1..=PIECE).map(|period| (period, repeated(period)));
        if let Some((period, repeated)) = runs.into_iter().find(|(period, repeated)| *repeated >= 2 * period) {
            once.extend(&rest[..period]);
            rest = &rest[period + repeated..];
        } else {
            once.push(*first);
            rest = &rest[1..];
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_strong(password: &str) -> bool {
        judge(password, &["alice".into(), "liddell".into(), "alice.liddell@people.example".into()]).is_strong
    }

    #[test]
    fn lg_09_what_is_common_or_known_about_the_person_is_guessable() {
        for bad in [
            "password",
            "password1234567",
            "123456789012345",
            "qwertyuiopasdfgh",
            "iloveyouiloveyou",
            "letmeinletmeinletmein",
            "portcullisportcullis",
            "Portcullis2026!",
            "aliceliddell123",
            "alice.liddell@people.example",
            "aaaaaaaaaaaaaaaaaaaa",
            "",
        ] {
            assert!(!is_strong(bad), "{bad}");
        }
        for good in
            ["correct horse battery", "ninety-two brass lanterns", "Tūī waiata ki te ata", "医療記録は私だけのもの"]
        {
            assert!(is_strong(good), "{good}");
        }
    }

    /// LG-09: length alone is no strength, wherever the text is cut.
    #[test]
    fn lg_09_a_long_password_that_says_little_is_guessable() {
        for word in [
            "a",
            "qwerty",
            "letmein",
            "password",
            "iloveyou",
            "1234567890",
            "q1w2e3r4",
            "11/11/1999",
            "alice",
            "P@ssw0rd",
        ] {
            for length in [33, 64, 100, 1000] {
                let looped = word.chars().cycle().take(length).collect::<String>();
                for text in [looped.clone(), format!("x{looped}"), format!("{looped}!")] {
                    assert!(!is_strong(&text), "{length}: {text}");
                }
            }
        }
        assert!(!is_strong(&"alice.liddell@people.example portcullis ".repeat(3)));
    }

    /// LG-09: a strong password is none the worse for being long, wherever its strength lies.
    #[test]
    fn lg_09_a_long_password_is_as_strong_as_its_strongest_end() {
        let filler = "a".repeat(60);
        for good in [
            "the quick brown fox does not jump over lazy dogs today".to_owned(),
            "Tūī waiata ki te ata, ko te reo o te iwi, ko te reo o te whenua".to_owned(),
            "mae'r ddraig goch yn canu'n dawel ger yr afon bob nos".to_owned(),
            format!("{filler}ninety-two brass lanterns"),
            format!("ninety-two brass lanterns{filler}"),
            format!("{filler}ninety-two brass lanterns{filler}"),
            format!("{} ninety-two brass lanterns", "password".repeat(20)),
            format!("alice liddell alice.liddell@people.example {}ninety-two brass lanterns", "alice ".repeat(9)),
        ] {
            assert!(is_strong(&good), "{good}");
        }
    }

    #[test]
    fn what_repeats_itself_is_taken_once() {
        for (text, once) in [
            ("", ""),
            ("abcabc", "abcabc"),
            ("abcabcabc", "abc"),
            ("xabcabcabcab!", "xabc!"),
            ("aaaaaab", "ab"),
            ("committee", "committee"),
        ] {
            let characters = text.chars().collect::<Vec<_>>();
            assert_eq!(without_repetitions(&characters).iter().collect::<String>(), once, "{text}");
        }
    }

    proptest! {
        /// D13
        #[test]
        fn d13_no_password_is_shown_in_more_than_four_pieces(password in r"[a4@b8c({\[<e3g69i1!|l7o0s$5t+x%z2 ]{0,200}") {
            let judgement = judge(&password, &["4@8({[<".into(), "a4@".into()]);
            prop_assert!((1..=4).contains(&judgement.pieces), "{judgement:?}");
        }
    }
}
