//! Whether anybody still waits for the answer to a request.
//!
//! A request runs to its end though its client has left, so that what it writes is whole. But what costs much and helps
//! nobody else is not begun for a client that has left: whoever does such work asks here first.

use std::sync::{Arc, Weak};

tokio::task_local! {
    static CALLER: Weak<()>;
}

/// Stands for whoever waits: they wait for as long as it lives.
#[derive(Default)]
pub struct Caller(Arc<()>);

/// Knows whether the caller of a request still waits.
#[derive(Clone)]
pub struct Waiting(Option<Weak<()>>);

impl Caller {
    /// Runs the work that this caller waits for. It goes on when they have left, and can know that.
    pub fn wait_for<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        CALLER.scope(Arc::downgrade(&self.0), work)
    }
}

impl Waiting {
    /// For the request that is in work here. Work of nobody's request, such as a command's, is always waited for.
    #[must_use]
    pub fn here() -> Self {
        Self(CALLER.try_with(Weak::clone).ok())
    }

    /// Whether the caller has neither left nor been answered.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.0.as_ref().is_none_or(|caller| caller.strong_count() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_work_of_a_request_knows_when_its_caller_has_left() {
        let caller = Caller::default();
        let work = caller.wait_for(async { Waiting::here() });

        let waiting = work.await;

        assert!(waiting.goes_on());
        drop(caller);
        assert!(!waiting.goes_on());
        assert!(Waiting::here().goes_on(), "a command has no caller, and is wanted all the same");
    }
}
