use super::kept::{FORM, KeptSend};
use crate::model::hub_description::HubDescription;
use crate::model::packed::Packer;
use crate::rules::access_rule::AccessRule;

/// Something that is to be kept, or no longer.
#[derive(Debug)]
pub(crate) enum Change {
    /// The namespace's.
    Rule(Box<[u8]>),
    /// With a hub goes what it holds.
    Hub {
        number: u32,
        hub: Option<Box<[u8]>>,
    },
    Registration {
        hub: u32,
        slot: u32,
        registration: Option<Box<[u8]>>,
    },
    Installation {
        hub: u32,
        id: Box<str>,
        document: Option<Box<str>>,
    },
    /// The id of a registration that is not used again, or is forgotten.
    Gone {
        hub: u32,
        id: Box<str>,
        gone: bool,
    },
    Scheduled {
        id: String,
        send: Option<Box<[u8]>>,
    },
}

impl Change {
    pub(crate) fn hub(number: u32, name: &str, description: &HubDescription) -> Change {
        let mut to = packer();
        to.text(name);
        description.pack(&mut to);
        Change::Hub { number, hub: Some(to.end()) }
    }

    /// The keys of the namespace's rule.
    pub(crate) fn rule(rule: &AccessRule) -> Change {
        let mut to = packer();
        to.text(&rule.key);
        to.text(&rule.secondary_key);
        Change::Rule(to.end())
    }

    pub(crate) fn scheduled(id: &str, send: &KeptSend) -> Change {
        let mut to = packer();
        send.pack(&mut to);
        Change::Scheduled { id: id.to_owned(), send: Some(to.end()) }
    }
}

fn packer() -> Packer {
    let mut to = Packer::default();
    to.number(FORM);
    to
}
