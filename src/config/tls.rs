//! Where the certificate is that we serve.

use std::path::PathBuf;

use super::{source::Source, value};

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// A file in PEM: the certificate, and those that lead to its authority.
    pub certificate: PathBuf,
    /// A file in PEM: its private key.
    pub key: PathBuf,
}

impl TlsFiles {
    /// They belong together. The outer `None`: something is wrong with them.
    #[expect(clippy::option_option, reason = "absent and wrong are different")]
    pub(super) fn read<E: Fn(&str) -> Option<String>>(s: &mut Source<E>) -> Option<Option<Self>> {
        let certificate = s.or_default("tls.certificate", None, |path| value::file(path).map(Some))?;
        let key = s.or_default("tls.key", None, |path| value::file(path).map(Some))?;
        match (certificate, key) {
            (Some(certificate), Some(key)) => Some(Some(Self { certificate, key })),
            (None, None) => Some(None),
            _ => {
                s.problems.push("tls.certificate and tls.key: give both, or none of them".into());
                None
            }
        }
    }
}
