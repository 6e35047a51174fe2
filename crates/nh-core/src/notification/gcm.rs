use super::builder::{Parts, builder};

/// A notification by FCM's legacy protocol ([`Notification::gcm`](crate::Notification::gcm)).
///
/// Google switched that protocol off in 2024; hubs still take the format.
///
/// ```
/// use nh_core::Notification;
///
/// let notification = Notification::gcm(r#"{"data":{"msg":"Hello!"}}"#)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Gcm(pub(super) Parts);
builder!(Gcm);
