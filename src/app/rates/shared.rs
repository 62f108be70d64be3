//! The same limits, counted in a Redis or Valkey for all nodes.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::{
    Client, RedisError, RedisResult, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time::timeout;

use super::{Class, Counted, Sender, Verdict, WINDOW};

/// A request does not wait longer than this to be counted.
const PATIENCE: Duration = Duration::from_millis(100);
/// After a failure nothing is asked for so long.
const REST: Duration = Duration::from_secs(2);

/// The generic cell rate algorithm as one script, so that no other node can come in between. It uses the clock of Redis, so
/// that the clocks of nodes need not agree. Each key holds the time, in microseconds, at which its sender may send at full
/// rate again. A request that one key refuses is charged to none. Returns the index of the tightest key, for how long it refuses,
/// and how many more requests it would take.
const CELLS: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used_up, tightest, left = {}, 0, math.huge
for i, key in ipairs(KEYS) do
    local interval, tolerance = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    used_up[i] = math.max(tonumber(redis.call('GET', key) or now), now) + interval
    local early = used_up[i] - tolerance - now
    if early > 0 then return {i, early, 0} end
    local remaining = math.floor(-early / interval)
    if remaining < left then tightest, left = i, remaining end
end
for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.0f', used_up[i]), 'PX', math.ceil((used_up[i] - now) / 1000))
end
return {tightest, 0, left}
";
/// The finest step that is counted: a limit above a million in a second is one of a million.
const FINEST: u64 = 1;

pub(super) struct Shared {
    connection: ConnectionManager,
    cells: Script,
    resting_until: Mutex<Option<Instant>>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error("it takes too long")]
    Late,
    #[error("it did not answer a moment ago")]
    Resting,
}

impl Shared {
    pub(super) fn new(url: &str) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        Ok(Self {
            connection: ConnectionManager::new_lazy_with_config(Client::open(url)?, config)?,
            cells: Script::new(CELLS),
            resting_until: Mutex::default(),
        })
    }

    pub(super) async fn check(&self, class: Class, sender: Sender<'_>, per_second: u32) -> Result<Verdict, Unanswered> {
        if self.resting_until().is_some_and(|until| Instant::now() < until) {
            return Err(Unanswered::Resting);
        }
        let mut connection = self.connection.clone();
        let mut call = self.cells.prepare_invoke();
        let mut quotas = Vec::with_capacity(3);
        for (counted, times) in sender.counted() {
            let per_second = per_second.saturating_mul(times);
            let interval = (1_000_000 / u64::from(per_second)).max(FINEST);
            call.key(match counted {
                Counted::Network(network) => format!("portcullis:{}:{network}", class as u8),
                Counted::Client(client) => format!("portcullis:{}:client:{client}", class as u8),
            });
            quotas.push(per_second.saturating_mul(WINDOW));
            call.arg(interval).arg(interval * u64::from(WINDOW) * u64::from(per_second));
        }
        let call = call.invoke_async::<(usize, u64, u32)>(&mut connection);
        let answer = match timeout(PATIENCE, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Unanswered::Late),
        };
        *self.resting_until.lock().unwrap_or_else(PoisonError::into_inner) =
            answer.is_err().then(|| Instant::now() + REST);
        let (tightest, early, remaining) = answer?;
        let quota = quotas.get(tightest.saturating_sub(1)).copied().unwrap_or_default();
        let retry_after = (early > 0).then(|| Duration::from_micros(early));
        Ok(Verdict { quota, remaining, retry_after })
    }

    fn resting_until(&self) -> Option<Instant> {
        *self.resting_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
