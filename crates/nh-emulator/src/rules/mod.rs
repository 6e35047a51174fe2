//! The rulebook: what the service refuses. Each rule stands once, in the file of its idea, with its public source.
//! Registrations, installations, imports, patches, sends and hub management ask the same rules.
//!
//! The words are the service's where a recording, a report or a data contract has them. `contract` in a source means the data
//! contracts of the .NET SDK, which the service shares (Azure/azure-notificationhubs-dotnet at 44ec46c, with `SRClient.resx` and
//! `SRCore.resx` for the words); `dotnet#48` is an issue of that repository.

pub(crate) mod access_rule;
pub(crate) mod api_version;
pub(crate) mod content_type;
pub(crate) mod credential;
pub(crate) mod duration;
pub(crate) mod fcm_v1;
pub(crate) mod format;
pub(crate) mod handle;
pub(crate) mod header;
pub(crate) mod name;
pub(crate) mod payload;
pub(crate) mod size;
pub(crate) mod tag;
pub(crate) mod template;
pub(crate) mod time;
