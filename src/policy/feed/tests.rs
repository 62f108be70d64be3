use proptest::prelude::*;

use super::*;

fn at(version: i64) -> Position {
    Position { version, token: Uuid::from_u128(u128::try_from(version).unwrap() + 1000) }
}

fn entry(version: i64, parts: &[Part]) -> Entry {
    Entry { position: at(version), touched: Some(Touched(parts.iter().cloned().collect())) }
}

fn client(n: usize) -> Part {
    Part::Client(format!("client-{n}"))
}

#[test]
fn a_node_drops_what_was_touched_since() {
    let (nothing, both) = (Touched::default(), Touched([Part::Apis, client(1)].into()));
    assert_eq!(follow(at(7), vec![entry(7, &[Part::Keys])]), Step::Follow(at(7), nothing), "it knows of that one");
    let entries = vec![entry(7, &[]), entry(8, &[client(1)]), entry(9, &[Part::Apis, client(1)])];
    assert_eq!(follow(at(7), entries), Step::Follow(at(9), both));
}

#[test]
fn a_node_begins_anew_where_it_cannot_compare() {
    let other = Position { token: Uuid::nil(), ..at(7) };
    let unknown = Entry { touched: None, ..entry(8, &[]) };
    for (why, entries) in [
        ("the version went back", vec![]),
        ("its own entry is gone", vec![entry(8, &[]), entry(9, &[])]),
        ("the same number stands for another change", vec![Entry { position: other, ..entry(7, &[]) }, entry(8, &[])]),
        ("an entry between is gone", vec![entry(7, &[]), entry(9, &[])]),
        ("a newer version of the program wrote it", vec![entry(7, &[]), unknown]),
        ("there are too many", (0..=10_000).map(|n| entry(7 + n, &[])).collect()),
    ] {
        assert_eq!(follow(at(7), entries), Step::BeginAnew, "{why}");
    }
}

#[test]
fn of_many_clients_it_is_known_that_there_were_many() {
    let mut touched = Touched::from(Part::Roles);
    (0..MOST_NAMED).for_each(|n| touched.add(client(n)));
    assert_eq!(touched.parts().count(), MOST_NAMED + 1);

    (0..=MOST_NAMED).for_each(|n| touched.add(Part::NewClient(n.to_string())));
    assert!(touched.has(&client(0)) && touched.has(&Part::NewClients), "new ones evict none");
    touched.add(client(MOST_NAMED));
    touched.add(client(0));
    assert_eq!(touched, Touched([Part::Roles, Part::Clients, Part::NewClients].into()));
}

proptest! {
    #[test]
    fn what_was_touched_survives_a_round_trip(
        parts in proptest::collection::vec((0..8_usize, "[A-Za-z0-9._~-]{1,12}"), 0..20),
    ) {
        let part = |(n, id): (usize, String)| match n {
            0 => Part::Apis,
            1 => Part::Roles,
            2 => Part::Keys,
            3 => Part::Logo,
            4 => Part::Clients,
            5 => Part::NewClients,
            6 => Part::Client(id),
            _ => Part::NewClient(id),
        };
        let touched = Touched(parts.into_iter().map(part).collect());
        prop_assert_eq!(Touched::from_texts(&touched.to_texts()), Some(touched));
    }

    /// However a node's polls cut the feed, it drops the same.
    #[test]
    fn following_in_steps_drops_what_following_at_once_does(
        changes in proptest::collection::vec(proptest::collection::vec(0..5_usize, 0..3), 0..12), cut in 0..12_usize,
    ) {
        let entries = std::iter::once(entry(0, &[])).chain((1..).zip(&changes).map(|(version, clients)| {
            entry(version, &clients.iter().map(|n| client(*n)).collect::<Vec<_>>())
        }));
        let entries = entries.collect::<Vec<_>>();
        let cut = cut.min(changes.len());

        let Step::Follow(there, first) = follow(at(0), entries[..=cut].to_vec()) else { panic!("the first half") };
        let Step::Follow(end, second) = follow(there, entries[cut..].to_vec()) else { panic!("the second half") };
        let dropped = Touched(first.0.into_iter().chain(second.0).collect());
        prop_assert_eq!(follow(at(0), entries), Step::Follow(end, dropped));
    }
}
