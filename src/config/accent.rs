//! The colour of what can be pressed, checked to be readable.

/// What it must be told from, in light and in dark: the paper, fields, and what is set off. As in
/// `assets/css/tokens.css`.
const LIGHT: [Colour; 3] = [Colour([0xfb, 0xfb, 0xf9]), Colour([0xff, 0xff, 0xff]), Colour([0xf1, 0xf3, 0xf1])];
const DARK: [Colour; 3] = [Colour([0x13, 0x17, 0x19]), Colour([0x19, 0x1e, 0x20]), Colour([0x1c, 0x22, 0x24])];
/// For text of any size (WCAG 2.2, success criterion 1.4.3).
const LEAST_CONTRAST: f64 = 4.5;

/// A colour that stands out enough from all that it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    /// As [`for_light`] read it.
    pub(super) light: Colour,
    /// As [`for_dark`] read it.
    pub(super) dark: Colour,
}

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour([u8; 3]);

impl Accent {
    /// The rules that colour our pages. White can be read on the light one and the paper on the dark one, because each
    /// stands out from its paper.
    #[must_use]
    pub fn style_sheet(&self) -> String {
        let [light, dark, paper] = [self.light, self.dark, DARK[0]].map(Colour::to_css);
        format!(
            ":root {{\n  --accent: light-dark({light}, {dark});\n  \
             --accent-strong: color-mix(in srgb, var(--accent) 75%, var(--ink));\n  \
             --on-accent: light-dark(#ffffff, {paper});\n}}\n"
        )
    }
}

/// Reads a colour for light pages.
pub(super) fn for_light(text: &str) -> Result<Colour, String> {
    legible(text, &LIGHT)
}

/// Reads a colour for dark pages.
pub(super) fn for_dark(text: &str) -> Result<Colour, String> {
    legible(text, &DARK)
}

fn legible(text: &str, grounds: &[Colour]) -> Result<Colour, String> {
    let colour = Colour::parse(text).ok_or("give a colour such as #0b5c64")?;
    let contrast = grounds.iter().map(|ground| colour.contrast(*ground)).fold(f64::INFINITY, f64::min);
    if contrast < LEAST_CONTRAST {
        // Rounded down, so that it does not say 4.50 of what is refused.
        let shown = (contrast * 100.0).floor() / 100.0;
        return Err(format!("its contrast with the page is {shown:.2} to 1: it must be at least 4.5 to 1"));
    }
    Ok(colour)
}

impl Colour {
    /// `#rrggbb`
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    fn to_css(self) -> String {
        let Self([red, green, blue]) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// From 1 to 21 (WCAG 2.2, "contrast ratio").
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        f64::max(one / two, two / one)
    }

    /// From 0 to 1 (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let Self([red, green, blue]) = self;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        for (one, other, ratio) in
            [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#abcdef", "#abcdef", 1.0)]
        {
            let (one, other) = (Colour::parse(one).unwrap(), Colour::parse(other).unwrap());
            assert!((one.contrast(other) - ratio).abs() < 0.005, "{}", one.contrast(other));
        }
    }

    #[test]
    fn a_colour_that_cannot_be_read_is_refused_with_its_contrast() {
        assert!(for_light("#0b5c64").is_ok() && for_dark("#6AC6CC").is_ok());
        let refused = |text: &str| for_light(text).unwrap_err();

        assert_eq!(refused("#ffdd00"), "its contrast with the page is 1.20 to 1: it must be at least 4.5 to 1");
        assert!(for_dark("#0b5c64").unwrap_err().contains("to 1"));
        for malformed in ["0b5c64", "#0b5c6", "#0b5c6g", "#0b5c+4", "teal", "#0b5cé", ""] {
            assert_eq!(refused(malformed), "give a colour such as #0b5c64");
        }
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        let tokens = include_str!("../../assets/css/tokens.css");
        for (name, light, dark) in
            [("paper", LIGHT[0], DARK[0]), ("field", LIGHT[1], DARK[1]), ("wash", LIGHT[2], DARK[2])]
        {
            let line = format!("--{name}: light-dark({}, {});", light.to_css(), dark.to_css());
            assert!(tokens.contains(&line), "{line}");
        }
    }

    #[test]
    fn the_style_sheet_has_both_colours() {
        let accent = Accent { light: for_light("#7a1f4b").unwrap(), dark: for_dark("#f0a8c8").unwrap() };

        assert!(accent.style_sheet().contains("--accent: light-dark(#7a1f4b, #f0a8c8);"));
    }
}
