use super::builder::{Parts, builder};

/// A web push notification. [`Notification::browser`](crate::Notification::browser) makes it.
///
/// It reaches Chrome, Edge and Firefox ([browser push]). Web push takes at most 3993 bytes.
///
/// [browser push]: https://learn.microsoft.com/azure/notification-hubs/browser-push
///
/// ```
/// use nh_core::Notification;
///
/// let notification = Notification::browser(r#"{"title":"Hello","message":"From Rust"}"#)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Browser(pub(super) Parts);
builder!(Browser);
