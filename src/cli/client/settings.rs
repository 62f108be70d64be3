//! The options that describe a client: one for each field of its metadata, made from the table of fields.

use std::path::PathBuf;

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, builder::PossibleValuesParser, error::Error,
    value_parser,
};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::{
    policy::moving::document::Reading,
    protocol::{
        client_metadata::{
            field::{Editor, Field, Kind, Named},
            fields::FIELDS,
        },
        jwk_set::JwkSet,
    },
};

/// Where the option stands that takes the place of all others.
const FILE: &str = "metadata";

#[derive(Args)]
pub struct CreateArgs {
    /// An id of your own, for a client that comes from elsewhere.
    #[arg(long, conflicts_with = FILE)]
    client_id: Option<String>,
    #[command(flatten)]
    fields: Fields<true>,
    /// A JSON file with a client or an array of them, by the names of RFC 7591, instead of options; `-`: standard
    /// input. It may be what another server gave out, or what `client show --json` or `client list --json` printed.
    #[arg(long, value_name = "FILE")]
    pub metadata: Option<PathBuf>,
    #[command(flatten)]
    pub moving: MovingArgs,
}

/// How what comes from elsewhere is read.
#[derive(Args)]
#[command(next_help_heading = "What comes from elsewhere")]
pub struct MovingArgs {
    /// Write nothing, and say what would become of each thing.
    #[arg(long)]
    pub dry_run: bool,
    /// What a scope is called here; `FROM=` leaves it out. Several may be given.
    #[arg(long = "map-scope", value_name = "FROM=TO", value_parser = mapped)]
    scopes: Vec<(String, Option<String>)>,
    /// Days that secrets which come along go on working; 0: without end. We did not make them, so rotate them.
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = value_parser!(u16).range(..=3650))]
    grace_days: u16,
}

impl MovingArgs {
    /// The same for whoever reads.
    pub fn reading(&self, now: OffsetDateTime) -> Reading {
        let secrets_end = (self.grace_days > 0).then(|| now + Duration::days(self.grace_days.into()));
        Reading { scopes: self.scopes.iter().cloned().collect(), only: None, secrets_end, now }
    }
}

fn mapped(text: &str) -> Result<(String, Option<String>), &'static str> {
    let (from, to) = text.split_once('=').ok_or("write FROM=TO")?;
    Ok((from.to_owned(), Some(to.to_owned()).filter(|to| !to.is_empty())))
}

#[derive(Args)]
pub struct UpdateArgs {
    pub client_id: String,
    #[command(flatten)]
    fields: Fields<false>,
    /// A JSON file with all settings of the client, by the names of RFC 7591, instead of options; `-`: standard input. It
    /// may be what `client show --json` printed: then it is refused if the client has changed since.
    #[arg(long, value_name = "FILE")]
    pub metadata: Option<PathBuf>,
}

/// What the options of fields give: members by their JSON names. What is not given stays as it is, or gets the default
/// of the client's type. `NEW`: the client is registered now, so that everything can be said of it.
struct Fields<const NEW: bool>(Map<String, Value>);

impl CreateArgs {
    /// The members of the new client that are given.
    pub fn given(self) -> Map<String, Value> {
        let id = self.client_id.map(|id| ("client_id".to_owned(), id.into()));
        self.fields.0.into_iter().chain(id).collect()
    }
}

impl UpdateArgs {
    /// The members that are given.
    pub fn given(self) -> Map<String, Value> {
        self.fields.0
    }
}

