//! Replaces one master key by another.

use serde_json::json;

use super::{ChangeError, Changing, RecentPrincipal};
use crate::{
    app::App,
    keys::master_key::SealContext,
    policy::{
        change::{Deed, right_of},
        event::Event,
    },
    store::sealed::{COLUMNS, Sealed},
};

/// Seals anew what another key than the master key sealed, so that the other is needed no more. Says how many values
/// there were. Whoever uses them meanwhile notices nothing.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: neither this master key nor the other opens one of them. What came before it is done.
pub async fn reseal(app: &App, by: &RecentPrincipal) -> Result<u64, ChangeError> {
    let mut resealed = 0;
    for column in &COLUMNS {
        let mut after = None;
        loop {
            let values = column.others(&app.db, &app.master_key().header(), after.as_deref()).await?;
            let Some((last, _)) = values.last() else { break };
            after = Some(last.clone());
            resealed += reseal_some(app, by, column, &values).await?;
        }
    }
    Ok(resealed)
}

async fn reseal_some(
    app: &App,
    by: &RecentPrincipal,
    column: &Sealed,
    values: &[(String, Vec<u8>)],
) -> Result<u64, ChangeError> {
    let mut resealed = 0;
    let mut changing = Changing::begin_other(app, by, right_of(Deed::SealAnew)).await?;
    for (row, sealed) in values {
        let context = SealContext { table: column.table, row, purpose: column.column };
        let refuse = |why: &str| ChangeError::NotPermitted(format!("{} {row}: {why}", column.table));
        let opened = app.master_key().open(&context, sealed).map_err(|why| refuse(&why.to_string()))?;
        let anew = app.master_key().seal(&context, &opened).map_err(|why| refuse(&why.to_string()))?;
        resealed += u64::from(column.replace(&mut *changing.tx(), row, sealed, &anew).await?);
    }
    let event = app.event(Event::MasterKeyResealed, by.actor(), app.clock.now());
    let after = json!({ "table": column.table, "values": resealed });
    changing.record(event.change(None, Some(after)));
    changing.commit().await?;
    Ok(resealed)
}
