//! The checks, one function for each thing that is looked at.

use anyhow::Result;
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

use super::finding::Finding;
use crate::{
    clock::Clock,
    config::{AuthorityFiles, TlsFiles},
    keys::{ClientAuthorities, MasterKey, SigningKey},
    protocol::signing_algorithm::SigningAlgorithm,
    server::tls::Tls,
    store::{
        clients, condition,
        jobs::{self, JobState},
        outbox,
        pool::{self, pending_migrations},
        privileges::{self, Privileges},
        sealed::COLUMNS,
        signing_keys::{self, SigningKeyRow},
        users,
    },
};

/// How long before a certificate ends somebody should know.
const ENDING: Duration = Duration::days(14);
/// The same for a list of revoked certificates, which is made anew every few days.
const LIST_ENDING: Duration = Duration::DAY;
/// Mail that waits longer than this meets an obstacle.
const LATE_MAIL: Duration = Duration::minutes(10);
/// The most clients that each warning names.
const MOST_CLIENTS: i64 = 100;
/// Nodes and database compare times, so their clocks must agree.
const MOST_CLOCK_DIFFERENCE: Duration = Duration::seconds(2);

/// The certificate that is served goes with its key, and does not end soon.
pub fn certificate(TlsFiles { certificate, key }: &TlsFiles, now: OffsetDateTime) -> Finding {
    let ends_at = match Tls::load(certificate, key) {
        Ok(tls) => tls.ends_at(),
        Err(error) => return Finding::problem("certificate", format!("It cannot be served: {error}.")),
    };
    let days = (ends_at - now).whole_days();
    if ends_at <= now {
        Finding::problem("certificate", "It has ended, so nobody trusts this server: put another one there.")
    } else if ends_at - now < ENDING {
        Finding::warning("certificate", format!("It ends in {days} days: put another one there."))
    } else {
        Finding::fine("certificate", format!("It is good for {days} more days."))
    }
}

/// Who vouches for clients can be read, and the lists of what they have revoked are in their time.
pub fn client_authorities(AuthorityFiles { certificates, revoked }: &AuthorityFiles, now: OffsetDateTime) -> Finding {
    const CHECK: &str = "client authorities";
    let lists_end_at = match ClientAuthorities::load(certificates, revoked.as_deref()) {
        Ok(authorities) => authorities.lists_end_at(),
        Err(error) => return Finding::problem(CHECK, format!("They cannot be used: {error}.")),
    };
    match lists_end_at {
        Some(at) if at <= now => {
            let message =
                "A revocation list has ended, so nobody is who it says whose list it is: put another one there.";
            Finding::problem(CHECK, message)
        }
        Some(at) if at - now < LIST_ENDING => {
            Finding::warning(CHECK, "A revocation list ends within a day: put another one there.")
        }
        _ => Finding::fine(CHECK, "They can be read, and no revocation list has ended."),
    }
}

/// It answers, keeps what it acknowledged, and knows what time it is.
pub async fn database(db: &PgPool, clock: &Clock) -> sqlx::Result<Vec<Finding>> {
    let mut connection = db.acquire().await?;
    let asked_at = clock.now();
    let condition = condition::read(&mut *connection).await?;
    let answered_at = clock.now();

    let durability = if condition.unsafe_settings.is_empty() {
        Finding::fine("durability", "The database keeps what it acknowledged.")
    } else {
        let names = condition.unsafe_settings.join(", ");
        let message =
            format!("A crash of the database loses codes, revocations and the audit trail: switch {names} on.");
        Finding::problem("durability", message)
    };
    let behind = asked_at - condition.now;
    let ahead = condition.now - answered_at;
    let clocks = if behind.max(ahead) < MOST_CLOCK_DIFFERENCE {
        Finding::fine("clocks", "Ours and the database's agree.")
    } else {
        let seconds = behind.max(ahead).whole_seconds();
        Finding::problem(
            "clocks",
            format!("Ours and the database's differ by {seconds} s: let both follow one time source (NTP)."),
        )
    };
    Ok(vec![Finding::fine("database", "It answers."), durability, clocks])
}

/// The role that serves may do what it must, and cannot falsify the audit trail. `None`: there are no tables yet.
pub async fn database_role(db: &PgPool) -> sqlx::Result<Option<Finding>> {
    const CHECK: &str = "database role";
    let Some(Privileges { role, owns, excess, lacking }) = privileges::read(db).await? else { return Ok(None) };
    Ok(Some(if !lacking.is_empty() {
        let advice = "run `portcullis migrate` with database.owner_url, which grants it";
        Finding::problem(CHECK, format!("{role} may not use {}: {advice}.", lacking.join(", ")))
    } else if owns {
        let advice = "let another one own them, and give it to `portcullis migrate` as database.owner_url";
        let danger = "whoever takes the server over can change and delete the audit trail";
        Finding::warning(CHECK, format!("{role} owns the tables, so {danger}: {advice}."))
    } else if !excess.is_empty() {
        let advice = "revoke it from this role, from those that it is a member of, and from public";
        Finding::warning(CHECK, format!("{role} may do more than it needs ({}): {advice}.", excess.join(", ")))
    } else {
        Finding::fine(CHECK, format!("{role} owns nothing, and can neither change nor delete what is recorded."))
    }))
}

