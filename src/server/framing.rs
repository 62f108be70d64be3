//! Finds requests whose end two servers could see at different places (request smuggling, RFC 9112 §11.2).
//!
//! hyper takes `Transfer-Encoding` over `Content-Length`, merges equal lengths, and closes the connection after the
//! former. That is allowed (§6.3), but it hides from us that somebody tried, and whatever proxy stands in front of us
//! may have read it differently. So this reads the header lines beside hyper, and such a request is refused.

/// Follows the bytes of a connection from header to header.
#[derive(Default)]
pub struct Framing {
    position: Position,
    line: Vec<u8>,
    head: Head,
    is_ambiguous: bool,
}

#[derive(Default)]
enum Position {
    #[default]
    Head,
    /// So many bytes of the body are still to come.
    Body(u64),
    /// Where the next header begins is not followed: after a chunked body, in HTTP/2, after nonsense.
    Unknown,
}

/// What the header that is being read has said about the length of its body.
#[derive(Default)]
struct Head {
    has_lines: bool,
    lengths: Vec<Option<u64>>,
    codings: Vec<bool>,
}

impl Framing {
    /// Whether any request so far was ambiguous.
    pub fn is_ambiguous(&self) -> bool {
        self.is_ambiguous
    }

    /// Whether the next header can no longer be found, so that no other request may follow (HTTP/1.1).
    pub fn is_lost(&self) -> bool {
        matches!(self.position, Position::Unknown)
    }

    pub fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match self.position {
                Position::Head => self.read_line(bytes),
                Position::Body(left) => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    let left = left - here as u64;
                    self.position = if left == 0 { Position::Head } else { Position::Body(left) };
                    &bytes[here..]
                }
                Position::Unknown => return,
            };
        }
    }

    /// Takes the bytes up to the end of a line and returns the rest. hyper also ends lines at a bare line feed, and
    /// bounds the length of a header.
    fn read_line<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(end) = bytes.iter().position(|&b| b == b'\n') else {
            self.line.extend_from_slice(bytes);
            return &[];
        };
        self.line.extend_from_slice(&bytes[..end]);
        let line = std::mem::take(&mut self.line);
        match line.strip_suffix(b"\r").unwrap_or(&line) {
            b"" if self.head.has_lines => self.end_head(),
            b"" => {} // empty lines may precede a request (RFC 9112 §2.2)
            b"PRI * HTTP/2.0" => self.position = Position::Unknown,
            line => self.head.read(line),
        }
        &bytes[end + 1..]
    }

    fn end_head(&mut self) {
        let head = std::mem::take(&mut self.head);
        self.position = match (&head.lengths[..], &head.codings[..]) {
            ([] | [Some(0)], []) => Position::Head,
            ([Some(length)], []) => Position::Body(*length),
            ([], [true]) => Position::Unknown,
            _ => {
                self.is_ambiguous = true;
                Position::Unknown
            }
        };
    }
}

impl Head {
    fn read(&mut self, line: &[u8]) {
        self.has_lines = true;
        let Some(colon) = line.iter().position(|&b| b == b':') else { return };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths.push(decimal(value));
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.codings.push(value.eq_ignore_ascii_case(b"chunked"));
        }
    }
}

/// `1*DIGIT`: `str::parse` alone would take a plus sign too.
fn decimal(value: &[u8]) -> Option<u64> {
    let text = str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(header: &str, body: &str) -> String {
        format!("POST / HTTP/1.1\r\nHost: a\r\n{header}\r\n{body}")
    }

    fn is_ambiguous(text: &str) -> bool {
        let mut framing = Framing::default();
        framing.read(text.as_bytes());
        framing.is_ambiguous()
    }

    /// IN-03
    #[test]
    fn a_request_has_one_length_at_most() {
        for header in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "transfer-encoding: chunked\r\nCONTENT-LENGTH: 5\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5\nContent-Length: 6\n",
            "Content-Length: +5\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: \r\n",
            "Content-Length: 18446744073709551616\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        ] {
            assert!(is_ambiguous(&request(header, "")), "{header:?}");
        }
        for header in ["", "Content-Length: 0\r\n", "Content-Length:5 \r\n", "Transfer-Encoding: Chunked\r\n"] {
            assert!(!is_ambiguous(&request(header, "")), "{header:?}");
        }
    }

    #[test]
    fn what_looks_like_a_header_in_a_body_is_none() {
        let fine = request("Content-Length: 40\r\n", "\r\n\r\nContent-Length: 1\r\nContent-Length: 2\r\n");
        assert!(!is_ambiguous(&fine));
        assert!(!is_ambiguous("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nContent-Length: a\r\n\r\n"));
    }

    proptest! {
        /// A second request is seen however the bytes are cut, also behind a body.
        #[test]
        fn requests_are_followed_through_any_cut(length in 0_usize..50, cuts in prop::collection::vec(1_usize..40, 1..30)) {
            let first = request(&format!("Content-Length: {length}\r\n"), &"\n".repeat(length));
            let text = first.clone() + &request("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "");
            let mut framing = Framing::default();
            let (mut rest, mut cuts) = (text.as_bytes(), cuts.iter().cycle());

            while !rest.is_empty() {
                prop_assert!(!framing.is_ambiguous());
                let (piece, next) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
                framing.read(piece);
                rest = next;
            }

            prop_assert!(framing.is_ambiguous());
            prop_assert!(!is_ambiguous(&first));
        }
    }
}
