//! The time at which an installation ends, as JSON. It is read with a zone and without. Another value is kept.

use crate::BuildError;
use crate::moment::Moment;
use nh_outcome::xml::parse_time;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expiration {
    At(Moment),
    /// Another value that was read. It is put back as it is, so that the rest of the installation can be used.
    Unreadable(Value),
}

impl Expiration {
    /// # Errors
    /// Fails if the time cannot be written.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        match self {
            Expiration::At(moment) => moment.get("expiration time of the installation").map(drop),
            Expiration::Unreadable(_) => Ok(()),
        }
    }

    pub(super) fn time(&self) -> Option<OffsetDateTime> {
        match self {
            Expiration::At(Moment::At(time)) => Some(*time),
            Expiration::At(Moment::OutOfRange { .. }) | Expiration::Unreadable(_) => None,
        }
    }
}

impl Serialize for Expiration {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Expiration::At(moment) => {
                let time = moment.get("expiration time of the installation").map_err(S::Error::custom)?;
                to.serialize_str(&time.format(&Rfc3339).map_err(S::Error::custom)?)
            }
            Expiration::Unreadable(value) => value.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Expiration {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Expiration, D::Error> {
        let value = Value::deserialize(from)?;
        let time = value.as_str().and_then(parse_time);
        Ok(time.map_or(Expiration::Unreadable(value), |time| Expiration::At(Moment::At(time))))
    }
}
