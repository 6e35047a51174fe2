use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// How far a request has come. It goes with the request as an extension. If a layer loses it, the request counts as sent.
#[derive(Clone, Default)]
pub(crate) struct Journey(Arc<Way>);

#[derive(Default)]
struct Way {
    handed_over: AtomicBool,
    /// The pool was asked for a connection. A layer may ask it more than once.
    asked: AtomicBool,
    /// So often the request had a connection, and was not given back untouched.
    under_way: AtomicU32,
}

/// What can be said of a request that was given up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The stack has not taken it.
    Waiting,
    /// There was no connection for it.
    Connecting,
    /// It may have left.
    Sent,
}

impl Journey {
    /// The stack has taken it.
    pub(crate) fn hand_over(&self) {
        self.0.handed_over.store(true, Ordering::Relaxed);
    }

    /// The pool looks for a connection.
    pub(crate) fn connecting(&self) {
        self.0.asked.store(true, Ordering::Relaxed);
    }

    /// There is a connection for it.
    pub(crate) fn connected(&self) {
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// The connection gave it back: no byte of it was written.
    pub(crate) fn disconnected(&self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn stage(&self) -> Stage {
        let Way { handed_over, asked, under_way } = &*self.0;
        if !handed_over.load(Ordering::Relaxed) {
            Stage::Waiting
        } else if asked.load(Ordering::Relaxed) && under_way.load(Ordering::Relaxed) == 0 {
            Stage::Connecting
        } else {
            Stage::Sent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_sent_as_soon_as_it_has_a_connection() {
        let journey = Journey::default();
        assert_eq!(journey.stage(), Stage::Waiting);
        // Whoever took it and told nothing may have sent it.
        journey.hand_over();
        assert_eq!(journey.stage(), Stage::Sent);
        journey.connecting();
        assert_eq!(journey.stage(), Stage::Connecting);
        journey.connected();
        assert_eq!(journey.stage(), Stage::Sent);
        journey.disconnected();
        assert_eq!(journey.stage(), Stage::Connecting);
        // A layer asks twice, and one of both is under way.
        journey.connected();
        journey.connecting();
        assert_eq!(journey.stage(), Stage::Sent);
    }
}
