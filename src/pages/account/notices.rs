//! The message at the top of a page that a form leads back to.

use super::Person;
use crate::{
    protocol::parameters::Parameters,
    web::view::{Notice, NoticeKind},
};

/// The notice for the query parameter `done`: each of its values with its text. A closed list, so that no link from
/// elsewhere makes the page say something.
pub(super) fn done(person: &Person, query: &Parameters, texts: &[(&str, &str)]) -> Vec<Notice> {
    let said = query.one("done").ok().flatten();
    let found = texts.iter().find(|(value, _)| Some(*value) == said);
    let notice = |(_, key): &(&str, &str)| Notice::new(NoticeKind::Done, person.language.text(key).into_owned());
    found.map(notice).into_iter().collect()
}
