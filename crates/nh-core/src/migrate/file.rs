//! The same for the file of a job.

use super::same::key;
use super::{Migration, registration};
use crate::{BuildError, Platform, Registration, job};
use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_128;

/// A line of a file that is migrated.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FileLine {
    /// The registration in the line. `None` if the line holds none.
    pub registration: Option<Registration>,
    /// What becomes of it. [`Migration::AlreadyThere`] also stands at a legacy registration if its successor is in the file, or
    /// is the successor of an earlier line.
    pub migration: Migration<Registration>,
}

impl FileLine {
    /// Returns the line for the import that creates the successor. `None` if there is nothing to create.
    ///
    /// # Errors
    /// Fails if [`migration`](FileLine::migration) was changed to a registration that cannot be written.
    pub fn to_create(&self) -> Option<Result<String, BuildError>> {
        match &self.migration {
            Migration::Migrated(successor) => Some(job::import_line(successor)),
            _ => None,
        }
    }

    /// Returns the line for the import that deletes the legacy registration, after its successor was created. `None` if it stays,
    /// or if it has no id: it comes from a file that was not exported.
    ///
    /// # Errors
    /// Fails if the registration cannot be written.
    pub fn to_delete(&self) -> Option<Result<String, BuildError>> {
        let is_old = |old: &&Registration| *old.platform() == Platform::Gcm && old.id().is_some();
        let old = self.registration.as_ref().filter(is_old)?;
        match self.migration {
            Migration::Migrated(_) | Migration::AlreadyThere => Some(job::import_line(old)),
            _ => None,
        }
    }
}

/// Migrates the registrations in the file of a job: one that an export wrote, or one for an import.
///
/// Give it all lines twice, in the same order: first to [`note`](FileMigration::note), so that it knows the successors that are
/// there, then to [`migrate`](FileMigration::migrate). It keeps 16 bytes for each successor, so a file may be larger than the memory.
///
/// An import job creates or deletes, not both. So import [`FileLine::to_create`] first, then look at what failed, then
/// import [`FileLine::to_delete`]: no device is without a registration at any time.
///
/// ```
/// use nh_core::migrate::{FileMigration, Migration};
/// use nh_core::{PnsHandle, Registration, job};
///
/// let mut file = String::new();
/// for token in ["dk3:APA91b_1", "dk3:APA91b_2", "dk3:APA91b_1"] {
///     file += &(job::import_line(&Registration::new(PnsHandle::gcm(token)?))? + "\n");
/// }
/// let mut migration = FileMigration::new();
/// file.lines().for_each(|line| migration.note(line));
/// let lines: Vec<_> = file.lines().filter_map(|line| migration.migrate(line)).collect();
/// assert!(matches!(lines[1].migration, Migration::Migrated(_)));
/// assert_eq!(lines[2].migration, Migration::AlreadyThere); // The first line has made it.
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct FileMigration {
    /// Hashes of what is there, or will be. They are long enough to be told apart.
    there: HashSet<u128>,
}

impl FileMigration {
    /// Knows of no successor.
    pub fn new() -> FileMigration {
        FileMigration::default()
    }

    /// Takes note of a line. It only looks at registrations of FCM v1.
    pub fn note(&mut self, line: &str) {
        if let Some(Ok(registration)) = read(line)
            && *registration.platform() == Platform::FcmV1
        {
            self.there.insert(hash(&registration));
        }
    }

    /// Migrates a line. Returns `None` for an empty line.
    pub fn migrate(&mut self, line: &str) -> Option<FileLine> {
        Some(match read(line)? {
            Ok(old) => {
                let migration = match registration(&old) {
                    Migration::Migrated(new) if !self.there.insert(hash(&new)) => Migration::AlreadyThere,
                    other => other,
                };
                FileLine { registration: Some(old), migration }
            }
            Err(why) => FileLine { registration: None, migration: Migration::Reported(vec![why]) },
        })
    }
}

fn hash(registration: &Registration) -> u128 {
    xxh3_128(key(registration).as_bytes())
}

fn read(line: &str) -> Option<Result<Registration, BuildError>> {
    let read = job::lines(line).next()?.registration();
    Some(read.map_err(|why| {
        let problem = format!("is no registration ({why})");
        BuildError::new("line", problem, "leave it out, or export the file anew")
    }))
}
