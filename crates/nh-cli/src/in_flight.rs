//! A change that is on its way, and the person who waits for it.

use crate::failure::Failure;
use crate::terminal::tell;
use crate::told_to_end::told_to_end;
use nh_hyper::{CallOptions, Client, NamespaceClient, Step};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How far a change has come.
#[derive(Clone)]
enum Stage {
    /// Nothing of it has been carried out.
    NotDone,
    /// A request with this id is in flight.
    InFlight(String),
    /// A request with this id may have been carried out. Another attempt may follow.
    MaybeDone(Option<String>),
}

/// Asks the service for a change. Says so when the service throttles. A signal ends it, with a word on whether it may have been done.
pub(crate) async fn carry<C: Watched, T>(
    client: &C,
    ask: impl AsyncFnOnce(C) -> Result<T, nh_hyper::Error>,
) -> Result<T, Failure> {
    let stage = Arc::new(Mutex::new(Stage::NotDone));
    let seen = stage.clone();
    let client = client.watched(CallOptions::new().on_step(move |step| {
        let mut stage = seen.lock().unwrap_or_else(PoisonError::into_inner);
        *stage = stage.clone().after(&step);
        if let Step::Wait { time, throttled: true, .. } = step {
            tell(format_args!(
                "the service throttles: nothing is sent for {} s, then it is tried again; Ctrl-C ends it",
                seconds(time)
            ));
        }
    }));
    let told = told_to_end()?;
    tokio::select! {
        // What is known is told.
        biased;
        result = ask(client) => Ok(result?),
        () = told => {
            let stage = stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Err(stage.ended())
        }
    }
}

/// A client whose steps can be watched.
pub(crate) trait Watched {
    fn watched(&self, options: CallOptions) -> Self;
}

impl Watched for Client {
    fn watched(&self, options: CallOptions) -> Client {
        self.with_options(options)
    }
}

impl Watched for NamespaceClient {
    fn watched(&self, options: CallOptions) -> NamespaceClient {
        self.with_options(options)
    }
}

impl Stage {
    fn after(self, step: &Step) -> Stage {
        match (self, step) {
            (_, Step::Attempt { tracking_id, .. }) => Stage::InFlight(tracking_id.clone()),
            (Stage::InFlight(id), Step::Wait { maybe_done: true, .. }) => Stage::MaybeDone(Some(id)),
            (Stage::NotDone | Stage::MaybeDone(None), Step::Wait { maybe_done: true, .. }) => {
                Stage::MaybeDone(None)
            }
            (_, Step::Wait { maybe_done: false, .. }) => Stage::NotDone,
            (stage, _) => stage,
        }
    }

    fn ended(self) -> Failure {
        let maybe = "ended by a signal while a request was in flight: it may have been carried out, or not";
        match self {
            Stage::NotDone => Failure::refused("ended by a signal before anything was carried out"),
            Stage::InFlight(id) | Stage::MaybeDone(Some(id)) => {
                Failure::fate_unknown(format!("{maybe}; its tracking id is {id}"))
            }
            Stage::MaybeDone(None) => Failure::fate_unknown(maybe),
        }
    }
}

/// In whole seconds.
fn seconds(time: Duration) -> u64 {
    (time.as_secs_f64().round() as u64).max(1)
}
