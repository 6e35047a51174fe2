/// Which version of a thing a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Any that is there.
    Any,
    ETag(u64),
}

impl Condition {
    pub(crate) fn fits(self, etag: u64) -> bool {
        self == Condition::Any || self == Condition::ETag(etag)
    }
}
