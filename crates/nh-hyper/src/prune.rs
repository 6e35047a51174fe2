//! Deletes what push services have called dead: first a plan, then its deletions.
//!
//! ```
//! use nh_hyper::FeedbackPosition;
//! # use nh_emulator::Rejection;
//! # use nh_hyper::{Installation, Notification, Platform};
//!
//! # demo::run!(|client, emulator| {
//! # client.put_installation(Installation::new("phone", Platform::Apple, "00AB")?.with_tags(["mine"])?).await?;
//! # emulator.reject(emulator.hub(), &Platform::Apple, "00AB", Some(Rejection::ExpiredChannel))?;
//! # client.send(Notification::apple("{}")?, "mine").await?;
//! let plan = client.plan_prune(FeedbackPosition::START).await?;
//! for deletion in &plan.deletions {
//!     println!("{}", deletion.what);                      // installation phone
//! }
//! let report = client.prune(plan.deletions).finish().await;
//! assert_eq!((report.deleted, report.failed), (1, 0));
//!
//! // Once more: there is nothing left to delete.
//! assert!(client.plan_prune(FeedbackPosition::START).await?.deletions.is_empty());
//! # });
//! ```
//!
//! # What is deleted
//!
//! - The installation that the feedback names, if it still has the dead handle.
//! - The registrations with this handle, and the installations that they belong to. The handle of a browser or of Baidu cannot be
//!   looked for; then the registration that the feedback names, if it still has the handle.
//!
//! **What has another handle by now is kept.** An app gets a new handle and registers it; the feedback of the old one stays. A device is kept
//! too if the feedback names a new handle for it. The service deletes the registrations of a dead handle by itself when it sends to it, and
//! keeps the installation; so most deletions are of installations.
//!
//! Each deletion looks again before it deletes, so a plan may be old. Between that look and the deletion of an installation, an app can
//! register a new handle: the service has no condition for installations. The app registers again when it starts.

mod plan;
mod run;

pub use nh_core::{Deletion, Kept, KeptBecause, Prunable};
pub use plan::PrunePlan;
pub use run::{Prune, PruneEnd, PruneReport, Pruned};

/// So many lookups or deletions are in flight.
const ABREAST: usize = 8;
