//! From FCM's legacy protocol to FCM HTTP v1: every legacy registration and installation of a hub gets its successor.
//!
//! ```
//! use nh_hyper::migrate::End;
//! use nh_hyper::{PnsHandle, Registration};
//!
//! # demo::run!(|client, emulator| {
//! let old = Registration::new(PnsHandle::gcm("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
//! let old = client.create_registration(old).await?;
//!
//! // First look at what would happen. This changes nothing.
//! let plan = client.migrate_gcm_to_fcm_v1().plan().finish().await?;
//! println!("{} would be migrated, {} need a person", plan.planned, plan.reported);
//!
//! let mut run = client.migrate_gcm_to_fcm_v1().run();
//! while let Some(moved) = run.next().await {
//!     let moved = moved?;
//!     match moved.end() {
//!         End::Migrated { successor } => println!("{} is now {successor:?}", moved.subject()),
//!         other => println!("{}: {other:?}", moved.subject()),
//!     }
//! }
//! assert_eq!(run.totals().migrated, plan.planned);
//!
//! let new = client.list_registrations_by_handle(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).next().await.expect("it is there")?;
//! assert_eq!(new.tags(), ["sports"]);
//! assert!(!client.registration_exists(old.id().expect("it was created")).await?);
//! # });
//! ```
//!
//! The rules are those of [`nh_core::migrate`]. What no rule can do is [reported](End::Reported), and stays as it is. A
//! [page of the guide](crate::guide::migrate_gcm) says what to do before and after.
//!
//! # In which order
//!
//! A registration gets a successor under a new id. The old one is deleted when the successor is stored, and only if nobody has
//! changed it in the meantime. An installation is read, and put under the same id: the service replaces it as a whole. So a
//! device is registered at every moment. In between it is registered for both platforms, and gets two pushes only from somebody who
//! sends to both platforms.
//!
//! # Again
//!
//! A run that was killed at any point is simply run again. It needs no file: before it stores a successor, it asks for the
//! registrations of the token, and if one does the same already ([`nh_core::migrate::is_same`]), it only deletes the old one.
//!
//! # What it costs
//!
//! The list is read page by page, at least twice: the last time finds nothing new. Each legacy registration takes five requests, a
//! legacy installation two. The run keeps about 16 bytes in memory for each of them. Reading an installation is throttled more
//! than other calls. If the service throttles, all calls over the transport wait together.

mod moving;
mod run;
mod totals;

pub use run::MigrationRun;
pub use totals::{End, Moved, Subject, Totals};

use crate::client::Client;
use std::fmt;

impl Client {
    /// Gives every legacy registration and installation of the hub its successor for FCM HTTP v1: see
    /// [`migrate`](crate::migrate).
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// let totals = client.migrate_gcm_to_fcm_v1().run().finish().await?;
    /// // The demo hub has one registration for gcm. It has a tag that only the service can write.
    /// assert_eq!((totals.migrated, totals.reported, totals.failed), (0, 1, 0));
    /// # });
    /// ```
    pub fn migrate_gcm_to_fcm_v1(&self) -> GcmMigration {
        GcmMigration { client: self.clone(), in_flight: 8, limit: u64::MAX }
    }
}

/// Sets up a migration: see [`migrate`](crate::migrate).
#[must_use = "this does nothing until it runs"]
pub struct GcmMigration {
    client: Client,
    in_flight: usize,
    limit: u64,
}

impl GcmMigration {
    /// Sets how many registrations and installations are worked on at the same time: 8 unless set. 0 counts as 1, and 64 are the
    /// most.
    pub fn in_flight(mut self, most: usize) -> GcmMigration {
        self.in_flight = most.clamp(1, 64);
        self
    }

    /// Ends after so many registrations and installations. Those of other platforms do not count. A further run goes on with the
    /// rest.
    pub fn limit(mut self, most: u64) -> GcmMigration {
        self.limit = most;
        self
    }

    /// Says what a run would do. It only reads.
    pub fn plan(self) -> MigrationRun {
        MigrationRun::new(self.client, self.in_flight, self.limit, true)
    }

    /// Migrates. Nothing happens before the run is awaited.
    pub fn run(self) -> MigrationRun {
        MigrationRun::new(self.client, self.in_flight, self.limit, false)
    }
}

impl fmt::Debug for GcmMigration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GcmMigration")
            .field("client", &self.client)
            .field("in_flight", &self.in_flight)
            .field("limit", &self.limit)
            .finish()
    }
}
