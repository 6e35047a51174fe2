use super::builder::{Parts, builder};

/// A notification of FCM HTTP v1. [`Notification::fcm_v1`](crate::Notification::fcm_v1) makes it.
///
/// FCM v1 has no headers of its own. The priority and the time to live stand in the body, in `android.priority` and
/// `android.ttl`. The hub adds the target: `token`, `topic` or `condition` ([FCM v1]). FCM takes at most 4096 bytes.
///
/// [FCM v1]: https://learn.microsoft.com/azure/notification-hubs/firebase-migration-rest
///
/// ```
/// use nh_core::Notification;
///
/// let notification = Notification::fcm_v1(r#"{"message":{"notification":{"title":"T","body":"B"},"android":{"ttl":"3600s"}}}"#)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FcmV1(pub(super) Parts);
builder!(FcmV1);
