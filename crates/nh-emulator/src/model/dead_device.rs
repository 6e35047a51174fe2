use super::registration::Registration;
use crate::rejection::Rejection;

/// A device whose handle is no good any more.
#[derive(Debug)]
pub(crate) struct DeadDevice {
    pub(crate) rejection: Rejection,
    pub(crate) registration: Registration,
}
