//! Networks that administrators block for a while.

use ipnet::IpNet;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::{ChangeError, Changing, RecentPrincipal};
use crate::{
    app::App,
    policy::{
        block::{self, Block, Grounds, MOST_BLOCKS, Wish},
        change::{Deed, right_of},
        event::Event,
        feed::Part,
    },
    store::blocked_networks,
};

/// Blocks a network: within a second each node refuses whatever comes from there, until the block ends or is lifted. One that
/// is blocked already is blocked until the new end, for the new reason.
///
/// # Errors
/// [`ChangeError::Invalid`]: it must not be blocked, or the wish is malformed; the fields are `network`, `for` and `reason`.
/// [`ChangeError::NotPermitted`]: too many are.
pub async fn block(app: &App, by: &RecentPrincipal, wish: &Wish<'_>) -> Result<Block, ChangeError> {
    let mut changing = Changing::begin_other(app, by, right_of(Deed::BlockNetworks)).await?;
    let (actor, now) = (by.actor(), changing.now());
    let grounds = Grounds {
        by: actor.name.as_deref().unwrap_or_default(),
        address: actor.ip.as_deref().and_then(|ip| ip.parse().ok()),
        proxies: &app.settings.trusted_proxies,
        now,
    };
    let block = block::decide(wish, &grounds).map_err(ChangeError::Invalid)?;
    let others = blocked_networks::count_others(changing.tx(), block.network, now).await?;
    if usize::try_from(others).is_ok_and(|others| others >= MOST_BLOCKS) {
        let why = format!("{MOST_BLOCKS} networks are blocked already. Let some in again, or block a wider one.");
        return Err(ChangeError::NotPermitted(why));
    }
    let before = blocked_networks::put(changing.tx(), &block).await?;
    let event = app.event(Event::NetworkBlocked, actor, now).about(in_record(block.network));
    let event = event.because(block.reason.clone()).change(before.as_ref().map(described), Some(described(&block)));
    changing.record(event);
    changing.touch(Part::Blocks);
    changing.commit().await?;
    Ok(block)
}

/// Lets a network in again.
///
/// # Errors
/// [`ChangeError::Unknown`]: it is not blocked.
pub async fn unblock(app: &App, by: &RecentPrincipal, network: IpNet) -> Result<(), ChangeError> {
    let mut changing = Changing::begin_other(app, by, right_of(Deed::BlockNetworks)).await?;
    let now = changing.now();
    let before = blocked_networks::remove(&mut *changing.tx(), network, now).await?.ok_or(ChangeError::Unknown)?;
    let event = app.event(Event::NetworkUnblocked, by.actor(), now).about(in_record(network));
    changing.record(event.change(Some(described(&before)), None));
    changing.touch(Part::Blocks);
    changing.commit().await
}

fn in_record(network: IpNet) -> String {
    format!("network:{network}")
}

fn described(block: &Block) -> Value {
    json!({ "reason": block.reason, "ends_at": block.ends_at.format(&Rfc3339).unwrap_or_default() })
}
