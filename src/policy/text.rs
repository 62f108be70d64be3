//! What people may be shown: names without characters that make them look like others.

use super::refusal::{Fault, Refusal};

/// A name for people: without the spaces around it, 1 to 100 characters, all of them visible in full.
///
/// # Errors
/// What is wrong with it.
pub fn name(field: &'static str, given: &str) -> Result<String, Refusal> {
    if given.trim().is_empty() {
        return Err(Refusal::new(field, Fault::Required, "Write a name."));
    }
    sentence(field, given, 100)
}

/// A text of one line for people: 1 to `most` characters, all of them visible.
///
/// # Errors
/// What is wrong with it.
pub fn sentence(field: &'static str, given: &str, most: usize) -> Result<String, Refusal> {
    visible(field, given, most, has_hidden)
}

/// A text of one line or several for people: 1 to `most` characters, all of them visible, lines ended by line feeds.
///
/// # Errors
/// What is wrong with it.
pub fn lines(field: &'static str, given: &str, most: usize) -> Result<String, Refusal> {
    visible(field, given, most, |text| text.split('\n').any(has_hidden))
}

fn visible(
    field: &'static str,
    given: &str,
    most: usize,
    has_hidden: impl Fn(&str) -> bool,
) -> Result<String, Refusal> {
    let text = given.trim();
    if text.is_empty() {
        return Err(Refusal::new(field, Fault::Required, "This must not be empty."));
    }
    if text.chars().count() > most {
        return Err(Refusal::new(field, Fault::TooLong, format!("This may have at most {most} characters.")));
    }
    if has_hidden(text) {
        let message = "Remove the invisible characters: control, direction or zero-width ones.";
        return Err(Refusal::new(field, Fault::Malformed, message));
    }
    Ok(text.to_owned())
}

/// Whether a text has characters that are not seen but change what is: control, bidirectional and zero-width ones.
fn has_hidden(text: &str) -> bool {
    text.chars().any(|c| {
        c.is_control()
            || matches!(c,
                '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_lines_hide_nothing() {
        assert_eq!(lines("address", " 12 Cuba Street\nWellington ", 40).as_deref(), Ok("12 Cuba Street\nWellington"));
        for bad in ["a\rb", "a\u{202e}\nb", "a\n\tb", "\n", &"a\n".repeat(21)] {
            assert!(lines("address", bad, 40).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn in_09_a_name_shows_all_that_it_is() {
        for good in ["Records", "Büro für Ärzte", "Ngā Pūkete", "医療記録", "O’Neill & Söhne 🏥"] {
            assert_eq!(name("name", good).as_deref(), Ok(good));
        }
        assert_eq!(name("name", "  a  ").as_deref(), Ok("a"));
        assert!(name("name", &"é".repeat(100)).is_ok());
        for bad in ["", " ", "a\u{202e}b", "a\u{200b}b", "a\nb", "a\u{0}", "\u{2066}a", "a\u{feff}b", &"é".repeat(101)]
        {
            assert!(name("name", bad).is_err(), "{bad:?}");
        }
    }
}