/// The schema is the one of this program.
pub async fn schema(db: &PgPool) -> Result<Finding> {
    let pending = pending_migrations(db).await?;
    Ok(if pending.is_empty() {
        Finding::fine("schema", "It is up to date.")
    } else {
        Finding::problem("schema", "It is not the one of this program: run `portcullis migrate` of the newest version.")
    })
}

/// Each algorithm has a key that signs and one that is next, and the master key opens them.
pub async fn signing_keys(db: &PgPool, master_key: &MasterKey) -> sqlx::Result<Vec<Finding>> {
    let rows = signing_keys::all(db).await?;
    let lacking = |state| {
        let has = |algorithm: &SigningAlgorithm| rows.iter().any(|row| row.alg == *algorithm && row.state == state);
        let without = SigningAlgorithm::ALL.into_iter().filter(|algorithm| !has(algorithm));
        without.map(SigningAlgorithm::as_str).collect::<Vec<_>>().join(", ")
    };
    let (no_active, no_next) = (lacking("active"), lacking("next"));
    let opens = |row: &&SigningKeyRow| {
        let sealed = row.private_key.as_ref();
        sealed.is_none_or(|sealed| master_key.open(&SigningKey::seal_context(&row.kid), sealed).is_ok())
    };
    let sealed = rows.iter().filter(|row| !opens(row)).map(|row| row.kid.as_str()).collect::<Vec<_>>().join(", ");

    let mut findings = Vec::new();
    if !no_active.is_empty() {
        let message = format!("Nothing can be signed with {no_active}: start the server, which makes what is missing.");
        findings.push(Finding::problem("signing keys", message));
    }
    if !no_next.is_empty() {
        let message = format!("There is no next key for {no_next}: start the server, which makes what is missing.");
        findings.push(Finding::problem("signing keys", message));
    }
    if !sealed.is_empty() {
        let message = format!("master_key does not open {sealed}: give the master key that sealed them.");
        findings.push(Finding::problem("signing keys", message));
    }
    if findings.is_empty() {
        findings.push(Finding::fine("signing keys", "Each algorithm has an active key and a next one."));
    }
    Ok(findings)
}

/// The master key has sealed everything itself.
pub async fn sealed(db: &PgPool, master_key: &MasterKey) -> sqlx::Result<Finding> {
    let mut tables = Vec::new();
    for column in &COLUMNS {
        if !column.others(db, &master_key.header(), None).await?.is_empty() {
            tables.push(column.table);
        }
    }
    Ok(if tables.is_empty() {
        Finding::fine("master key", "It has sealed everything itself.")
    } else {
        let tables = tables.join(", ");
        let advice = "run `portcullis key reseal` with that one as other_master_key";
        Finding::warning("master key", format!("Another one sealed values in {tables}: {advice}."))
    })
}

