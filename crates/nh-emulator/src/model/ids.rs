//! New names, in the forms that the service gives them.

use time::OffsetDateTime;
use time::macros::format_description;

/// A random GUID (RFC 9562, version 4).
pub(crate) fn guid() -> String {
    let (time_low, time_mid, node) = (fastrand::u32(..), fastrand::u16(..), fastrand::u64(..1 << 48));
    let version = 4 << 12 | fastrand::u16(..1 << 12);
    let variant = 0b10 << 14 | fastrand::u16(..1 << 14);
    format!("{time_low:08x}-{time_mid:04x}-{version:04x}-{variant:04x}-{node:012x}")
}

/// Of a notification: `NH-{yyyyMMddHHmmssfff}-{32 hex}-{2 digits}`, as recorded.
pub(crate) fn notification_id(now: OffsetDateTime) -> String {
    let format = format_description!("[year][month][day][hour][minute][second][subsecond digits:3]");
    let time = now.format(format).expect("the clock's time has a year and a month");
    format!("NH-{time}-{:032x}-{:02}", fastrand::u128(..), fastrand::u8(..100))
}

/// Of a registration: two large numbers and the number of a partition, as recorded.
pub(crate) fn registration_id() -> String {
    let number = || fastrand::u64(1_000_000_000_000_000_000..9_000_000_000_000_000_000);
    format!("{}-{}-{}", number(), number(), fastrand::u8(1..=8))
}

/// Of a job: 19 digits that count down, so that the newest job comes first, and a GUID (recorded).
pub(crate) fn job_id(created: OffsetDateTime) -> String {
    let ticks =
        9_999_999_999_999_999_999 - u64::try_from(created.unix_timestamp_nanos() / 100).unwrap_or_default();
    format!("{ticks:019}{}", guid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_have_a_version_and_a_variant() {
        for _ in 0..100 {
            let guid = guid();
            let bytes = guid.as_bytes();
            assert!(guid.len() == 36 && bytes[14] == b'4' && b"89ab".contains(&bytes[19]), "{guid}");
        }
    }
}
