//! What the lists of the console share: a search, filters, an order and a page of so many rows, all of it in the URL.

mod choices;
mod rows;

use axum::http::StatusCode;

use super::{chart::thousands, form};
use crate::{
    protocol::parameters::Parameters,
    store::attention::MOST,
    web::{
        error_page::PageError,
        view::{FormErrors, Paging},
    },
};

/// How many rows a page has if nothing is said.
const USUAL: usize = 25;
/// What else is offered; the last is the most that a page may have.
const SIZES: [usize; 4] = [USUAL, 50, 100, 200];
/// The most characters of a search.
const LONGEST_SEARCH: usize = 200;

/// A number as a place in an order, which is that of letters.
pub(super) fn place_of(number: usize) -> String {
    format!("{number:08}")
}

/// The order by time.
pub(super) const CREATED: &str = "created";

/// One of the lists.
pub struct Kind {
    /// Where it is.
    pub path: &'static str,
    /// What one of its rows is called, and what several are.
    pub names: (&'static str, &'static str),
    /// What it can be ordered by, the usual order first.
    pub orders: &'static [&'static str],
    /// What it can be narrowed down by; `q` is the search.
    pub filters: &'static [&'static str],
}

/// A list as its URL asks for it, and once its rows are there, how it goes on.
pub struct List {
    kind: &'static Kind,
    filters: Vec<(&'static str, String)>,
    order: &'static str,
    descending: bool,
    size: usize,
    place: Place,
    /// What is wrong with the filter.
    pub errors: FormErrors,
    count: i64,
    /// Each of its rows is ticked.
    pub ticked: bool,
    /// The ways to the neighbouring pages.
    pub paging: Paging,
}

/// Which page is wanted: the first, the one after a row, or the one before a row. Rows are named by id and place.
enum Place {
    First,
    After(String),
    Before(String),
}

impl List {
    /// Reads it from the query: the filters, `sort` (a column, with `-` before it from the end), `size`, `after` or `before`.
    ///
    /// # Errors
    /// A page that says which of them cannot be.
    pub fn read(kind: &'static Kind, query: &Parameters) -> Result<Self, PageError> {
        let query = form::strict(query, &[])?;
        let (order, descending) = order(kind, form::text(query, "sort"))?;
        let place = match (form::text(query, "after"), form::text(query, "before")) {
            ("", "") => Place::First,
            (row, "") => Place::After(row.to_owned()),
            ("", row) => Place::Before(row.to_owned()),
            _ => return Err(malformed("A page is after a row or before one, not both.".into())),
        };
        let given = |name: &'static str| Some((name, form::given(query, name)?.to_owned()));
        let filters = kind.filters.iter().copied().filter_map(given).collect();
        let size = size(form::given(query, "size"))?;
        let (errors, paging) = (FormErrors::default(), Paging::default());
        let ticked = form::text(query, "ticked") == "all";
        let mut list = Self { kind, filters, order, descending, size, place, errors, count: 0, ticked, paging };
        if list.filter("q").is_some_and(|text| text.chars().count() > LONGEST_SEARCH) {
            list.errors.add("q", format!("Search for at most {LONGEST_SEARCH} characters."));
        }
        Ok(list)
    }

