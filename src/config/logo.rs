//! The image that an installation shows as its logo, checked without being decoded.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

/// The largest file.
pub const MOST_BYTES: usize = 1024 * 1024;
/// In width, and in height.
const MOST_PIXELS: u32 = 2000;

/// An image that may stand on our pages. Vector images are not accepted: they are programs (SH-16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    bytes: Vec<u8>,
    format: Format,
    name: String,
}

/// Why an image cannot be a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum UnusableLogo {
    #[error("The file has more than 1 MiB. Make the image smaller.")]
    TooLarge,
    #[error("The file is not a PNG, JPEG or WebP image, or not a whole one.")]
    Unreadable,
    #[error("The image has more than 2,000 pixels in width or height. Make it smaller.")]
    TooManyPixels,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Png,
    Jpeg,
    WebP,
}

impl Logo {
    /// Takes an image for what its first bytes say that it is, whatever its name was.
    ///
    /// # Errors
    /// [`UnusableLogo`]
    pub fn parse(bytes: Vec<u8>) -> Result<Self, UnusableLogo> {
        if bytes.len() > MOST_BYTES {
            return Err(UnusableLogo::TooLarge);
        }
        let size = |format: Format| Some((format, format.size(&bytes)?));
        let found = [Format::Png, Format::Jpeg, Format::WebP].into_iter().find_map(size);
        let (format, (width, height)) = found.ok_or(UnusableLogo::Unreadable)?;
        if width.min(height) == 0 {
            return Err(UnusableLogo::Unreadable);
        }
        if width.max(height) > MOST_PIXELS {
            return Err(UnusableLogo::TooManyPixels);
        }
        let mut name = String::from("logo.");
        for byte in &digest(&SHA256, &bytes).as_ref()[..8] {
            let _ = write!(name, "{byte:02x}"); // writing to a string cannot fail
        }
        name.push_str(format.extension());
        Ok(Self { bytes, format, name })
    }

    /// The image as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The name of the file, which changes with its content.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its media type.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        match self.format {
            Format::Png => "image/png",
            Format::Jpeg => "image/jpeg",
            Format::WebP => "image/webp",
        }
    }
}

impl Format {
    const fn extension(self) -> &'static str {
        match self {
            Self::Png => ".png",
            Self::Jpeg => ".jpg",
            Self::WebP => ".webp",
        }
    }

    /// Width and height, if it is an image of this format.
    fn size(self, bytes: &[u8]) -> Option<(u32, u32)> {
        match self {
            Self::Png => png(bytes),
            Self::Jpeg => jpeg(bytes.strip_prefix(&[0xff, 0xd8])?),
            Self::WebP => webp(bytes),
        }
    }
}

/// PNG (ISO/IEC 15948) §5.2, §11.2.2: a signature, then the header, and at the end an empty chunk that says so.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?;
    bytes.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82").then_some(())?;
    Some((big(header.get(..4)?)?, big(header.get(4..8)?)?))
}

/// JPEG (ITU-T T.81) §B.2.2: segments, one of which is the frame header. An end marker stands at the end.
fn jpeg(mut segments: &[u8]) -> Option<(u32, u32)> {
    segments.ends_with(&[0xff, 0xd9]).then_some(())?;
    loop {
        let [0xff, marker, high, low, rest @ ..] = segments else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?;
        match marker {
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(marker) => {
                let [_precision, y1, y0, x1, x0, ..] = rest else { return None };
                return Some((u16::from_be_bytes([*x1, *x0]).into(), u16::from_be_bytes([*y1, *y0]).into()));
            }
            _ => segments = rest.get(length..)?,
        }
    }
}

/// WebP (RFC 9649 §2.4 to §2.7): a RIFF file of one of three kinds, whose length it states.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"RIFF")?;
    (little(rest.get(..4)?)? as usize + 8 == bytes.len()).then_some(())?;
    let chunk = rest.get(4..)?.strip_prefix(b"WEBP")?;
    let content = chunk.get(8..)?;
    match chunk.get(..4)? {
        b"VP8 " => {
            let size = content.get(3..)?.strip_prefix(&[0x9d, 0x01, 0x2a])?;
            Some((little(size.get(..2)?)? & 0x3fff, little(size.get(2..4)?)? & 0x3fff))
        }
        b"VP8L" => {
            let size = little(content.strip_prefix(&[0x2f])?.get(..4)?)?;
            Some(((size & 0x3fff) + 1, (size >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => Some((little(content.get(4..7)?)? + 1, little(content.get(7..10)?)? + 1)),
        _ => None,
    }
}

fn big(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// Up to four bytes, the least first.
fn little(bytes: &[u8]) -> Option<u32> {
    bytes.iter().rev().try_fold(0, |number: u32, byte| Some(number.checked_mul(256)? + u32::from(*byte)))
}

#[cfg(test)]
mod tests;
