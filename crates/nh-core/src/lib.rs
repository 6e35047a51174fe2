//! Azure Notification Hubs without I/O.
//!
//! This crate builds [`http::Request`] values and reads [`http::Response`] values. It opens no socket, asks no
//! clock, and imports nothing async: whatever HTTP stack a program already has can carry the requests.
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
//! let request = hub.request(&send, SystemTime::now())?;   // any HTTP stack carries it
//! let response = carry(request);
//! let receipt = send.response(response)?;                 // typed answer
//! # assert_eq!(receipt.notification_id, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An [`Operation`] knows how to ask and how to read the answer; a [`Hub`] addresses and signs what it asks.
//! What the service would refuse is refused here, as a [`BuildError`], before there is a request.
//!
//! Who comes from another SDK finds its calls in [`guide::sdk_calls`]; what surprises about the service is in
//! [`guide::traps`].
//!
//! Facts about the service name their source: the [REST reference], the [official SDKs], or "recorded" for
//! exchanges with the real service that Microsoft published with its SDKs' tests.
//!
//! [REST reference]: https://learn.microsoft.com/rest/api/notificationhubs/
//! [official SDKs]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-sdks

mod atom;
mod audience;
mod connection_string;
mod credential;
mod device;
pub mod dump;
mod error;
pub mod guide;
mod hub;
mod hub_description;
mod if_match;
mod installation;
mod into_audience;
mod into_text;
pub mod job;
mod lenient;
mod moment;
mod namespace;
pub mod notification;
mod operation;
mod operations;
mod page;
mod path;
mod platform_rules;
mod push_subscription;
mod receipt;
mod registration;
pub mod retry;
mod sas;
mod sas_uri;
mod tag;
mod tag_expression;
mod tag_list;
mod template_rules;
mod text;
mod tracking;
mod xml_text;

pub use audience::{Audience, Audiences};
pub use connection_string::{ConnectionString, IntoConnectionString};
pub use credential::Credential;
pub use device::{DeviceHandle, IntoDevice};
pub use error::{BuildError, ServiceError};
pub use hub::Hub;
pub use hub_description::{
    AccessRight, ApnsEndpoint, AuthorizationRule, HubDescription, PnsCredential, RegistrationTtl, credentials,
};
pub use if_match::IfMatch;
pub use installation::{Installation, InstallationChange, InstallationTemplate, SecondaryTile};
pub use into_audience::IntoAudience;
pub use job::{Job, JobStatus, JobType};
pub use moment::IntoTime;
pub use namespace::Namespace;
pub use nh_outcome::{
    Feedback, NotificationDetails, NotificationOutcome, NotificationState, OtherWord, Outcome, Platform,
    RegistrationResult,
};
pub use notification::format::Format;
pub use notification::notification::Notification;
pub use notification::payload::{IntoPayload, Payload};
pub use notification::template::IntoProperty;
pub use operation::{Draft, Operation, Target};
pub use operations::*;
pub use page::Page;
pub use push_subscription::PushSubscription;
pub use receipt::{Receipt, TestReceipt};
pub use registration::{PnsHandle, Registration, RegistrationTemplate};
pub use sas::SharedAccessKey;
pub use sas_uri::SasUri;
pub use tag::{IntoTag, Tag};
#[doc(hidden)]
pub use tag_expression::TagTerm;
pub use tag_expression::{IntoTagExpression, TagExpression};
pub use tracking::track;

pub use {bytes, http, nh_outcome, serde_json, time};
