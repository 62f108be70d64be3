//! Where settings come from: a TOML file and, before it, the environment.

use std::collections::BTreeMap;
use std::fmt::Display;

use toml::{Table, Value};
use zeroize::Zeroizing;

use super::{
    SecretText,
    in_force::{Given, InForce, Origin},
};

/// What the file and the environment say, and everything that is wrong with it.
///
/// Each setting is taken by its key; what is left in the file in the end is unknown.
pub(super) struct Source<E> {
    file: BTreeMap<String, Value>,
    env: E,
    file_name: String,
    given: Vec<(String, Given)>,
    pub problems: Vec<String>,
}

impl<E: Fn(&str) -> Option<String>> Source<E> {
    /// `file_name`: where the table stands.
    pub fn new(file_name: impl Into<String>, file: Table, env: E) -> Self {
        let mut flat = BTreeMap::new();
        flatten("", file, &mut flat);
        Self { file: flat, env, file_name: file_name.into(), given: Vec::new(), problems: Vec::new() }
    }

    /// Every setting as it is in force.
    pub fn in_force(&self) -> Vec<InForce> {
        InForce::all(&self.given)
    }

    /// A setting that need not be given.
    pub fn or_default<T, P: Display>(
        &mut self,
        key: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, P>,
    ) -> Option<T> {
        match self.text(key) {
            Ok(None) => Some(default),
            Ok(Some(text)) => self.parsed(key, &text, parse),
            Err(problem) => self.refuse(problem),
        }
    }

    /// A setting that nobody can guess. `purpose` is what it should be.
    pub fn required<T, P: Display>(
        &mut self,
        key: &str,
        purpose: &str,
        parse: impl FnOnce(&str) -> Result<T, P>,
    ) -> Option<T> {
        match self.text(key) {
            Ok(None) => self.missing(key, &variable(key), purpose),
            Ok(Some(text)) => self.parsed(key, &text, parse),
            Err(problem) => self.refuse(problem),
        }
    }

