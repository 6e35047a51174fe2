//! What became of a notification: the XML of Azure Notification Hubs as values.
//!
//! One type per document, each with a `parse(&[u8])`. The crate knows nothing of HTTP: a log line with the XML is enough.
//!
//! ```
//! use nh_outcome::{NotificationOutcome, Outcome, Platform};
//!
//! let outcome = NotificationOutcome::parse(br#"
//!     <NotificationOutcome xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
//!       <Success>1</Success><Failure>0</Failure>
//!       <Results><RegistrationResult>
//!         <ApplicationPlatform>apple</ApplicationPlatform>
//!         <PnsHandle>7603CF2F5537</PnsHandle>
//!         <RegistrationId>282625459606590828-2679902039720441464-3</RegistrationId>
//!         <Outcome>The Notification was successfully sent to the Push Notification System</Outcome>
//!       </RegistrationResult></Results>
//!     </NotificationOutcome>"#)?;
//! assert_eq!(outcome.success, 1);
//! assert_eq!(outcome.results[0].application_platform, Platform::Apple);
//! assert_eq!(outcome.results[0].outcome, Outcome::Success);
//! # Ok::<(), nh_outcome::ParseError>(())
//! ```
//!
//! Reading is lenient in what the service may add or leave out, and strict in what could do harm: unknown elements are
//! skipped, unknown words kept, and a document type declaration, undeclared entities, or more than the limits of [`xml`]
//! end in a [`ParseError`]. Nothing panics.

mod error_document;
mod feedback;
mod hidden;
mod notification_details;
mod notification_outcome;
mod outcome;
mod parse_error;
mod platform;
#[doc(hidden)]
pub mod words;
pub mod xml;

pub use error_document::ErrorDocument;
pub use feedback::{Documents, Feedback};
pub use notification_details::{NotificationDetails, NotificationState};
pub use notification_outcome::{NotificationOutcome, RegistrationResult};
pub use outcome::Outcome;
pub use parse_error::ParseError;
pub use platform::Platform;
pub use words::OtherWord;
