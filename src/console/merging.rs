//! Two administrators changed the same thing: the form of the second shows what both want, and marks where they contradict
//! each other.

use serde_json::{Map, Value};

use super::form;
use crate::{
    policy::merge::{Merged, merge},
    registry::Since,
    web::view::FormErrors,
};

/// What a form holds after somebody else saved first.
pub(super) struct Reconciled {
    /// What both want.
    pub members: Map<String, Value>,
    /// Who changed what, and where both did.
    pub errors: FormErrors,
}

/// Brings together what somebody sent and what there is by now. `fields`: those of the form, by their names.
pub(super) fn reconciled(
    since: &Since,
    theirs: &Map<String, Value>,
    mine: Map<String, Value>,
    fields: &[&'static str],
) -> Reconciled {
    let Merged { members, taken, contradicted } = merge(&since.before, theirs, mine);
    let mut errors = FormErrors::default();
    let mut words = vec![format!("{}, after you opened the form. Nothing was saved yet.", form::who_changed(since))];
    if !taken.is_empty() {
        words.push("Their change is in the form now, together with yours.".to_owned());
    }
    if !contradicted.is_empty() {
        words.push("Where both of you changed the same, yours stands in the form: see the marked fields.".to_owned());
    }
    words.push("Look at it, and save again.".to_owned());
    errors.add("main", words.join(" "));
    for field in fields.iter().filter(|field| contradicted.iter().any(|name| name == *field)) {
        errors.add(*field, format!("Another administrator changed this to: {}", in_words(theirs.get(*field))));
    }
    Reconciled { members, errors }
}

fn in_words(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(Value::Bool(on)) => if *on { "yes" } else { "no" }.to_owned(),
        Some(Value::String(text)) if text.is_empty() => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(several)) => several.iter().map(|one| in_words(Some(one))).collect::<Vec<_>>().join(", "),
        Some(Value::Object(named)) => {
            named.iter().map(|(name, value)| format!("{name} {}", in_words(Some(value)))).collect::<Vec<_>>().join("; ")
        }
        Some(number) => number.to_string(),
    }
}