    /// What this filter is set to, if it is.
    #[must_use]
    pub fn filter(&self, name: &str) -> Option<&str> {
        self.filters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// What this filter is set to, one of these values.
    ///
    /// # Errors
    /// A page that says that it is another one.
    pub fn one_of<'a>(&self, name: &str, values: &[&'a str]) -> Result<Option<&'a str>, PageError> {
        let Some(given) = self.filter(name) else { return Ok(None) };
        let found = values.iter().find(|value| **value == given);
        found.map(|value| Some(*value)).ok_or_else(|| malformed(format!("“{name}” is one of {}.", values.join(", "))))
    }

    /// Refuses a filter in which something is wrong, where there is no form that could say so.
    pub(super) fn must_be_right(&self) -> Result<(), PageError> {
        self.errors.all().first().map_or(Ok(()), |error| Err(malformed(error.message.clone())))
    }

    /// It is narrowed down, so that being empty says little.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.filters.is_empty()
    }

    /// Whether one of these texts holds what is searched for, in any letter case.
    pub(super) fn is_found<'a>(&self, texts: impl IntoIterator<Item = &'a String>) -> bool {
        let Some(wanted) = self.filter("q").map(str::to_lowercase) else { return true };
        texts.into_iter().any(|text| text.to_lowercase().contains(&wanted))
    }

    /// What the list is ordered by.
    pub(super) const fn order(&self) -> &'static str {
        self.order
    }

    /// The list with the same filters, order and size, at its beginning or where `more` says.
    fn url(&self, more: &[(&str, &str)]) -> String {
        let (sort, size) = (self.sort(), self.size_given());
        let mut pairs = self.filters.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
        pairs.extend([("sort", sort.as_str()), ("size", size.as_str())]);
        for (name, value) in more {
            pairs.retain(|(known, _)| known != name);
            pairs.push((name, value));
        }
        form::link(self.kind.path, &pairs)
    }

    /// Where all that the filter finds is, as a file.
    #[must_use]
    pub fn file(&self, format: &str) -> String {
        let sort = self.sort();
        let filters = self.filters.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs = filters.chain([("sort", sort.as_str()), ("format", format)]).collect::<Vec<_>>();
        form::link(&self.kind.path.replacen("/admin/", "/admin/export/", 1), &pairs)
    }

    /// Where this page is.
    #[must_use]
    pub fn here(&self) -> String {
        self.at_place(&[])
    }

    /// Where the same page is with each of its rows ticked.
    #[must_use]
    pub fn with_all_ticked(&self) -> String {
        self.at_place(&[("ticked", "all")])
    }

    fn at_place(&self, more: &[(&str, &str)]) -> String {
        let here = match &self.place {
            Place::First => None,
            Place::After(row) => Some(("after", row.as_str())),
            Place::Before(row) => Some(("before", row.as_str())),
        };
        self.url(&here.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    }

    /// The order as the URL has it. Empty: the usual one.
    #[must_use]
    pub fn sort(&self) -> String {
        match (self.order, self.descending) {
            (order, false) if order == self.kind.orders[0] => String::new(),
            (order, false) => order.to_owned(),
            (order, true) => format!("-{order}"),
        }
    }

    fn size_given(&self) -> String {
        if self.size == USUAL { String::new() } else { self.size.to_string() }
    }

    /// Where the head of a column leads: to the list in its order, or from its end.
    #[must_use]
    pub fn sorted_by(&self, column: &str) -> String {
        let reverse = self.order == column && !self.descending;
        self.url(&[("sort", &if reverse { format!("-{column}") } else { column.to_owned() })])
    }

    /// How the list is ordered by a column, as `aria-sort` says it.
    #[must_use]
    pub fn direction(&self, column: &str) -> &'static str {
        match (self.order == column, self.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    /// How many there are, in words: "312 clients".
    #[must_use]
    pub fn total(&self) -> String {
        let (one, many) = self.kind.names;
        match self.count {
            1 => format!("1 {one}"),
            count if count > MOST => format!("More than {} {many}", thousands(MOST)),
            count => format!("{} {many}", thousands(count)),
        }
    }

    /// Where the list is, without filters.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.kind.path
    }

    fn is_backwards(&self) -> bool {
        matches!(self.place, Place::Before(_))
    }
}

fn order(kind: &Kind, sort: &str) -> Result<(&'static str, bool), PageError> {
    let (column, descending) = sort.strip_prefix('-').map_or((sort, false), |column| (column, true));
    let found = kind.orders.iter().copied().find(|order| column.is_empty() || *order == column);
    let orders = kind.orders.join(", ");
    let refused = || malformed(format!("“sort” is one of {orders}, or one of them behind a “-”."));
    found.map(|order| (order, descending)).ok_or_else(refused)
}

fn size(given: Option<&str>) -> Result<usize, PageError> {
    let most = SIZES[SIZES.len() - 1];
    let size = given.map_or(Some(USUAL), |given| given.parse().ok());
    let refused = || malformed(format!("“size” is a number from 1 to {most}."));
    size.filter(|size| (1..=most).contains(size)).ok_or_else(refused)
}

/// The page that says how a list may not be asked for.
pub(super) fn malformed(what: String) -> PageError {
    PageError::Administrator(StatusCode::BAD_REQUEST, "The list could not be read", what)
}
