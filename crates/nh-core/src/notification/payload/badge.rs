use super::payload::Payload;

/// A badge on the tile or the taskbar icon of a Windows app: a number or a glyph ([Badges]).
///
/// ```
/// use nh_core::{Notification, Payload};
/// use nh_core::notification::{Badge, Glyph};
///
/// assert_eq!(Payload::from(Badge::Number(7)), r#"<badge value="7"/>"#.into());
/// let notification = Notification::windows(Badge::Glyph(Glyph::NewMessage))?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Badges]: https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/badges
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Badge {
    /// A number. Windows shows `99+` for more than 99. 0 removes the badge.
    Number(u32),
    /// A glyph that Windows draws.
    Glyph(Glyph),
}

/// A glyph that a badge can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are those of Windows")]
pub enum Glyph {
    None,
    Activity,
    Alarm,
    Alert,
    Attention,
    Available,
    Away,
    Busy,
    Error,
    NewMessage,
    Paused,
    Playing,
    Unavailable,
}

impl Glyph {
    /// The word on the wire, in the attribute `value`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Glyph::None => "none",
            Glyph::Activity => "activity",
            Glyph::Alarm => "alarm",
            Glyph::Alert => "alert",
            Glyph::Attention => "attention",
            Glyph::Available => "available",
            Glyph::Away => "away",
            Glyph::Busy => "busy",
            Glyph::Error => "error",
            Glyph::NewMessage => "newMessage",
            Glyph::Paused => "paused",
            Glyph::Playing => "playing",
            Glyph::Unavailable => "unavailable",
        }
    }
}

impl From<&Badge> for Payload {
    fn from(badge: &Badge) -> Payload {
        (*badge).into()
    }
}

impl From<Badge> for Payload {
    fn from(badge: Badge) -> Payload {
        match badge {
            Badge::Number(number) => format!("<badge value=\"{number}\"/>").into(),
            Badge::Glyph(glyph) => format!("<badge value=\"{}\"/>", glyph.as_str()).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;

    #[test]
    fn a_badge_is_told_from_its_root() {
        for badge in [Badge::Number(0), Badge::Glyph(Glyph::Unavailable)] {
            let notification = Notification::from(Notification::windows(badge).unwrap());
            assert!(notification.headers().any(|(_, value)| value == "wns/badge"));
        }
    }
}
