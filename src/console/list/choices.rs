//! What the filter of a list offers.

use super::{CREATED, List, SIZES};
use crate::{console::form, web::view::Choice};

impl List {
    /// What a filter can be set to: all rows, or one of these values by its label.
    #[must_use]
    pub fn choices(&self, name: &str, all: &str, values: &[(&str, &str)]) -> Vec<Choice> {
        let mut choices = vec![Choice::new("", all, "")];
        choices.extend(values.iter().map(|(value, label)| Choice::new(value, label, "")));
        form::choose(choices, self.filter(name).unwrap_or_default())
    }

    /// The sizes of a page.
    #[must_use]
    pub fn sizes(&self) -> Vec<Choice> {
        let other = Some(self.size).filter(|size| !SIZES.contains(size));
        let sizes = SIZES.into_iter().chain(other).map(|size| {
            let value = size.to_string();
            Choice { chosen: size == self.size, ..Choice::new(&value, &value, "") }
        });
        sizes.collect()
    }

    /// The orders of the list. On a phone, where columns have no heads, this is the way to them.
    #[must_use]
    pub fn orders(&self) -> Vec<Choice> {
        let mut choices = Vec::with_capacity(2 * self.kind.orders.len());
        for (n, order) in self.kind.orders.iter().enumerate() {
            let [first, last] = labels(order);
            choices.push(Choice::new(if n == 0 { "" } else { order }, &first, ""));
            choices.push(Choice::new(&format!("-{order}"), &last, ""));
        }
        form::choose(choices, &self.sort())
    }
}

/// What an order is called, and the same from its end.
fn labels(order: &str) -> [String; 2] {
    match order {
        CREATED => ["Oldest first", "Newest first"].map(str::to_owned),
        "scopes" => ["Fewest scopes first", "Most scopes first"].map(str::to_owned),
        name => [format!("By {name}"), format!("By {name}, from the end")],
    }
}
