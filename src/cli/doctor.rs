//! `portcullis doctor`: checks an installation and says what to do about each finding.

mod checks;
mod finding;

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use self::finding::{Finding, Status};
use super::{
    answer::{Answer, Problems},
    installation::{Installation, Opened},
};
use crate::clock::Clock;

/// Checks everything that can be checked, and fails if something is wrong. A warning is no failure.
///
/// # Errors
/// A check could not be made, because the database stopped answering.
pub async fn run(installation: &Installation) -> Result<ExitCode> {
    let findings = match installation.open().await {
        Ok(opened) => examine(&opened).await?,
        Err(error) => match error.downcast::<Problems>() {
            Ok(Problems(problems)) => {
                problems.into_iter().map(|problem| Finding::problem("settings", problem)).collect()
            }
            Err(error) => vec![Finding::problem("settings", format!("{error:#}"))],
        },
    };
    let healthy = findings.iter().all(|finding| finding.status != Status::Problem);
    if installation.json {
        let answer = Answer::one(json!({ "healthy": healthy, "findings": findings }))?;
        return Ok(answer.succeeded(healthy).print(true)?);
    }
    let answer = Answer::list(findings, &["status", "check", "message"])?;
    Ok(answer.succeeded(healthy).print(false)?)
}

/// Each check rests on those before it; where one finds that nothing more can be known, the others are left out.
async fn examine(opened: &Opened) -> Result<Vec<Finding>> {
    let Opened { settings, db, master_key, sends_mail, tls, client_authorities, .. } = opened;
    let clock = Clock::default();
    let mut findings = vec![Finding::fine("settings", "All settings are in order.")];
    findings.extend(tls.as_ref().map(|files| checks::certificate(files, clock.now())));
    findings.extend(client_authorities.as_ref().map(|files| checks::client_authorities(files, clock.now())));
    match checks::database(db, &clock).await {
        Ok(found) => findings.extend(found),
        Err(error) => {
            let advice = "check database.url, and that PostgreSQL runs and lets us in";
            findings.push(Finding::problem("database", format!("It cannot be asked ({error}): {advice}.")));
            return Ok(findings);
        }
    }
    if !settings.dev
        && let Some(role) = checks::database_role(db).await?
    {
        let may_serve = role.status != Status::Problem;
        findings.push(role);
        if !may_serve {
            return Ok(findings);
        }
    }
    let schema = checks::schema(db).await?;
    let is_known = schema.status == Status::Ok;
    findings.push(schema);
    if is_known {
        findings.extend(checks::signing_keys(db, master_key).await?);
        findings.push(checks::sealed(db, master_key).await?);
        findings.push(checks::partitions(db, clock.now()).await?);
        findings.extend(checks::jobs(db, clock.now()).await?);
        findings.push(checks::administrators(db).await?);
        findings.extend(checks::clients(db, clock.now()).await?);
        if !settings.dev {
            findings.push(checks::mail(db, *sends_mail, clock.now()).await?);
        }
    }
    Ok(findings)
}
