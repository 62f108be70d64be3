//! What `portcullis dev` can be told.

use super::{DocumentHost, OUTBOUND_AUTHORITIES, document_hosts, source::Source, value};

/// What `portcullis dev` takes from the environment, by the same names, so that agents can be tried out.
#[derive(Default)]
pub struct TriedOut {
    /// As [`Config::document_hosts`](super::Config::document_hosts).
    pub document_hosts: Vec<DocumentHost>,
    /// As [`Config::outbound_authorities`](super::Config::outbound_authorities).
    pub outbound_authorities: Option<Vec<u8>>,
}

impl TriedOut {
    /// Reads it.
    ///
    /// # Errors
    /// One message for each problem.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let mut source = Source::new("", toml::Table::new(), env);
        let document_hosts = document_hosts(&mut source);
        let authorities = source.or_default(OUTBOUND_AUTHORITIES, None, |path| value::certificates(path).map(Some));
        match (document_hosts, authorities) {
            (Some(document_hosts), Some(outbound_authorities)) => Ok(Self { document_hosts, outbound_authorities }),
            _ => Err(source.problems),
        }
    }
}
