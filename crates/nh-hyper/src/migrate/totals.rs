use crate::Error;
use nh_core::BuildError;
use std::fmt;

/// What was looked at: a registration that no installation owns, or an installation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The id of a registration.
    Registration(String),
    /// The id of an installation.
    Installation(String),
}

/// `registration 1-2-3`, `installation a213b4b2`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Registration(id) => write!(f, "registration {id}"),
            Subject::Installation(id) => write!(f, "installation {id}"),
        }
    }
}

/// What became of a legacy registration or installation.
#[derive(Debug)]
#[non_exhaustive]
pub enum End {
    /// It has a successor, and the old one is gone.
    Migrated {
        /// The id of the new registration. `None` for an installation: it keeps its id.
        successor: Option<String>,
    },
    /// A [plan](super::GcmMigration::plan) would migrate it.
    Planned,
    /// The successor was there already. The old one is deleted; a plan would delete it.
    AlreadyThere {
        /// The id of the registration that does the same. `None` for an installation.
        successor: Option<String>,
    },
    /// No rule can migrate it: each error names one part that is in the way. It stays as it is.
    Reported(Vec<BuildError>),
    /// The service or the network said no. The old one is still there. Perhaps its successor is there, too: the next run
    /// finds it.
    Failed(Error),
    /// It was gone when its turn came: the app or the service has deleted it, or it is of another platform now.
    Gone,
    /// Somebody changed it again and again while it was migrated. It is still there. The next run takes it.
    Changed,
}

/// A legacy registration or installation, and what became of it.
#[derive(Debug)]
pub struct Moved {
    pub(super) subject: Subject,
    pub(super) end: End,
}

impl Moved {
    /// Returns what was looked at.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Returns what became of it.
    pub fn end(&self) -> &End {
        &self.end
    }
}

/// How many registrations and installations ended in which way.
///
/// The registrations of an installation do not count, only the installation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// [`End::Migrated`].
    pub migrated: u64,
    /// [`End::Planned`].
    pub planned: u64,
    /// [`End::AlreadyThere`].
    pub already_there: u64,
    /// [`End::Reported`].
    pub reported: u64,
    /// [`End::Failed`].
    pub failed: u64,
    /// [`End::Gone`].
    pub gone: u64,
    /// [`End::Changed`].
    pub changed: u64,
    /// How many registrations were read in the first look through the list, of all platforms.
    pub listed: u64,
}

impl Totals {
    pub(super) fn add(&mut self, end: &End) {
        let count = match end {
            End::Migrated { .. } => &mut self.migrated,
            End::Planned => &mut self.planned,
            End::AlreadyThere { .. } => &mut self.already_there,
            End::Reported(_) => &mut self.reported,
            End::Failed(_) => &mut self.failed,
            End::Gone => &mut self.gone,
            End::Changed => &mut self.changed,
        };
        *count = count.saturating_add(1);
    }

    /// Returns how many legacy registrations and installations were looked at.
    pub fn looked_at(&self) -> u64 {
        let Totals { migrated, planned, already_there, reported, failed, gone, changed, listed: _ } = *self;
        [migrated, planned, already_there, reported, failed, gone, changed].iter().sum()
    }
}
