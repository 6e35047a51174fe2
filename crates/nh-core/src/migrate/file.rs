//! The same for the file of a job.

use super::same::key;
use super::{Migration, registration};
use crate::{BuildError, Platform, Registration, job};
use std::collections::HashSet;

/// A line of a file that is migrated.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FileLine {
    /// The number of the line in the file, from 1.
    pub number: u64,
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
        let old = self
            .registration
            .as_ref()
            .filter(|old| *old.platform() == Platform::Gcm && old.id().is_some())?;
        match self.migration {
            Migration::Migrated(_) | Migration::AlreadyThere => Some(job::import_line(old)),
            _ => None,
        }
    }
}

/// Migrates the registrations in a file: that of an export, or one for an import. Empty lines are left out.
///
/// An import job creates or deletes, not both. So import [`FileLine::to_create`] first, then look at what failed, then
/// import [`FileLine::to_delete`]: no device is without a registration at any time.
///
/// ```
/// use nh_core::migrate::{self, Migration};
/// use nh_core::{PnsHandle, Registration, job};
///
/// let phone = |token| Registration::new(PnsHandle::gcm(token).unwrap());
/// let mut file = String::new();
/// for token in ["dk3:APA91b_1", "dk3:APA91b_2", "dk3:APA91b_1"] {
///     file += &(job::import_line(&phone(token))? + "\n");
/// }
/// let lines: Vec<_> = migrate::file(&file).collect();
/// assert!(matches!(lines[1].migration, Migration::Migrated(_)));
/// assert_eq!(lines[2].migration, Migration::AlreadyThere); // The first line has made it.
/// # Ok::<(), nh_core::BuildError>(())
/// ```
pub fn file(file: &str) -> impl Iterator<Item = FileLine> {
    let mut there: HashSet<String> = read(file)
        .filter_map(|(_, read)| read.ok())
        .filter(|registration| *registration.platform() == Platform::FcmV1)
        .map(|registration| key(&registration))
        .collect();
    read(file).map(move |(number, read)| match read {
        Ok(old) => {
            let migration = match registration(&old) {
                Migration::Migrated(new) if !there.insert(key(&new)) => Migration::AlreadyThere,
                other => other,
            };
            FileLine { number, registration: Some(old), migration }
        }
        Err(why) => FileLine { number, registration: None, migration: Migration::Reported(vec![why]) },
    })
}

/// The lines with their numbers.
fn read(file: &str) -> impl Iterator<Item = (u64, Result<Registration, BuildError>)> {
    let lines = (1..).zip(file.lines());
    lines.filter_map(|(number, text)| {
        let line = job::lines(text).next()?;
        let read = line.registration().map_err(|why| {
            BuildError::new(
                "line",
                format_args!("is no registration ({why})"),
                "leave it out, or export the file anew",
            )
        });
        Some((number, read))
    })
}
