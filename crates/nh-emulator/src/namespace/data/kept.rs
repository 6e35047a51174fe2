//! What was kept, as it is read again.

use crate::model::hub_description::HubDescription;
use crate::model::notification::Notification;
use crate::model::packed::{Packer, Unpacker};
use crate::namespace::gone::Gone;
use crate::namespace::installations::Installations;
use crate::namespace::registrations::Registrations;
use crate::rules::access_rule::{AccessRule, Claim};
use crate::rules::format::Format;
use bytes::Bytes;
use nh_core::TagExpression;
use time::OffsetDateTime;

/// The form of what is kept; another form gets another number.
pub(super) const FORM: u64 = 3;

/// All that was kept.
#[derive(Default)]
pub(crate) struct Kept {
    /// The namespace's.
    pub(crate) rule: Option<AccessRule>,
    /// By their numbers, in order.
    pub(crate) hubs: Vec<(u32, KeptHub)>,
    pub(crate) scheduled: Vec<(String, KeptSend)>,
}

/// A hub and what it holds.
#[derive(Debug)]
pub(crate) struct KeptHub {
    pub(crate) name: String,
    pub(crate) description: HubDescription,
    pub(crate) registrations: Registrations,
    pub(crate) installations: Installations,
    pub(crate) gone: Gone,
}

/// A send that waits for its time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptSend {
    pub(crate) hub: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) notification: Notification,
    pub(crate) audience: Option<TagExpression>,
}

impl KeptSend {
    pub(super) fn pack(&self, to: &mut Packer) {
        to.text(&self.hub);
        to.time(self.at);
        to.text(self.notification.format().word());
        let headers: Vec<_> = self.notification.headers.iter().collect();
        to.list(&headers, |to, (name, value)| {
            to.text(name);
            to.text(value);
        });
        to.bytes(&self.notification.body);
        // No tag expression is empty.
        to.text(&self.audience.as_ref().map(ToString::to_string).unwrap_or_default());
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<KeptSend> {
        let mut from = of_this_form(bytes)?;
        let hub = from.text()?.to_owned();
        let at = from.time()?;
        let format = Format::read(from.text()).ok()?;
        let headers = from.list(|from| Some((from.text()?.to_owned(), from.text()?.to_owned())))?;
        let body = Bytes::copy_from_slice(from.bytes()?);
        let audience = match from.text()? {
            "" => None,
            text => Some(TagExpression::parse(text).ok()?),
        };
        let notification = Notification::new(format, headers.into_iter().collect(), body).ok()?;
        from.is_at_end().then_some(KeptSend { hub, at, notification, audience })
    }
}

/// The name of a hub, and what it is.
pub(super) fn read_hub(bytes: &[u8]) -> Option<(String, HubDescription)> {
    let mut from = of_this_form(bytes)?;
    Some((from.text()?.to_owned(), HubDescription::unpack(&mut from)?))
}

/// The namespace's rule.
pub(super) fn read_rule(bytes: &[u8]) -> Option<AccessRule> {
    let mut from = of_this_form(bytes)?;
    let keys = [from.text()?.to_owned(), from.text()?.to_owned()];
    Some(AccessRule::new(AccessRule::ROOT, &Claim::ALL, keys))
}

fn of_this_form(bytes: &[u8]) -> Option<Unpacker<'_>> {
    let mut from = Unpacker::new(bytes);
    (from.number()? == FORM).then_some(from)
}