/// There is room for what happens next.
pub async fn partitions(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<Finding> {
    let without_room = condition::tables_without_room(db, now).await?;
    Ok(if without_room.is_empty() {
        Finding::fine("partitions", "There is room for what happens next.")
    } else {
        let tables = without_room.join(", ");
        let advice = "start the server, which makes partitions, or see in its log why it could not";
        Finding::problem("partitions", format!("There is no partition ahead for {tables}: {advice}."))
    })
}

/// What servers do by themselves was done, and in time.
pub async fn jobs(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<Vec<Finding>> {
    const CHECK: &str = "jobs";
    let states = jobs::states(db, now).await?;
    let Some(nodes) = states.iter().filter(|state| !state.on_one_node).map(|state| state.nodes).max() else {
        return Ok(vec![Finding::fine(CHECK, "No server has reported any lately.")]);
    };
    let warnings = states.iter().filter_map(|state| {
        let JobState { job, last_at, .. } = state;
        let late = || state.is_late.then(|| format!("{job} is late: it last began at {last_at}"));
        let what = state.failure.as_ref().map(|failure| format!("{job} was not done on {failure}")).or_else(late)?;
        Some(Finding::warning(CHECK, format!("{what}: see in the log of the server what hinders it.")))
    });
    let warnings = warnings.collect::<Vec<_>>();
    Ok(if warnings.is_empty() {
        let count = states.len();
        vec![Finding::fine(CHECK, format!("All {count} were done in time; servers that reported them: {nodes}."))]
    } else {
        warnings
    })
}

/// Somebody can use the console.
pub async fn administrators(db: &PgPool) -> sqlx::Result<Finding> {
    let count = users::lock_and_count_administrators(&mut *db.acquire().await?).await?;
    Ok(if count > 0 {
        Finding::fine("administrators", format!("{count} can use the console."))
    } else {
        let command = "portcullis user create --username NAME --email ADDRESS --role administrator --password-stdin";
        Finding::problem("administrators", format!("Nobody can use the console: run `{command}`."))
    })
}

/// Mail is sent, and none waits long.
pub async fn mail(db: &PgPool, is_set_up: bool, now: OffsetDateTime) -> sqlx::Result<Finding> {
    let late = outbox::count_waiting_since(db, now - LATE_MAIL).await?;
    Ok(if !is_set_up {
        let advice = "set mail.smtp_url and mail.from";
        Finding::warning("mail", format!("None is sent ({late} wait): {advice}, or nobody can be invited or recover."))
    } else if late > 0 {
        let message =
            format!("{late} wait for more than ten minutes: see in the server's log what the mail server says.");
        Finding::warning("mail", message)
    } else {
        Finding::fine("mail", "It is sent.")
    })
}

/// Clients that answer in clear, whose secrets have ended, or whose secrets we did not make.
pub async fn clients(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<Vec<Finding>> {
    let mut tx = pool::begin(db).await?;
    pool::allow_time(&mut tx).await?; // every client is looked at
    let in_clear = clients::answering_in_clear(&mut *tx, MOST_CLIENTS)
        .await?
        .into_iter()
        .map(|id| format!("{id} has an http redirect URI, which is for development: register an https one."));
    let without_secret = clients::without_secret(&mut *tx, now, MOST_CLIENTS).await?.into_iter();
    let without_secret =
        without_secret.map(|id| format!("{id} has no valid secret: run `portcullis client rotate-secret {id}`."));
    let brought = clients::with_brought_secret(&mut *tx, now, MOST_CLIENTS).await?.into_iter().map(|(id, end)| {
        let end = end.map_or("has no end".to_owned(), |end| format!("ends on {}", end.date()));
        format!(
            "{id} has a secret that it brought from elsewhere, which {end}: run `portcullis client rotate-secret {id}`."
        )
    });
    let warnings = in_clear.chain(without_secret).chain(brought).map(|message| Finding::warning("clients", message));
    let warnings = warnings.collect::<Vec<_>>();
    Ok(if warnings.is_empty() {
        vec![Finding::fine(
            "clients",
            "None has an insecure redirect URI, an expired secret, or one that it brought from elsewhere.",
        )]
    } else {
        warnings
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, IsCa, KeyIdMethod,
        KeyPair, SerialNumber,
    };

    use super::*;
    use crate::cli::doctor::finding::Status;

    #[test]
    fn a_certificate_that_ends_soon_is_told() {
        let now = Clock::default().now();
        let folder = std::env::temp_dir().join(format!("portcullis-doctor-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files = TlsFiles { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
        for (days, status) in [(100, Status::Ok), (10, Status::Warning), (-1, Status::Problem)] {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            (params.not_before, params.not_after) = (now - Duration::days(9), now + Duration::days(days));
            std::fs::write(&files.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
            std::fs::write(&files.key, key.serialize_pem()).unwrap();
            let finding = certificate(&files, now);
            assert_eq!(finding.status, status, "{days}: {}", finding.message);
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(certificate(&files, now).status, Status::Problem);
    }

    #[test]
    fn a_revocation_list_that_ends_soon_is_told() {
        let now = Clock::default().now();
        let folder = std::env::temp_dir().join(format!("portcullis-doctor-lists-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (certificates, list) = (folder.join("ca.pem"), folder.join("crl.pem"));
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(&certificates, authority.pem()).unwrap();
        for (hours, status) in [(48, Status::Ok), (12, Status::Warning), (-1, Status::Problem)] {
            let params = CertificateRevocationListParams {
                this_update: now - Duration::DAY,
                next_update: now + Duration::hours(hours),
                crl_number: SerialNumber::from(1),
                issuing_distribution_point: None,
                revoked_certs: Vec::new(),
                key_identifier_method: KeyIdMethod::Sha256,
            };
            std::fs::write(&list, params.signed_by(&authority).unwrap().pem().unwrap()).unwrap();
            let files = AuthorityFiles { certificates: certificates.clone(), revoked: Some(list.clone()) };
            let finding = client_authorities(&files, now);
            assert_eq!(finding.status, status, "{hours}: {}", finding.message);
        }
        let files = AuthorityFiles { certificates, revoked: None };
        assert_eq!(client_authorities(&files, now).status, Status::Ok);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(client_authorities(&files, now).status, Status::Problem);
    }
}
