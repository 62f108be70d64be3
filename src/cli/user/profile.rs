//! The options that describe a user: one for each text of their profile, made from the table of fields.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, error::Error, value_parser};

use crate::{
    policy::profile::{PHONE_NUMBER_VERIFIED, ProfileEdit},
    protocol::standard_claims::{
        field::{Field, Kind},
        fields::FIELDS,
    },
};

/// What the options give. What is not given stays as it is.
pub struct ProfileOptions(pub ProfileEdit);

impl Args for ProfileOptions {
    fn augment_args(command: Command) -> Command {
        let verified = Arg::new(PHONE_NUMBER_VERIFIED).long("phone-number-verified").value_name("BOOL");
        let verified = verified.num_args(0..=1).require_equals(true).default_missing_value("true");
        let verified = verified.value_parser(value_parser!(bool));
        let verified = verified.help("Whether the user has shown that the phone number is theirs");
        command
            .next_help_heading("Profile (an empty text takes away what is there)")
            .args(FIELDS.iter().map(option))
            .arg(verified)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ProfileOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let text = |field: &'static Field| Some((field, matches.get_one::<String>(field.name)?.clone()));
        Ok(Self(ProfileEdit {
            texts: FIELDS.iter().filter_map(text).collect(),
            phone_number_verified: matches.get_one::<bool>(PHONE_NUMBER_VERIFIED).copied(),
        }))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        let Self(given) = Self::from_arg_matches(matches)?;
        self.0.texts.extend(given.texts);
        self.0.phone_number_verified = given.phone_number_verified.or(self.0.phone_number_verified);
        Ok(())
    }
}

fn option(field: &Field) -> Arg {
    let value = match field.kind {
        Kind::Words { .. } | Kind::Lines { .. } => "TEXT",
        Kind::Link => "URL",
        Kind::Date => "DATE",
        Kind::TimeZone => "ZONE",
        Kind::Locale => "TAG",
        Kind::Phone => "NUMBER",
    };
    // A number begins with a plus sign, a text may begin with a hyphen.
    let option = Arg::new(field.name).long(field.option).value_name(value).allow_hyphen_values(true);
    option.help(field.meaning.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(arguments: &[&str]) -> ProfileEdit {
        let command = ProfileOptions::augment_args(Command::new("user").no_binary_name(true));
        command.clone().debug_assert();
        ProfileOptions::from_arg_matches(&command.try_get_matches_from(arguments).unwrap()).unwrap().0
    }

    #[test]
    fn each_text_has_an_option_and_what_is_not_given_is_not_said() {
        let nothing = given(&[]);
        assert!(nothing.texts.is_empty() && nothing.phone_number_verified.is_none());
        let arguments = FIELDS.iter().map(|field| format!("--{}={}", field.option, field.name)).collect::<Vec<_>>();
        let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
        let texts = given(&arguments).texts;
        assert!(
            texts
                .iter()
                .map(|(field, text)| (field.name, &**text))
                .eq(FIELDS.iter().map(|field| (field.name, field.name)))
        );
        for (option, said) in [("--phone-number-verified", true), ("--phone-number-verified=false", false)] {
            assert_eq!(given(&[option]).phone_number_verified, Some(said));
        }
    }
}
