use super::builder::{Parts, builder};

/// A notification for Xiaomi devices ([`Notification::xiaomi`](crate::Notification::xiaomi)).
///
/// Of the official SDKs only the one for JavaScript sends it.
///
/// ```
/// use nh_core::Notification;
///
/// let notification = Notification::xiaomi(r#"{"message":"Hello"}"#)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Xiaomi(pub(super) Parts);
builder!(Xiaomi);
