use super::builder::{Parts, builder};

/// An ADM notification (Amazon Device Messaging). [`Notification::adm`](crate::Notification::adm) makes it.
///
/// ADM takes at most 6144 bytes.
///
/// ```
/// use nh_core::Notification;
///
/// let notification = Notification::adm(r#"{"data":{"msg":"Hello!"}}"#)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Adm(pub(super) Parts);
builder!(Adm);
