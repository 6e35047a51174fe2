//! Reads the XML documents in which Azure Notification Hubs reports the results of notifications.
//!
//! Each document has its own type. This crate does not use HTTP: the text of a document, for example from a log, is enough.
//!
//! | type | document |
//! |---|---|
//! | [`NotificationOutcome`] | the answer to a test send |
//! | [`NotificationDetails`] | the telemetry of one notification |
//! | [`Feedback`] | devices that a push service has reported as gone |
//! | [`ErrorDocument`] | the body of an error |
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
//! The service may add elements and words later. Unknown elements are skipped. Unknown words are kept: see [`OtherWord`].
//!
//! A document is refused with a [`ParseError`] if it could do harm: if it has a document type declaration or undeclared
//! entities, or exceeds the limits. No document makes this crate panic.
//!
//! # Limits
//! - Elements are nested at most 64 deep.
//! - An element has at most 64 attributes.
//! - A document has at most 200,000 elements, or one for every 10 bytes if that is more.
//! - At each place in a document, at most 128 namespaces are declared. A namespace that is used has at most 1024 bytes.
//!
//! No limit counts the bytes of a document: limit the size of the download instead. The time for reading grows in proportion
//! to the length of the document.

#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "no document makes this crate panic"
    )
)]

mod error_document;
mod feedback;
mod hidden;
mod notification_details;
mod notification_outcome;
mod other_word;
mod outcome;
mod outcome_name;
mod parse_error;
mod platform;
#[doc(hidden)]
pub mod words;
#[doc(hidden)]
pub mod xml;

pub use error_document::ErrorDocument;
pub use feedback::{Documents, Feedback, FeedbackReader};
pub use notification_details::{NotificationDetails, NotificationState};
pub use notification_outcome::{NotificationOutcome, RegistrationResult};
pub use other_word::OtherWord;
pub use outcome::Outcome;
pub use outcome_name::OutcomeName;
pub use parse_error::ParseError;
pub use platform::Platform;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
