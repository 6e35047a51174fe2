use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// When a registration ends that does not.
pub(crate) const NEVER: &str = "9999-12-31T23:59:59.9999999";

/// A time without its zone, as .NET writes it.
pub(crate) fn moment(time: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]");
    time.to_offset(UtcOffset::UTC).format(format).expect("a time has a year")
}
