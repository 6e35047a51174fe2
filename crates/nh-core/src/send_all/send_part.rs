use crate::{
    BuildError, Draft, Operation, Receipt, ScheduleNotification, SendDirect, SendDirectBatch,
    SendNotification, ServiceError,
};
use bytes::Bytes;
use http::Response;
use std::fmt;
use std::ops::RangeInclusive;

/// One part of a [`SendAll`](crate::SendAll): the send, for whom it is, and who was refused.
pub struct SendPart {
    pub(super) number: u64,
    pub(super) places: (u64, u64),
    pub(super) recipients: u64,
    pub(super) digest: [u8; 16],
    pub(super) refused: Vec<Refused>,
    pub(super) send: Option<PartSend>,
}

/// A recipient that is illegal, so nothing is sent to it.
#[derive(Clone, Debug)]
pub struct Refused {
    pub(super) place: u64,
    pub(super) why: BuildError,
}

impl Refused {
    /// Returns its place in the list.
    pub fn place(&self) -> u64 {
        self.place
    }

    /// Returns what is wrong with it.
    pub fn why(&self) -> &BuildError {
        &self.why
    }
}

pub(super) enum PartSend {
    Now(SendNotification),
    Later(ScheduleNotification),
    Direct(SendDirect),
    Batch(SendDirectBatch),
}

impl SendPart {
    /// Returns the number of the part. The first is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the places of its recipients in the list, from the first to the last.
    pub fn places(&self) -> RangeInclusive<u64> {
        self.places.0..=self.places.1
    }

    /// Returns how many recipients it has. Those that are refused count, and so do repeats.
    pub fn recipients(&self) -> u64 {
        self.recipients
    }

    /// Returns the same, to keep it.
    pub fn into_send(self) -> Option<impl Operation<Output = Receipt> + use<>> {
        self.send
    }

    /// Returns the recipients that are refused, in the order of the list.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Returns the same, without a copy.
    pub fn into_refused(self) -> Vec<Refused> {
        self.refused
    }

    /// Returns a hash of this part's recipients and of all before them. If the hash is the same, the list is the same up to here. It
    /// finds mistakes. It is no protection from somebody who makes lists of the same hash on purpose.
    pub fn digest(&self) -> [u8; 16] {
        self.digest
    }

    /// Returns the send to those that are not refused. `None` if all are refused.
    pub fn send(&self) -> Option<&(impl Operation<Output = Receipt> + use<>)> {
        self.send.as_ref()
    }
}

impl Operation for PartSend {
    type Output = Receipt;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        match self {
            PartSend::Now(send) => send.draft(draft),
            PartSend::Later(send) => send.draft(draft),
            PartSend::Direct(send) => send.draft(draft),
            PartSend::Batch(send) => send.draft(draft),
        }
    }

    fn response(&self, response: Response<Bytes>) -> Result<Receipt, ServiceError> {
        match self {
            PartSend::Now(send) => send.response(response),
            PartSend::Later(send) => send.response(response),
            PartSend::Direct(send) => send.response(response),
            PartSend::Batch(send) => send.response(response),
        }
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn name(&self) -> &'static str {
        match self {
            PartSend::Now(send) => send.name(),
            PartSend::Later(send) => send.name(),
            PartSend::Direct(send) => send.name(),
            PartSend::Batch(send) => send.name(),
        }
    }
}

impl fmt::Debug for SendPart {
    /// Does not show the recipients: ids and handles may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendPart")
            .field("number", &self.number)
            .field("recipients", &self.recipients)
            .finish_non_exhaustive()
    }
}
