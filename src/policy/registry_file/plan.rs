//! What applying a file would do, and how that is told.

use serde::{Deserialize, Serialize};

use super::{Act, Described, Difference, Registered, Step, compare};

/// What is to be done to make the registry what a file says.
#[derive(Clone)]
pub struct Plan {
    /// The steps, in the order in which they are taken.
    pub steps: Vec<Step>,
    /// The same without the changes, as it is told.
    pub told: Told,
}

/// What is to be done and what is left alone, as it is told. Two plans that tell the same do the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Told {
    pub add: usize,
    pub change: usize,
    pub delete: usize,
    pub steps: Vec<ToldStep>,
    /// What the file does not know, and stays.
    pub kept: Vec<Kept>,
}

/// A step, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ToldStep {
    pub act: Act,
    pub kind: String,
    pub name: String,
    pub differences: Vec<Difference>,
}

/// Something that the file does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Kept {
    pub kind: String,
    pub name: String,
}

impl Plan {
    /// What leads from what is registered to what the file says. `prunes`: what the file does not know is deleted.
    #[must_use]
    pub fn of(there: &Registered, wanted: &Described, prunes: bool) -> Self {
        let steps = compare(there, wanted, prunes);
        let kept = if prunes { Vec::new() } else { unknown_to(wanted, there) };
        let count = |act| steps.iter().filter(|step| step.act == act).count();
        let told = Told {
            add: count(Act::Add),
            change: count(Act::Change),
            delete: count(Act::Delete),
            steps: steps.iter().map(told).collect(),
            kept,
        };
        Self { steps, told }
    }
}

fn told(Step { act, kind, name, differences, .. }: &Step) -> ToldStep {
    ToldStep { act: *act, kind: (*kind).to_owned(), name: name.clone(), differences: differences.clone() }
}

fn unknown_to(wanted: &Described, there: &Registered) -> Vec<Kept> {
    let pruned = compare(there, wanted, true).into_iter().filter(|step| step.act == Act::Delete);
    pruned.map(|step| Kept { kind: step.kind.to_owned(), name: step.name }).collect()
}
