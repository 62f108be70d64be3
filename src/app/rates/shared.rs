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

use super::{Class, Sender, Verdict};
use crate::policy::network;

/// A request does not wait longer than this to be counted.
const PATIENCE: Duration = Duration::from_millis(100);
/// After a failure nothing is asked for so long.
const REST: Duration = Duration::from_secs(2);

/// One step, so that nodes cannot get in between; by the clock of Redis, so that theirs need not agree. The key holds
/// when the sender has used up what it has taken, in microseconds.
const CELL: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local used_up = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + interval
local early = used_up - tolerance - now
if early > 0 then return {early, 0} end
redis.call('SET', KEYS[1], string.format('%.0f', used_up), 'PX', math.ceil((used_up - now) / 1000))
return {0, math.floor(-early / interval)}
";

pub(super) struct Shared {
    connection: ConnectionManager,
    cell: Script,
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
            cell: Script::new(CELL),
            resting_until: Mutex::default(),
        })
    }

    pub(super) async fn check(
        &self,
        class: Class,
        sender: Sender<'_>,
        per_second: u32,
        burst: u32,
    ) -> Result<Verdict, Unanswered> {
        if self.resting_until().is_some_and(|until| Instant::now() < until) {
            return Err(Unanswered::Resting);
        }
        let key = match sender {
            Sender::Address(address) => format!("portcullis:{}:{}", class as u8, network::address_of(address)),
            Sender::Client(client) => format!("portcullis:{}:client:{client}", class as u8),
        };
        let interval = 1_000_000 / u64::from(per_second);
        let mut connection = self.connection.clone();
        let mut call = self.cell.key(key);
        let call = call.arg(interval).arg(interval * u64::from(burst)).invoke_async::<(u64, u32)>(&mut connection);
        let answer = match timeout(PATIENCE, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Unanswered::Late),
        };
        *self.resting_until.lock().unwrap_or_else(PoisonError::into_inner) =
            answer.is_err().then(|| Instant::now() + REST);
        let (early, remaining) = answer?;
        let retry_after = (early > 0).then(|| Duration::from_micros(early));
        Ok(Verdict { quota: burst, remaining, retry_after })
    }

    fn resting_until(&self) -> Option<Instant> {
        *self.resting_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
