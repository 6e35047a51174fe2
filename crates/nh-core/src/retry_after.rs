use http::{HeaderMap, header};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// 136 years. No clock overflows when they are added to it.
const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);

/// A `Retry-After`, whatever it says: that it is there tells a refusal for now from one for good.
#[derive(Clone, Copy)]
pub(crate) struct RetryAfter(Option<Duration>);

impl RetryAfter {
    pub(crate) fn of(headers: &HeaderMap) -> Option<RetryAfter> {
        let text = headers.get(header::RETRY_AFTER)?.to_str().unwrap_or_default().trim();
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let wait = match text.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) if is_number => Some(LONGEST),
            Err(_) => until(text, headers),
        };
        Some(RetryAfter(wait.map(|wait| wait.min(LONGEST))))
    }

    /// The wait, if it can be read.
    pub(crate) fn wait(self) -> Option<Duration> {
        self.0
    }
}

/// Returns the time from the answer's own `Date` to this date. So no clock is read. Returns zero for a date in the past.
fn until(date: &str, headers: &HeaderMap) -> Option<Duration> {
    let now = self::date(headers)?;
    Some((OffsetDateTime::parse(date, &Rfc2822).ok()? - now).try_into().unwrap_or_default())
}

/// The time of the answer on the service's clock: its `Date`.
pub(crate) fn date(headers: &HeaderMap) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(headers.get(header::DATE)?.to_str().ok()?.trim(), &Rfc2822).ok()
}
