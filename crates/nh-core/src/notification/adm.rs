use super::builder::{Parts, builder};

/// A notification by Amazon Device Messaging ([`Notification::adm`](crate::Notification::adm)).
///
/// ADM takes at most 6 KB.
///
/// ```
/// use nh_core::Notification;
///
/// let notification = Notification::adm(r#"{"data":{"msg":"Hello!"}}"#)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Adm(pub(super) Parts);
builder!(Adm);
