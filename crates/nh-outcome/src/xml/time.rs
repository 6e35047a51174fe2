use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;

/// A time as the service writes it: `2015-11-02T21:19:43.9926996Z`, in UTC if it names no zone, up to
/// `9999-12-31T23:59:59.9999999`. `None` if it is none.
///
/// ```
/// use nh_outcome::xml::parse_time;
///
/// assert_eq!(parse_time("9999-12-31T23:59:59.9999999"), parse_time("9999-12-31T23:59:59.9999999Z"));
/// assert_eq!(parse_time("soon"), None);
/// ```
pub fn parse_time(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| parse_in_utc(text))
}

/// A page of registrations has hundreds of these: the zone is added without an allocation.
fn parse_in_utc(text: &str) -> Option<OffsetDateTime> {
    let mut zoned = [0; 64];
    let zoned = zoned.get_mut(..=text.len())?;
    let (zone, time) = zoned.split_last_mut()?;
    time.copy_from_slice(text.as_bytes());
    *zone = b'Z';
    OffsetDateTime::parse(std::str::from_utf8(zoned).ok()?, &Rfc3339).ok()
}
