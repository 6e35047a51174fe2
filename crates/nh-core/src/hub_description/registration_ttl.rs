use crate::BuildError;
use crate::text::quoted;
use std::fmt::{self, Write as _};
use std::time::Duration;

/// How long a registration lives after it was last written.
///
/// ```
/// use nh_core::{HubDescription, RegistrationTtl};
/// use std::time::Duration;
///
/// let month = Duration::from_secs(30 * 24 * 60 * 60);
/// let hub = HubDescription::new().with_registration_ttl(month)?;
/// assert_eq!(hub.registration_ttl(), Some(RegistrationTtl::After(month)));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// Its `Display` text is the `xs:duration` that the service has: `P30D`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegistrationTtl {
    /// For ever. The service writes it as `P10675199DT2H48M5.4775807S` and has it unless told otherwise ([.NET `TimeSpan`]).
    ///
    /// [.NET `TimeSpan`]: https://learn.microsoft.com/dotnet/api/system.timespan.maxvalue
    Never,
    /// So long. At least a day ([Create a notification hub]).
    ///
    /// [Create a notification hub]: https://learn.microsoft.com/rest/api/notificationhubs/create-notification-hub
    After(Duration),
}

const DAY: u64 = 24 * 60 * 60;

/// The longest time that the service can hold.
const MAX: Duration = Duration::new(922_337_203_685, 477_580_700);

impl RegistrationTtl {
    /// A registration lives at least so long.
    pub const MIN: Duration = Duration::from_secs(DAY);

    /// Checks that the service can have it.
    pub(super) fn check(self) -> Result<(), BuildError> {
        let RegistrationTtl::After(ttl) = self else { return Ok(()) };
        let (problem, remedy) = if ttl < Self::MIN {
            ("is too short", "a day is the least")
        } else if ttl >= MAX {
            ("is too long", "use RegistrationTtl::Never")
        } else {
            return Ok(());
        };
        Err(BuildError::new(format_args!("registration TTL of {} s", ttl.as_secs()), problem, remedy))
    }

    /// Reads an `xs:duration`. Years have 365 days and months 30, as in .NET.
    pub(super) fn read(text: &str) -> Option<RegistrationTtl> {
        let text = text.trim().strip_prefix('P')?;
        let (date, time) = match text.split_once('T') {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None => (text, ""),
        };
        if date.is_empty() && time.is_empty() {
            return None;
        }
        let date = sum(date, &[('Y', 365 * DAY), ('M', 30 * DAY), ('D', DAY)])?;
        let time = sum(time, &[('H', 60 * 60), ('M', 60), ('S', 1)])?;
        let ttl = date.checked_add(time)?;
        Some(if ttl >= MAX { RegistrationTtl::Never } else { RegistrationTtl::After(ttl) })
    }

    /// Reads what a person has written.
    pub(super) fn parse(text: &str) -> Result<RegistrationTtl, BuildError> {
        let ttl = RegistrationTtl::read(text).ok_or_else(|| {
            let subject = format!("registration TTL {}", quoted(text));
            BuildError::new(subject, "is no duration", "write it as P90D or P1DT12H")
        })?;
        ttl.check()?;
        Ok(ttl)
    }
}

/// The parts of a duration, each at most once and in order. Only seconds have a fraction.
fn sum(mut text: &str, units: &[(char, u64)]) -> Option<Duration> {
    let mut sum = Duration::ZERO;
    for (unit, seconds) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if *unit == 'S' && digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (number, ""),
        };
        if !digits(whole) {
            return None;
        }
        let seconds = whole.parse::<u64>().ok()?.checked_mul(*seconds)?;
        let nanos = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        sum = sum.checked_add(Duration::new(seconds, nanos))?;
        text = rest;
    }
    text.is_empty().then_some(sum)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl From<Duration> for RegistrationTtl {
    fn from(ttl: Duration) -> RegistrationTtl {
        RegistrationTtl::After(ttl)
    }
}

impl fmt::Display for RegistrationTtl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ttl = match self {
            RegistrationTtl::Never => return f.pad("P10675199DT2H48M5.4775807S"),
            RegistrationTtl::After(ttl) => ttl,
        };
        let (days, seconds) = (ttl.as_secs() / DAY, ttl.as_secs() % DAY);
        // The service counts in 100 ns.
        let ticks = ttl.subsec_nanos() / 100;
        let mut text = format!("P{days}D");
        if seconds > 0 || ticks > 0 {
            write!(text, "T{seconds}")?;
            if ticks > 0 {
                write!(text, ".{}", format!("{ticks:07}").trim_end_matches('0'))?;
            }
            text.push('S');
        }
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        let after = |seconds, nanos| Some(RegistrationTtl::After(Duration::new(seconds, nanos)));
        for (text, ttl) in [
            ("P90D", after(90 * DAY, 0)),
            (" P1DT2H3M4.5S\n", after(DAY + 2 * 3600 + 3 * 60 + 4, 500_000_000)),
            ("P1Y2M3D", after((365 + 60 + 3) * DAY, 0)),
            ("PT36H", after(DAY + DAY / 2, 0)),
            ("PT0.0000001S", after(0, 100)),
            ("P10675199DT2H48M5.4775807S", Some(RegistrationTtl::Never)),
            ("P10675199DT2H48M5.4775806S", after(922_337_203_685, 477_580_600)),
            ("P99999999D", Some(RegistrationTtl::Never)),
        ] {
            assert_eq!(RegistrationTtl::read(text), ttl, "{text}");
        }
        for none in [
            "",
            "P",
            "PT",
            "P1DT",
            "soon",
            "1D",
            "P1",
            "PD",
            "P1.5D",
            "P1D2M",
            "P1H",
            "PT1D",
            "-P1D",
            "P-1D",
            "PT1.S",
            "PT.5S",
            "P+1D",
            "P1D1D",
            "P18446744073709551615Y",
            "P1é",
        ] {
            assert_eq!(RegistrationTtl::read(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for ttl in [
            RegistrationTtl::Never,
            Duration::from_secs(DAY).into(),
            Duration::from_secs(90_061).into(),
            Duration::new(DAY, 120_000_000).into(),
        ] {
            assert_eq!(RegistrationTtl::read(&ttl.to_string()), Some(ttl), "{ttl}");
        }
        assert_eq!(RegistrationTtl::After(Duration::new(90_061, 120_000_000)).to_string(), "P1DT3661.12S");
    }

    #[test]
    fn limits() {
        for (text, names) in [
            ("soon", "\"soon\": is no duration"),
            ("PT23H59M59.9S", "a day is the least"),
            ("-P90D", "no duration"),
        ] {
            let error = RegistrationTtl::parse(text).unwrap_err().to_string();
            assert!(error.contains(names), "{error}");
        }
        assert!(RegistrationTtl::parse("P1D").is_ok());
        assert!(RegistrationTtl::After(Duration::MAX).check().unwrap_err().to_string().contains("Never"));
    }
}
