use super::Payload;
use super::markup::Markup;
use crate::BuildError;

/// A live tile for Windows: lines of text for each of its sizes ([Tile content schema]). What goes in comes out as text,
/// whatever characters it has.
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::{Tile, TileSize};
///
/// let tile = Tile::new().binding(TileSize::Medium, ["Redmond", "2:1"]).binding(TileSize::Wide, ["Redmond 2, Bellevue 1"]);
/// let notification = Notification::windows(tile.payload()?)?;
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

/// A size that a user may give a tile.
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

/// What of the app is shown on its tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Branding {
    /// `none`
    None,
    /// `name`
    Name,
    /// `logo`
    Logo,
    /// `nameAndLogo`
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
    /// A tile that says nothing in any size.
    pub fn new() -> Tile {
        Tile::default()
    }

    /// What it says in one size.
    pub fn binding<T: Into<String>>(mut self, size: TileSize, texts: impl IntoIterator<Item = T>) -> Tile {
        self.bindings.retain(|(known, _)| *known != size);
        self.bindings.push((size, texts.into_iter().map(Into::into).collect()));
        self
    }

    /// What of the app is shown.
    pub fn branding(mut self, branding: Branding) -> Tile {
        self.branding = Some(branding);
        self
    }

    /// A name in the place of the app's.
    pub fn display_name(mut self, name: impl Into<String>) -> Tile {
        self.display_name = Some(name.into());
        self
    }

    /// An image behind the text of every size, by its URL.
    pub fn background(mut self, url: impl Into<String>) -> Tile {
        self.image = Some(url.into());
        self
    }

    /// The XML.
    ///
    /// # Errors
    /// A tile without a binding, which would show nothing; a character that XML cannot hold.
    pub fn payload(&self) -> Result<Payload, BuildError> {
        if self.bindings.is_empty() {
            return Err(BuildError::new("tile", "says nothing in any size", "give it a binding"));
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
