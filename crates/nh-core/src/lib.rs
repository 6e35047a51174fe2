//! Azure Notification Hubs without I/O.
//!
//! This crate builds [`http::Request`] values and reads [`http::Response`] values. It opens no socket, reads no clock, and
//! contains no async code. Any HTTP stack can send the requests.
//!
//! ```
//! use nh_core::{Hub, Notification, Operation, SendNotification};
//! use std::time::SystemTime;
//!
//! # fn carry(_: http::Request<bytes::Bytes>) -> http::Response<bytes::Bytes> {
//! #     http::Response::builder().status(201).body(bytes::Bytes::new()).unwrap()
//! # }
//! # let connection_string = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
//! let hub = Hub::from_connection_string(connection_string, "news")?;
//! let toast = r#"<toast><visual><binding template="ToastText01"><text id="1">Hello</text></binding></visual></toast>"#;
//!
//! let send = SendNotification::new(Notification::windows(toast)?, "sports")?;
//! let request = hub.request(&send, SystemTime::now())?;   // a signed request
//! let response = carry(request);                          // any HTTP stack sends it
//! let receipt = send.response(response)?;                 // the typed answer
//! # assert_eq!(receipt.notification_id, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An [`Operation`] writes a request and reads the answer. A [`Hub`] or a [`Namespace`] gives the request its address and its
//! signature. If the service would refuse a request, this crate refuses it first, with a [`BuildError`].
//!
//! [`guide::sdk_calls`] lists the calls of other SDKs and the operations that replace them. [`guide::traps`] lists the
//! surprises of the service.
//!
//! The documentation names the source of each fact about the service: the [REST reference], the [official SDKs], or
//! "recorded". "Recorded" means an exchange with the real service that Microsoft published with the tests of its SDKs.
//!
//! [REST reference]: https://learn.microsoft.com/rest/api/notificationhubs/
//! [official SDKs]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-sdks

#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "nothing from outside makes this crate panic"
    )
)]

mod atom;
mod audience;
mod blob_container;
mod brake;
mod build_error;
mod connection_string;
mod credential;
mod device;
pub mod diagnosis;
#[doc(hidden)]
pub mod dump;
mod error_words;
mod feedback;
pub mod guide;
mod hub;
mod hub_description;
mod if_match;
mod installation;
mod into_audience;
mod into_text;
pub mod job;
mod lenient;
pub mod migrate;
mod moment;
mod namespace;
pub mod notification;
mod operation;
mod operations;
mod pace;
mod page;
mod path;
mod platform_rules;
mod push_subscription;
mod receipt;
mod recipient;
mod registration;
mod resource_manager;
pub mod retry;
mod retry_after;
mod round_time;
mod sas;
mod sas_uri;
mod send_all;
mod service_error;
mod site;
mod tag;
mod tag_expression;
mod tag_list;
mod template_expression;
mod template_rules;
mod text;
mod tracking;

pub use audience::Audience;
pub use blob_container::BlobContainer;
pub use build_error::BuildError;
pub use connection_string::{ConnectionString, IntoConnectionString};
pub use credential::Credential;
pub use device::{DeviceHandle, IntoDevice};
pub use feedback::{DeadHandle, Deletion, FeedbackPosition, Holder, Kept, KeptBecause, Prunable, Remedy};
pub use hub::Hub;
pub use hub_description::{
    AccessRight, ApnsEndpoint, AuthorizationRule, DeclaredHub, HubChange, HubDescription, HubDifference,
    HubPart, PartChange, PnsCredential, RegistrationTtl, SecretSource, credentials,
};
pub use if_match::IfMatch;
pub use installation::{
    FoldInstallations, Installation, InstallationChange, InstallationTemplate, ListedInstallation,
    SecondaryTile,
};
pub use into_audience::IntoAudience;
pub use job::job::Job;
pub use job::words::{JobStatus, JobType};
pub use moment::IntoTime;
pub use namespace::Namespace;
pub use nh_outcome::{
    Feedback, FeedbackReader, NotificationDetails, NotificationOutcome, NotificationState, OtherWord,
    Outcome, OutcomeName, Platform, RegistrationResult,
};
pub use notification::format::Format;
pub use notification::notification::Notification;
pub use notification::payload::{IntoPayload, Payload};
pub use notification::template::IntoProperty;
pub use operation::{Draft, Operation, Target};
pub use operations::*;
pub use page::{List, Page};
pub use push_subscription::PushSubscription;
pub use receipt::{Receipt, TestReceipt};
pub use recipient::Recipient;
pub use registration::{PnsHandle, Registration, RegistrationTemplate};
pub use resource_manager::{
    AccessToken, AzureCloud, PolicyKey, ResourceId, ResourceListKeys, ResourceManager,
};
pub use sas::SharedAccessKey;
pub use sas_uri::SasUri;
pub use send_all::{Refused, SendAll, SendPart};
pub use service_error::ServiceError;
pub use tag::{IntoTag, Tag};
#[doc(hidden)]
pub use tag_expression::TagTerm;
pub use tag_expression::{IntoTagExpression, TagExpression};
#[doc(hidden)]
pub use {round_time::RoundTime, text::looks_secret, tracking::track, uuid::Uuid as TrackingId};

pub use {bytes, http, nh_outcome, serde_json, time};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
