//! The table `seen_jwts`: JWTs that count once, on whichever node they come in, and have come.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::partitions::first_id;
use crate::secret::Secret;

/// What counts once. Those of one kind do not stand in the way of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A client's assertion of who it is (RFC 7523 §3).
    ClientAssertion,
    /// A proof that a key is held (RFC 9449 §11.1).
    DpopProof,
}

/// A JWT that counts once: whose it is, its `jti`, and a time that it names, within two hours of now.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the line above says it")]
pub struct Seen<'a> {
    pub kind: Kind,
    pub of: &'a str,
    pub jti: &'a str,
    pub at: OffsetDateTime,
}

impl Seen<'_> {
    /// 48 bits of time and 80 of the hash: among ten million of one second, two different ones fall together once in 10¹⁰ times.
    fn id(&self) -> Uuid {
        let Self { kind, of, jti, at } = *self;
        let hash = Secret::presented(&format!("{kind:?} {} {of} {jti}", of.len())).hash();
        let mut id = first_id(at.unix_timestamp() * 1000).into_bytes();
        id[6..].copy_from_slice(&hash.as_bytes()[..10]);
        Uuid::from_bytes(id)
    }
}

/// Notes that it has come. `false`: it came before.
///
/// # Errors
/// The database refused.
pub async fn note(db: impl PgExecutor<'_>, seen: Seen<'_>) -> sqlx::Result<bool> {
    let noted = sqlx::query!("insert into seen_jwts (id) values ($1) on conflict do nothing", seen.id());
    Ok(noted.execute(db).await?.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_makes_it_another() {
        let at = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        let seen = Seen { kind: Kind::ClientAssertion, of: "app", jti: "1", at };
        let others = [
            Seen { kind: Kind::DpopProof, ..seen },
            Seen { of: "app1", jti: "", ..seen },
            Seen { jti: "2", ..seen },
            Seen { at: at + time::Duration::SECOND, ..seen },
        ];
        assert!(others.iter().all(|other| other.id() != seen.id()));
        assert_eq!(seen.id(), Seen { ..seen }.id());
        assert_eq!(seen.id().as_bytes()[..6], first_id(1_800_000_000_000).as_bytes()[..6]);
    }
}
