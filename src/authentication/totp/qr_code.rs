//! Pictures that carry a text to another device.

use std::fmt::Write;

use qrcode::{Color, EcLevel};
use zeroize::Zeroizing;

use crate::app::InternalError;

/// A QR code as an SVG path of squares with sides of one.
pub struct QrCode {
    /// How many squares it is wide and high.
    pub side: usize,
    /// The dark squares.
    pub path: Zeroizing<String>,
}

impl QrCode {
    /// Draws a text that is short enough.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn of(text: &str) -> Result<Self, InternalError> {
        let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::M).map_err(InternalError::bug)?;
        let side = code.width();
        let dark = |x: usize, y: usize| code[(x, y)] == Color::Dark;
        let squares = (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).filter(|&(x, y)| dark(x, y));
        let mut path = Zeroizing::new(String::new());
        for (x, y) in squares {
            let _ = write!(path, "M{x} {y}h1v1h-1z"); // a string takes everything
        }
        Ok(Self { side, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_is_square_and_begins_with_its_corner() {
        let code = QrCode::of("otpauth://totp/a?secret=GEZDGNBV").unwrap();

        assert!(code.path.starts_with("M0 0h1v1h-1zM1 0h1v1h-1z") && code.side >= 21);
    }
}
