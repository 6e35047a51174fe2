use super::builder::{Parts, builder};

/// A notification of the legacy FCM protocol. [`Notification::gcm`](crate::Notification::gcm) makes it.
///
/// Google switched this protocol off in 2024. Hubs still take the format.
///
/// ```
/// use nh_core::Notification;
///
/// let notification = Notification::gcm(r#"{"data":{"msg":"Hello!"}}"#)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gcm(pub(super) Parts);
builder!(Gcm);
