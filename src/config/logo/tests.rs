use proptest::prelude::*;

use super::*;

fn png(width: u32, height: u32) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &size, b"\x08\x06\0\0\0\0\0\0\0", b"\0\0\0\0IEND\xae\x42\x60\x82"].concat()
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let (x, y) = (width.to_be_bytes(), height.to_be_bytes());
    let application = [0xff, 0xe0, 0, 4, b'J', b'F'];
    let frame = [0xff, 0xc2, 0, 8, 8, y[0], y[1], x[0], x[1], 3];
    [&[0xff, 0xd8][..], &application, &frame, &[0xff, 0xd9]].concat()
}

fn webp(kind: &str, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(12 + content.len()).unwrap().to_le_bytes();
    [&b"RIFF"[..], &length, b"WEBP", kind.as_bytes(), &[0; 4], content].concat()
}

#[test]
fn an_image_is_what_its_bytes_say() {
    for (bytes, content_type, ending) in [
        (png(2000, 1), "image/png", ".png"),
        (jpeg(300, 200), "image/jpeg", ".jpg"),
        (webp("VP8 ", &[0, 0, 0, 0x9d, 0x01, 0x2a, 0x2c, 0x01, 0xc8, 0x40]), "image/webp", ".webp"),
        (webp("VP8L", &[0x2f, 0xcf, 0x07, 0x32, 0]), "image/webp", ".webp"),
        (webp("VP8X", &[0, 0, 0, 0, 0xcf, 0x07, 0, 0, 0, 0]), "image/webp", ".webp"),
    ] {
        let logo = Logo::parse(bytes.clone()).unwrap();

        assert_eq!((logo.bytes(), logo.content_type()), (&bytes[..], content_type));
        assert!(logo.name().starts_with("logo.") && logo.name().ends_with(ending), "{}", logo.name());
    }
    assert_ne!(Logo::parse(png(1, 1)).unwrap().name(), Logo::parse(png(1, 2)).unwrap().name());
}

/// IN-08, SH-16
#[test]
fn in_08_what_is_no_image_or_too_large_a_one_is_refused() {
    let truncated = png(10, 10)[..20].to_vec();
    let cut = [png(10, 10), vec![0]].concat();
    for (bytes, refusal) in [
        (b"\x89PNG\r".to_vec(), UnusableLogo::Unreadable),
        (truncated, UnusableLogo::Unreadable),
        (cut, UnusableLogo::Unreadable),
        (png(0, 10), UnusableLogo::Unreadable),
        (png(20_000, 20_000), UnusableLogo::TooManyPixels),
        (png(10, 2001), UnusableLogo::TooManyPixels),
        (jpeg(65_535, 1), UnusableLogo::TooManyPixels),
        (jpeg(10, 10)[..14].to_vec(), UnusableLogo::Unreadable),
        (webp("VP8X", &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0]), UnusableLogo::TooManyPixels),
        (webp("VP8X", &[0; 10])[..21].to_vec(), UnusableLogo::Unreadable),
        (
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec(),
            UnusableLogo::Unreadable,
        ),
        (b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), UnusableLogo::Unreadable),
        (Vec::new(), UnusableLogo::Unreadable),
        (vec![0; MOST_BYTES + 1], UnusableLogo::TooLarge),
    ] {
        assert_eq!(Logo::parse(bytes.clone()), Err(refusal), "{:.20}", String::from_utf8_lossy(&bytes));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(which in 0..5_usize, cut in 0..40_usize, noise in any::<Vec<u8>>()) {
        let start = [png(1, 1), jpeg(1, 1), webp("VP8 ", &[0; 10]), webp("VP8L", &[0; 5]), Vec::new()][which].clone();
        let kept = start.len().saturating_sub(cut);
        let _ = Logo::parse([&start[..kept], &noise].concat());
    }
}
