//! Installations: devices that an app registers under an id of its own choice.

mod change;
mod expiration;
#[expect(clippy::module_inception, reason = "the file of the type Installation")]
mod installation;
mod listed;
mod push_channel;
pub(crate) mod rules;
mod secondary_tile;
mod template;
mod unknown;

pub use change::InstallationChange;
pub use installation::Installation;
pub use listed::{FoldInstallations, ListedInstallation};
pub use secondary_tile::SecondaryTile;
pub use template::InstallationTemplate;
