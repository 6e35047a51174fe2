use std::sync::{Arc, Mutex, PoisonError};

/// How far a request has come. It goes with the request as an extension. If a layer loses it, the request counts as sent.
#[derive(Clone, Default)]
pub(crate) struct Journey(Arc<Mutex<Way>>);

#[derive(Default)]
struct Way {
    handed_over: bool,
    /// One for each time that the pool was asked: a layer may ask more than once.
    connections: Vec<Box<dyn Fn() -> bool + Send>>,
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
        self.way(|way| way.handed_over = true);
    }

    /// The pool looks for a connection. `made` says whether there is one.
    pub(crate) fn connecting(&self, made: impl Fn() -> bool + Send + 'static) {
        self.way(|way| way.connections.push(Box::new(made)));
    }

    pub(crate) fn stage(&self) -> Stage {
        self.way(|way| match &*way.connections {
            _ if !way.handed_over => Stage::Waiting,
            [] => Stage::Sent,
            connections if connections.iter().any(|made| made()) => Stage::Sent,
            _ => Stage::Connecting,
        })
    }

    fn way<T>(&self, look: impl FnOnce(&mut Way) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_handed_over_waits() {
        let journey = Journey::default();
        assert_eq!(journey.stage(), Stage::Waiting);
        // Whoever took it and told nothing may have sent it.
        journey.hand_over();
        assert_eq!(journey.stage(), Stage::Sent);
    }
}
