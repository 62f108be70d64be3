//! Two people changed the same thing: what both of them want, field by field.

use serde_json::{Map, Value};

/// What comes of two changes of one thing.
#[derive(Debug, PartialEq, Eq)]
pub struct Merged {
    /// What both want. Where they contradict each other, it is what the second wants.
    pub members: Map<String, Value>,
    /// What the first changed and the second did not, or both to the same list.
    pub taken: Vec<String>,
    /// What both changed, to something else each.
    pub contradicted: Vec<String>,
}

/// Merges two changes. `base`: what the first changed, as it was before; `theirs`: what there is since; `mine`: what the
/// second wants, who saw the base.
#[must_use]
pub fn merge(base: &Map<String, Value>, theirs: &Map<String, Value>, mine: Map<String, Value>) -> Merged {
    let mut merged = Merged { members: mine, taken: Vec::new(), contradicted: Vec::new() };
    for (name, base) in base {
        let (Some(theirs), Some(mine)) = (theirs.get(name), merged.members.get(name)) else { continue };
        if mine == theirs {
            continue;
        }
        let both = if mine == base { Some(theirs.clone()) } else { both(name, [base, theirs, mine]) };
        match both {
            Some(both) => {
                merged.members.insert(name.clone(), both);
                merged.taken.push(name.clone());
            }
            None => merged.contradicted.push(name.clone()),
        }
    }
    merged
}

/// What both want of a list: what is there, without what either took away, with what either added. `None`: it is no list.
fn both(name: &str, [base, theirs, mine]: [&Value; 3]) -> Option<Value> {
    match (base, theirs, mine) {
        (Value::Array(base), Value::Array(theirs), Value::Array(mine)) => {
            Some(Value::Array(united(base, theirs, mine)))
        }
        (Value::String(base), Value::String(theirs), Value::String(mine)) if name == "scope" => {
            let words = |text: &'_ str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            Some(Value::String(united(&words(base), &words(theirs), &words(mine)).join(" ")))
        }
        (Value::Object(base), Value::Object(theirs), Value::Object(mine)) => united_by_name(base, theirs, mine),
        _ => None,
    }
}

fn united<T: Clone + PartialEq>(base: &[T], theirs: &[T], mine: &[T]) -> Vec<T> {
    let kept = theirs.iter().filter(|one| mine.contains(one) || !base.contains(one));
    let added = mine.iter().filter(|one| !theirs.contains(one) && !base.contains(one));
    kept.chain(added).cloned().collect()
}

/// `None`: they contradict each other about one of the names.
fn united_by_name(base: &Map<String, Value>, theirs: &Map<String, Value>, mine: &Map<String, Value>) -> Option<Value> {
    let mut united = Map::new();
    for name in theirs.keys().chain(mine.keys()) {
        let [base, theirs, mine] = [base, theirs, mine].map(|of| of.get(name));
        let wanted = if mine == base || mine == theirs {
            theirs
        } else if theirs == base {
            mine
        } else {
            return None;
        };
        if let Some(wanted) = wanted {
            united.insert(name.clone(), wanted.clone());
        }
    }
    Some(Value::Object(united))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    fn merged(base: Value, theirs: Value, mine: Value) -> (Value, Vec<String>, Vec<String>) {
        let Merged { members, taken, contradicted } = merge(&object(base), &object(theirs), object(mine));
        (Value::Object(members), taken, contradicted)
    }

    #[test]
    fn what_only_one_changed_is_as_they_want_it() {
        let (both, taken, contradicted) = merged(
            json!({"client_name": "Old"}),
            json!({"client_name": "New", "policy_uri": null}),
            json!({"client_name": "Old", "policy_uri": "https://a.example/"}),
        );
        assert_eq!(both, json!({"client_name": "New", "policy_uri": "https://a.example/"}));
        assert_eq!((taken, contradicted), (vec!["client_name".to_owned()], vec![]));
    }

    #[test]
    fn of_two_names_neither_is_right() {
        let (both, taken, contradicted) = merged(json!({"name": "a"}), json!({"name": "b"}), json!({"name": "c"}));
        assert_eq!(both, json!({"name": "c"}));
        assert_eq!((taken, contradicted), (vec![], vec!["name".to_owned()]));
    }

    #[test]
    fn lists_are_united() {
        let lists = [
            json!({"redirect_uris": ["a", "b"]}),
            json!({"redirect_uris": ["b", "c"]}),
            json!({"redirect_uris": ["a", "b", "d"]}),
        ];
        let [base, theirs, mine] = lists;
        assert_eq!(merged(base, theirs, mine).0, json!({"redirect_uris": ["b", "c", "d"]}));
        let scopes = ["openid a:read", "openid a:read b:read", "openid"].map(|scope| json!({"scope": scope}));
        let [base, theirs, mine] = scopes;
        assert_eq!(merged(base, theirs, mine).0, json!({"scope": "openid b:read"}));
        let [base, theirs, mine] =
            [json!({"a": "A", "b": "B"}), json!({"a": "A", "b": "B!"}), json!({"b": "B", "c": "C"})];
        let of = |scopes: Value| json!({ "scopes": scopes });
        assert_eq!(merged(of(base), of(theirs), of(mine)).0, of(json!({"b": "B!", "c": "C"})));
        let [base, theirs, mine] = [json!({"a": "A"}), json!({"a": "B"}), json!({"a": "C"})];
        assert_eq!(merged(of(base), of(theirs), of(mine)).2, ["scopes"]);
    }

    proptest! {
        /// Whoever changed nothing gets what the other wants, and merging twice is merging once.
        #[test]
        fn nothing_is_lost(
            base in prop::collection::btree_set("[a-e]", 0..5),
            theirs in prop::collection::btree_set("[a-e]", 0..5),
            mine in prop::collection::btree_set("[a-e]", 0..5),
        ) {
            let of = |set: &std::collections::BTreeSet<String>| object(json!({ "redirect_uris": set }));
            prop_assert_eq!(&merge(&of(&base), &of(&theirs), of(&base)).members, &of(&theirs));
            let once = merge(&of(&base), &of(&theirs), of(&mine)).members;
            prop_assert_eq!(&merge(&of(&theirs), &of(&theirs), once.clone()).members, &once);
            let of_both = once["redirect_uris"].as_array().unwrap();
            for one in theirs.iter().chain(&mine) {
                let was_taken_away = base.contains(one) && !(theirs.contains(one) && mine.contains(one));
                prop_assert_eq!(of_both.contains(&json!(one)), !was_taken_away, "{}", one);
            }
        }
    }
}
