//! What a call does if the service refuses its key, and there is somebody who can get a new one.

use crate::error::{Error, NotRenewed};
use crate::runtime::BoxFuture;
use nh_core::Credential;
use nh_core::retry::Fate;
use std::sync::Arc;
use std::time::Duration;

/// Somebody who can get a new key for a credential.
pub(crate) trait Renew: Send + Sync {
    fn credential(&self) -> &Credential;

    /// Gets a new key after the key that was there after so many `replacements` was refused. A future that is dropped leaves nothing behind.
    fn renew(self: Arc<Self>, replacements: u64) -> BoxFuture<Renewal>;
}

/// What came of it.
#[cfg_attr(not(feature = "entra"), expect(dead_code, reason = "only that feature gets keys"))]
pub(crate) enum Renewal {
    /// The credential has another key than the one that was refused.
    New,
    /// The newest key is younger than the time in which every front end of the service learns of it.
    Fresh(Duration),
    /// There is no other key.
    Same,
    /// No key could be had. The next attempt is made after this time.
    Failed(Arc<Error>, Duration),
}

impl Renewal {
    /// What is known of a call that was refused: a 401 is not processed.
    pub(crate) fn fate(&self) -> Fate {
        match self {
            Renewal::New => Fate::NotDone { retry_after: None },
            Renewal::Fresh(wait) => Fate::NotDone { retry_after: Some(*wait) },
            Renewal::Same => Fate::Final,
            Renewal::Failed(error, _) if error.fate().is_final() => Fate::Final,
            Renewal::Failed(_, wait) => Fate::NotDone { retry_after: Some(*wait) },
        }
    }

    pub(crate) fn into_problem(self) -> Option<NotRenewed> {
        match self {
            Renewal::New | Renewal::Fresh(_) => None,
            Renewal::Same => Some(NotRenewed::Same),
            Renewal::Failed(error, _) => Some(NotRenewed::Failed(error)),
        }
    }
}
