//! Times as clients write them.

use time::format_description::well_known::Rfc2822;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// A time as `DateTime.TryParse` of .NET reads it, as far as clients use its forms: ISO 8601 (`2014-07-16T19:20+01:00`,
/// `2030-01-01`, `2030/01/01`, `2030-01`), the invariant form of the .NET SDK (`07/16/2030 19:20:00`), and RFC 2822. Without a zone it is UTC.
pub(crate) fn read(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    let moment = in_digits(text).or_else(|| OffsetDateTime::parse(text, &Rfc2822).ok())?;
    // What cannot be told in UTC is no time for anyone.
    moment.checked_to_offset(UtcOffset::UTC)
}

fn in_digits(text: &str) -> Option<OffsetDateTime> {
    let (date, rest) = iso_date(text, '-')
        .or_else(|| iso_date(text, '/').filter(|_| text.matches('/').count() == 2))
        .or_else(|| american_date(text))?;
    if rest.is_empty() {
        return Some(date.midnight().assume_utc());
    }
    let (time, rest) = time_of_day(rest.strip_prefix(['T', 't', ' '])?)?;
    let offset = match rest.trim_start() {
        "" | "Z" | "z" => UtcOffset::UTC,
        rest => offset(rest)?,
    };
    Some(date.with_time(time).assume_offset(offset))
}

/// `2030-01-01`, or a month.
fn iso_date(text: &str, between: char) -> Option<(Date, &str)> {
    let (year, rest) = digits(text, 4..=4)?;
    let (month, rest) = digits(rest.strip_prefix(between)?, 1..=2)?;
    let (day, rest) = match rest.strip_prefix(between) {
        Some(rest) => digits(rest, 1..=2)?,
        None if rest.is_empty() => (1, rest),
        None => return None,
    };
    Some((date(year, month, day)?, rest))
}

/// `07/16/2030`
fn american_date(text: &str) -> Option<(Date, &str)> {
    let (month, rest) = digits(text, 1..=2)?;
    let (day, rest) = digits(rest.strip_prefix('/')?, 1..=2)?;
    let (year, rest) = digits(rest.strip_prefix('/')?, 4..=4)?;
    Some((date(year, month, day)?, rest))
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let year = i32::try_from(year).ok().filter(|year| *year > 0)?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
}

/// `19:20`, `19:20:30`, `19:20:30.1234567`, each also with `AM` or `PM`.
fn time_of_day(text: &str) -> Option<(Time, &str)> {
    let (hour, rest) = digits(text, 1..=2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2..=2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2..=2)?,
        None => (0, rest),
    };
    let (nano, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (fraction, rest) = rest.split_at(length);
            if fraction.is_empty() {
                return None;
            }
            (format!("{fraction:0<9.9}").parse().ok()?, rest)
        }
        None => (0, rest),
    };
    let half = rest.trim_start().split_at_checked(2).filter(|_| (1..=12).contains(&hour));
    let (hour, rest) = match half {
        Some((word, rest)) if word.eq_ignore_ascii_case("am") => (hour % 12, rest),
        Some((word, rest)) if word.eq_ignore_ascii_case("pm") => (hour % 12 + 12, rest),
        _ => (hour, rest),
    };
    let small = |number: u32| u8::try_from(number).ok();
    Some((Time::from_hms_nano(small(hour)?, small(minute)?, small(second)?, nano).ok()?, rest))
}

/// `+01:00`, `-0800`, `+01`
fn offset(text: &str) -> Option<UtcOffset> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, rest) = digits(rest, 2..=2)?;
    let (minutes, rest) =
        if rest.is_empty() { (0, rest) } else { digits(rest.strip_prefix(':').unwrap_or(rest), 2..=2)? };
    if !rest.is_empty() || hours > 14 || minutes > 59 {
        return None;
    }
    let signed = |number: u32| i8::try_from(number).ok().map(|number| number * sign);
    UtcOffset::from_hms(signed(hours)?, signed(minutes)?, 0).ok()
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<(u32, &str)> {
    let found = text.bytes().take_while(u8::is_ascii_digit).count();
    if !length.contains(&found) {
        return None;
    }
    let (number, rest) = text.split_at(found);
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::datetime;
    use proptest::prelude::*;

    #[test]
    fn times_as_clients_write_them() {
        let evening = datetime!(2030-07-16 18:20 UTC);
        for text in [
            "2030-07-16T19:20+01:00",
            "2030-07-16T18:20:00Z",
            "2030-07-16T18:20:00",
            "2030-07-16 18:20",
            "2030-07-16T10:20:00.0000000-08:00",
            "07/16/2030 18:20:00",
            "7/16/2030 6:20 PM",
            "Tue, 16 Jul 2030 18:20:00 GMT",
        ] {
            assert_eq!(read(text), Some(evening), "{text}");
        }
        for (text, time) in [
            ("2030-01-01", datetime!(2030-01-01 0:00 UTC)),
            ("2030-01", datetime!(2030-01-01 0:00 UTC)),
            ("01/02/2030", datetime!(2030-01-02 0:00 UTC)),
            ("2030/01/02", datetime!(2030-01-02 0:00 UTC)),
            ("2030/1/2 3:04 PM", datetime!(2030-01-02 15:04 UTC)),
            ("12/31/2030 12:00:01 AM", datetime!(2030-12-31 0:00:01 UTC)),
            ("9999-12-31T23:59:59.9999999", datetime!(9999-12-31 23:59:59.9999999 UTC)),
            ("2024-01-01T00:00:00.000Z", datetime!(2024-01-01 0:00 UTC)),
        ] {
            assert_eq!(read(text), Some(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "0",
            "tomorrow",
            "banana",
            "1700000000",
            "1700000000x",
            "2024-13-01T00:00:00",
            "2024-02-30",
            "2024-01-01'T'00:00:00",
            "2024-01-01T25:00:00",
            "2024-01-01T00:00:00+99:00",
            "2024-01-01T",
            "13/01/2030",
            "2030/13/01",
            "2030-01/02",
            "2030/01",
            "2024-01-01T00:00:00 later",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9T:/. +Zé-]{0,24}") {
            let _ = read(&text);
        }
    }
}
