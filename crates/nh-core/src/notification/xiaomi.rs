use super::builder::{Parts, builder};

/// A notification for Xiaomi devices. [`Notification::xiaomi`](crate::Notification::xiaomi) makes it.
///
/// Only the official SDK for JavaScript sends this format.
///
/// ```
/// use nh_core::Notification;
///
/// let notification = Notification::xiaomi(r#"{"message":"Hello"}"#)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Xiaomi(pub(super) Parts);
builder!(Xiaomi);