impl<const NEW: bool> Args for Fields<NEW> {
    fn augment_args(command: Command) -> Command {
        command.args(Self::fields().map(|field| {
            let needed = NEW && field.is_required();
            let option = option(field).conflicts_with(FILE);
            if needed { option.required_unless_present(FILE) } else { option }
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const NEW: bool> FromArgMatches for Fields<NEW> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = Self::fields().filter_map(|field| Some((field.name.to_owned(), given(field, matches)?)));
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

impl<const NEW: bool> Fields<NEW> {
    fn fields() -> impl Iterator<Item = &'static Field> {
        FIELDS.iter().filter(|field| NEW || field.editor != Editor::Nobody)
    }
}

fn option(field: &Field) -> Arg {
    let option = Arg::new(field.name).long(field.option);
    let meaning = field.meaning.trim_end_matches('.');
    let (option, several) = match field.kind {
        Kind::Text { .. } => (option.value_name("TEXT"), false),
        Kind::Link => (option.value_name("URL"), false),
        Kind::RedirectUris { .. } => (option.value_name("URI"), true),
        Kind::Emails { .. } => (option.value_name("EMAIL"), true),
        Kind::Scopes => (option.value_name("SCOPE"), true),
        Kind::One(all) => (option.value_name("VALUE").value_parser(values(all)), false),
        Kind::Several(all) => (option.value_name("VALUE").value_parser(values(all)), true),
        Kind::Flag => {
            let option = option.value_name("BOOL").num_args(0..=1).require_equals(true).default_missing_value("true");
            (option.value_parser(value_parser!(bool)), false)
        }
        Kind::Seconds { .. } => (option.value_name("SECONDS").value_parser(value_parser!(i32)), false),
        Kind::Api => (option.value_name("API"), false),
        Kind::Claim => (option.value_name("CLAIM"), false),
        Kind::CertificateName(_) => (option.value_name("NAME"), false),
        Kind::Keys => (option.value_name("FILE").value_parser(keys), false),
    };
    if several {
        option.action(ArgAction::Append).help(format!("{meaning}; several may be given, and then these are all"))
    } else {
        option.help(meaning.to_owned())
    }
}

fn values(all: &'static [Named]) -> PossibleValuesParser {
    PossibleValuesParser::new(all.iter().map(|one| one.value))
}

/// Public keys: the file that holds them, or they themselves.
fn keys(given: &str) -> Result<String, String> {
    if given.trim_start().starts_with('{') {
        return Ok(given.to_owned());
    }
    std::fs::read_to_string(given).map_err(|error| format!("the file cannot be read: {error}"))
}

/// What its option gives, as JSON.
fn given(field: &Field, matches: &ArgMatches) -> Option<Value> {
    let texts = || matches.get_many::<String>(field.name).map(|texts| texts.cloned().collect::<Vec<_>>());
    match field.kind {
        Kind::Text { .. } | Kind::Link | Kind::One(_) | Kind::Api | Kind::Claim | Kind::CertificateName(_) => {
            matches.get_one::<String>(field.name).cloned().map(Value::from)
        }
        Kind::RedirectUris { .. } | Kind::Emails { .. } | Kind::Several(_) => texts().map(Value::from),
        Kind::Scopes => texts().map(|names| names.join(" ").into()),
        Kind::Flag => matches.get_one::<bool>(field.name).copied().map(Value::from),
        Kind::Seconds { .. } => matches.get_one::<i32>(field.name).copied().map(Value::from),
        Kind::Keys => matches.get_one::<String>(field.name).map(|text| JwkSet::typed(text)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{client_metadata::ClientMetadata, fixtures::any_metadata};

    fn parsed<const NEW: bool>(arguments: &[String]) -> Map<String, Value> {
        let command = Fields::<NEW>::augment_args(Command::new("client").no_binary_name(true).arg(Arg::new(FILE)));
        let matches = command.try_get_matches_from(arguments).unwrap();
        Fields::<NEW>::from_arg_matches(&matches).unwrap().0
    }

    /// The options that say of a client what there is to say.
    fn arguments(metadata: &ClientMetadata) -> Vec<String> {
        let members = metadata.members();
        let of = |field: &Field| -> Vec<String> {
            let option = |value: &str| format!("--{}={value}", field.option);
            match &members[field.name] {
                Value::Null => Vec::new(),
                Value::Array(texts) => texts.iter().map(|text| option(text.as_str().unwrap())).collect(),
                Value::String(text) if field.name == "scope" => {
                    text.split(' ').filter(|scope| !scope.is_empty()).map(option).collect()
                }
                Value::String(text) => vec![option(text)],
                value => vec![option(&value.to_string())],
            }
        };
        FIELDS.iter().flat_map(of).collect()
    }

    #[test]
    fn each_option_stands_once_and_is_well_formed() {
        let command = CreateArgs::augment_args(Command::new("client"));
        command.clone().debug_assert();
        UpdateArgs::augment_args(Command::new("client")).debug_assert();
        let options = FIELDS.iter().map(|field| field.option).collect::<BTreeSet<_>>();
        assert_eq!(options.len(), FIELDS.len());
        assert!(parsed::<false>(&[]).is_empty());
    }

    proptest! {
        /// What cannot be said by options, that there is none of something, is what is not said.
        #[test]
        fn options_say_all_that_json_says(metadata in any_metadata()) {
            let said = parsed::<true>(&arguments(&metadata));

            let silent = |value: &Value| [Value::Null, Value::from(""), Value::Array(vec![])].contains(value);
            let mut members = metadata.members();
            members.retain(|_, value| !silent(value));
            prop_assert_eq!(said, members);
        }
    }
}
