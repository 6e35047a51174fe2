use super::builder::{Parts, builder};

/// A notification by FCM HTTP v1 ([`Notification::fcm_v1`](crate::Notification::fcm_v1)).
///
/// Priority and time to live stand in the body (`android.priority`, `android.ttl`); the target (`token`, `topic`,
/// `condition`) is for the hub to fill in ([FCM v1]).
///
/// [FCM v1]: https://learn.microsoft.com/azure/notification-hubs/firebase-migration-rest
///
/// ```
/// use nh_core::Notification;
///
/// let notification = Notification::fcm_v1(r#"{"message":{"notification":{"title":"T","body":"B"},"android":{"ttl":"3600s"}}}"#)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct FcmV1(pub(super) Parts);
builder!(FcmV1);
