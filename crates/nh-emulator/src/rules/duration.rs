//! How long registrations live: a hub's `RegistrationTtl`, an `xs:duration`.

use crate::breach::Breach;
use time::Duration;

/// For ever: the longest time span of .NET (recorded 2020).
pub(crate) const FOR_EVER: &str = "P10675199DT2H48M5.4775807S";

/// `None` is for ever. A year has 365 days and a month 30, as `XmlConvert.ToTimeSpan` of .NET counts.
///
/// # Errors
/// What is no duration, or longer than .NET has them, or less than a day (contract: `NotificationHubDescription.RegistrationTtl`, with its words).
pub(crate) fn registration_ttl(text: &str) -> Result<Option<Duration>, Breach> {
    let seconds = seconds(text.trim())
        .ok_or_else(|| Breach::new(format!("The RegistrationTtl '{text}' is no valid duration.")))?;
    if seconds < 86_400.0 {
        return Err(Breach::new("Registration Ttl must be at least 1.00:00:00"));
    }
    let longest = 10_675_199.0 * 86_400.0;
    // `FOR_EVER` to the last digit that counts; .NET has no longer time span.
    if seconds > longest + 10_085.478 {
        return Err(Breach::new(format!("The RegistrationTtl '{text}' is longer than {FOR_EVER}.")));
    }
    Ok((seconds < longest).then(|| Duration::seconds_f64(seconds)))
}

/// `P1Y2M3DT4H5M6.7S`, each part in its order and some of them left out.
fn seconds(text: &str) -> Option<f64> {
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let (days, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (text.strip_prefix('P')?, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let days = parts(days, &[('Y', 365.0 * 86_400.0), ('M', 30.0 * 86_400.0), ('D', 86_400.0)])?;
    let time = parts(time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)])?;
    Some(sign * (days + time)).filter(|seconds| seconds.is_finite())
}

fn parts(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut sum = 0.0;
    for (unit, seconds) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        let fraction = *unit == 'S' && number.starts_with(|c: char| c.is_ascii_digit());
        if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit() || fraction && c == '.') {
            return None;
        }
        sum += number.parse::<f64>().ok()? * seconds;
        text = rest;
    }
    text.is_empty().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, ttl) in [
            ("P1D", Some(Duration::days(1))),
            ("PT24H", Some(Duration::days(1))),
            ("P39D", Some(Duration::days(39))),
            ("P1Y1M", Some(Duration::days(395))),
            ("P2DT1H1M1.5S", Some(Duration::days(2) + Duration::milliseconds(3_661_500))),
            (FOR_EVER, None),
        ] {
            assert_eq!(registration_ttl(text), Ok(ttl), "{text}");
        }
        for text in ["PT23H", "PT0S", "-P2D", "PT86399.9S"] {
            assert!(registration_ttl(text).unwrap_err().to_string().contains("at least"), "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "P2",
            "P10675199DT2H48M6S",
            "P99999999999999999999D",
            "2D",
            "ninety days",
            "P1.5D",
            "P1DT",
            "PD",
            "P1M1Y",
            "PT1S1H",
            "P2D ",
        ] {
            let trimmed = text.trim() == "P2D";
            assert_eq!(registration_ttl(text).is_ok(), trimmed, "{text}");
        }
    }
}