    /// A setting that is several texts: an array in the file, separated by commas in the environment.
    pub fn list<T, P: Display>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, P>) -> Option<Vec<T>> {
        self.list_if_given(key, parse).map(Option::unwrap_or_default)
    }

    /// The same where an empty list and none are two things. In the environment, where an empty variable counts as not set,
    /// `none` is an empty list.
    #[expect(clippy::option_option, reason = "absent and wrong are different")]
    pub fn list_if_given<T, P: Display>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, P>,
    ) -> Option<Option<Vec<T>>> {
        let (origin, texts) = match self.take(key) {
            Some((origin, Value::String(text))) if origin.is_variable() && text == "none" => (origin, Vec::new()),
            Some((origin, Value::String(text))) if origin.is_variable() => {
                (origin, text.split(',').map(|one| one.trim().to_owned()).collect())
            }
            Some((origin, Value::Array(elements))) => {
                let texts = elements.iter().map(|element| element.as_str().map(str::to_owned));
                match texts.collect::<Option<Vec<_>>>() {
                    Some(texts) => (origin, texts),
                    None => return self.refuse(format!("{key}: give an array of texts")),
                }
            }
            Some(_) => return self.refuse(format!("{key}: give an array of texts")),
            None => return Some(None),
        };
        self.given.push((key.to_owned(), Given::open(origin, &texts.join(", "))));
        // Parsed one by one and then collected, so that every bad one is reported.
        let parsed: Vec<_> = texts.iter().map(|text| self.parsed(key, text, &parse)).collect();
        parsed.into_iter().collect::<Option<Vec<_>>>().map(Some)
    }

    /// A secret that must be given: as it is, or as the name of the file it stands in (`…_FILE`, `…_file`).
    ///
    /// No message contains it.
    pub fn secret<P: Display>(
        &mut self,
        key: &str,
        purpose: &str,
        check: impl FnOnce(&str) -> Result<(), P>,
    ) -> Option<SecretText> {
        let given = self.secret_if_given(key, check)?;
        let variable = variable(key);
        given.or_else(|| self.missing(key, &format!("{variable} or {variable}_FILE"), purpose))
    }

    /// A secret that need not be given. `None`: it is given wrongly.
    #[expect(clippy::option_option, reason = "absent and wrong are different")]
    pub fn secret_if_given<P: Display>(
        &mut self,
        key: &str,
        check: impl FnOnce(&str) -> Result<(), P>,
    ) -> Option<Option<SecretText>> {
        let (file_key, variable) = (format!("{key}_file"), variable(key));
        let from_file = (self.file.remove(key), self.file.remove(&file_key));
        let from_env = (self.variable_of(key), self.variable_of(&file_key));
        let origin = match &from_env {
            (None, None) => Origin::File(self.file_name.clone()),
            (Some(_), _) => Origin::Variable(variable.clone()),
            (None, Some(_)) => Origin::Variable(format!("{variable}_FILE")),
        };
        let text = match (from_env, from_file) {
            ((Some(_), Some(_)), _) | ((None, None), (Some(_), Some(_))) => {
                return self.refuse(format!("{key} and {file_key} are both given: keep one"));
            }
            ((Some(text), None), _) | ((None, None), (Some(Value::String(text)), None)) => Zeroizing::new(text),
            ((None, Some(path)), _) | ((None, None), (None, Some(Value::String(path)))) => {
                match std::fs::read_to_string(&path) {
                    Ok(text) => Zeroizing::new(text),
                    Err(error) => {
                        return self.refuse(format!("{file_key} ({variable}_FILE): {path} cannot be read: {error}"));
                    }
                }
            }
            ((None, None), (None, None)) => return Some(None),
            _ => return self.refuse(format!("{key}: give a text")),
        };
        self.given.push((key.to_owned(), Given::secret(origin)));
        let text = text.trim_end_matches(['\r', '\n']);
        match check(text) {
            Ok(()) => Some(Some(SecretText::new(text))),
            Err(problem) => self.refuse(format!("{key} ({variable}): {problem}")),
        }
    }

    /// Reports whatever nobody asked for.
    pub fn refuse_the_rest(&mut self) {
        let unknown = std::mem::take(&mut self.file);
        let problems = unknown
            .into_keys()
            .map(|key| format!("{key}: no setting has this name; check its spelling and its section"));
        self.problems.extend(problems);
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        let (origin, text) = match self.take(key) {
            Some((origin, Value::String(text))) => (origin, text),
            Some((origin, Value::Integer(number))) => (origin, number.to_string()),
            Some((origin, Value::Boolean(switch))) => (origin, switch.to_string()),
            Some(_) => return Err(format!("{key}: give a text or a whole number")),
            None => return Ok(None),
        };
        self.given.push((key.to_owned(), Given::open(origin, &text)));
        Ok(Some(text))
    }

    /// What is given for a key, and where. The environment goes before the file.
    fn take(&mut self, key: &str) -> Option<(Origin, Value)> {
        let in_file = self.file.remove(key).map(|value| (Origin::File(self.file_name.clone()), value));
        let in_env = self.variable_of(key).map(|text| (Origin::Variable(variable(key)), Value::String(text)));
        in_env.or(in_file)
    }

    /// The value of its environment variable. An empty one counts as not set.
    fn variable_of(&self, key: &str) -> Option<String> {
        (self.env)(&variable(key)).filter(|text| !text.is_empty())
    }

    fn parsed<T, P: Display>(&mut self, key: &str, text: &str, parse: impl FnOnce(&str) -> Result<T, P>) -> Option<T> {
        match parse(text) {
            Ok(value) => Some(value),
            Err(problem) => self.refuse(format!("{key} ({}) is {text:?}: {problem}", variable(key))),
        }
    }

    fn missing<T>(&mut self, key: &str, variables: &str, purpose: &str) -> Option<T> {
        self.refuse(format!("{key} is missing: {purpose}; set it in the file or as {variables}"))
    }

    fn refuse<T>(&mut self, problem: String) -> Option<T> {
        self.problems.push(problem);
        None
    }
}

/// `database.url` → `PORTCULLIS_DATABASE_URL`
pub(super) fn variable(key: &str) -> String {
    format!("PORTCULLIS_{}", key.replace('.', "_").to_uppercase())
}

fn flatten(prefix: &str, table: Table, flat: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        match value {
            Value::Table(section) => flatten(&format!("{key}."), section, flat),
            value => drop(flat.insert(key, value)),
        }
    }
}
