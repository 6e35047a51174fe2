//! The times that programs give, and the times that the service can write.

use crate::BuildError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;

/// An argument that is a time: [`SystemTime`](std::time::SystemTime) or [`time::OffsetDateTime`]. The trait is sealed.
///
/// ```
/// use nh_core::{Installation, Platform};
/// use std::time::{Duration, SystemTime};
///
/// let phone = Installation::new("a213b4b2", Platform::FcmV1, "dk3:APA91b_aB-c")?;
/// let phone = phone.with_expiration_time(SystemTime::now() + Duration::from_secs(24 * 60 * 60));
/// let phone = phone.with_expiration_time(time::macros::datetime!(2030-01-01 00:00 UTC));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// The service writes years up to 9999. If a time is later, building the request fails.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a time",
    note = "give a `std::time::SystemTime` or a `time::OffsetDateTime`"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoTime: ToMoment {}
impl<T: ToMoment> IntoTime for T {}

pub(crate) trait ToMoment {
    fn to_moment(self) -> Moment;
}

/// A time. It may be out of the range that the service can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    At(OffsetDateTime),
    /// A time before the year -9999 or after the year 9999, in seconds after 1970.
    OutOfRange {
        unix_seconds: i64,
    },
}

impl Moment {
    pub(crate) fn unix_seconds(self) -> i64 {
        match self {
            Moment::At(time) => time.unix_timestamp(),
            Moment::OutOfRange { unix_seconds } => unix_seconds,
        }
    }

    /// Returns the time. `subject` names it in the error.
    ///
    /// # Errors
    /// Fails if the time is out of range.
    pub(crate) fn get(self, subject: &str) -> Result<OffsetDateTime, BuildError> {
        match self {
            Moment::At(time) => Ok(time),
            Moment::OutOfRange { unix_seconds } => Err(BuildError::new(
                subject,
                format_args!(
                    "is {unix_seconds} seconds after 1970, which is outside the years -9999 to 9999"
                ),
                "check the clock, or give another time",
            )
            .of_time()),
        }
    }
}

impl ToMoment for Moment {
    fn to_moment(self) -> Moment {
        self
    }
}

impl ToMoment for OffsetDateTime {
    fn to_moment(self) -> Moment {
        Moment::At(self)
    }
}

impl ToMoment for SystemTime {
    fn to_moment(self) -> Moment {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let (unix_seconds, time) = match self.duration_since(UNIX_EPOCH) {
            Ok(after) => {
                let after_1970 = time::Duration::try_from(after).ok();
                (seconds(after), after_1970.and_then(|after| OffsetDateTime::UNIX_EPOCH.checked_add(after)))
            }
            Err(before) => {
                let before = before.duration();
                let before_1970 = time::Duration::try_from(before).ok();
                let time = before_1970.and_then(|before| OffsetDateTime::UNIX_EPOCH.checked_sub(before));
                (seconds(before).saturating_neg(), time)
            }
        };
        time.map_or(Moment::OutOfRange { unix_seconds }, Moment::At)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_two_kinds_of_time_are_one() {
        let time = datetime!(2023-11-14 22:13:20.5 UTC);
        assert_eq!(SystemTime::from(time).to_moment(), time.to_moment());
        let early = datetime!(1969-12-31 23:59:58.5 UTC);
        assert_eq!(SystemTime::from(early).to_moment(), early.to_moment());
        assert_eq!(early.to_moment().unix_seconds(), -2);
    }

    #[test]
    fn a_clock_in_the_year_36812_is_an_error() {
        let late = UNIX_EPOCH + Duration::from_secs(1_099_511_627_776);
        let error = late.to_moment().get("schedule time").unwrap_err();
        assert!(
            error.to_string().starts_with("schedule time: is 1099511627776 seconds after 1970"),
            "{error}"
        );
        assert!(error.is_time());
    }
}
