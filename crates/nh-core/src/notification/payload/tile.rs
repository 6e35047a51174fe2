use super::markup::Markup;
use super::payload::Payload;
use crate::BuildError;

/// A live tile for Windows: lines of text for each size ([Tile content schema]). All texts are escaped. WNS takes 5120 bytes.
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::{Tile, TileSize};
///
/// let tile = Tile::new().binding(TileSize::Medium, ["Redmond", "2:1"]).binding(TileSize::Wide, ["Redmond 2, Bellevue 1"]);
/// let notification = Notification::windows(tile)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Tile content schema]: https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/tile-schema
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tile {
    branding: Option<Branding>,
    display_name: Option<String>,
    bindings: Vec<(TileSize, Vec<String>)>,
    image: Option<String>,
}

/// A size of a tile. The user picks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TileSize {
    /// `TileSmall`
    Small,
    /// `TileMedium`
    Medium,
    /// `TileWide`
    Wide,
    /// `TileLarge`
    Large,
}

/// What a tile shows of the app: the attribute `branding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Branding {
    /// `none`: nothing.
    None,
    /// `name`: the name of the app.
    Name,
    /// `logo`: the logo of the app.
    Logo,
    /// `nameAndLogo`: both.
    NameAndLogo,
}

impl TileSize {
    const fn as_str(self) -> &'static str {
        match self {
            TileSize::Small => "TileSmall",
            TileSize::Medium => "TileMedium",
            TileSize::Wide => "TileWide",
            TileSize::Large => "TileLarge",
        }
    }
}

impl Branding {
    const fn as_str(self) -> &'static str {
        match self {
            Branding::None => "none",
            Branding::Name => "name",
            Branding::Logo => "logo",
            Branding::NameAndLogo => "nameAndLogo",
        }
    }
}

impl Tile {
    /// A tile without text. Add text with [`binding`](Tile::binding) for each size.
    pub fn new() -> Tile {
        Tile::default()
    }

    /// Sets the lines of text for one size (`binding`). A second call for the same size replaces the first.
    pub fn binding<T: Into<String>>(mut self, size: TileSize, texts: impl IntoIterator<Item = T>) -> Tile {
        self.bindings.retain(|(known, _)| *known != size);
        self.bindings.push((size, texts.into_iter().map(Into::into).collect()));
        self
    }

    /// Sets `branding`: what the tile shows of the app.
    pub fn branding(mut self, branding: Branding) -> Tile {
        self.branding = Some(branding);
        self
    }

    /// Sets `displayName`: a name that the tile shows instead of the name of the app.
    pub fn display_name(mut self, name: impl Into<String>) -> Tile {
        self.display_name = Some(name.into());
        self
    }

    /// Sets the address of an image behind the text, for all sizes (`image` with the placement `background`).
    pub fn background(mut self, url: impl Into<String>) -> Tile {
        self.image = Some(url.into());
        self
    }

    /// The XML.
    ///
    /// # Errors
    /// The tile has no binding, or a text has a character that XML cannot hold.
    pub(super) fn payload(&self) -> Result<Payload, BuildError> {
        if self.bindings.is_empty() {
            return Err(BuildError::new("tile", "has no text in any size", "add text with Tile::binding"));
        }
        let branding = self.branding.map(Branding::as_str);
        let mut markup = Markup::new()
            .open("tile", &[])?
            .open("visual", &[("branding", branding), ("displayName", self.display_name.as_deref())])?;
        for (size, texts) in &self.bindings {
            markup = markup.open("binding", &[("template", Some(size.as_str()))])?;
            if let Some(url) = &self.image {
                markup = markup.empty("image", &[("placement", Some("background")), ("src", Some(url))])?;
            }
            for text in texts {
                markup = markup.text("text", text)?;
            }
            markup = markup.close();
        }
        Ok(markup.finish().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;

    #[test]
    fn as_the_schema_has_it() {
        let tile = Tile::new()
            .binding(TileSize::Medium, ["old"])
            .binding(TileSize::Medium, ["a < b", "c"])
            .binding(TileSize::Large, ["d"])
            .branding(Branding::NameAndLogo)
            .display_name("\"N\"")
            .background("https://a/?b&c");
        let xml = "<tile><visual branding=\"nameAndLogo\" displayName=\"&quot;N&quot;\"><binding template=\"TileMedium\">\
            <image placement=\"background\" src=\"https://a/?b&amp;c\"/><text>a &lt; b</text><text>c</text></binding>\
            <binding template=\"TileLarge\"><image placement=\"background\" src=\"https://a/?b&amp;c\"/><text>d</text></binding>\
            </visual></tile>";
        assert_eq!(tile.payload().unwrap(), xml.into());
        assert!(Notification::windows(tile.payload().unwrap()).is_ok());
        assert!(Tile::new().payload().is_err());
    }
}
