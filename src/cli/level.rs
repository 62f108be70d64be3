//! Levels of authentication, by their `acr` values.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::protocol::assurance::Level;

pub fn level() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(Level::ALL.map(Level::as_str)).try_map(|text| text.parse())
}
