//! Azure Resource Manager (ARM), as far as it has to do with the keys of a hub.

mod access_token;
mod answer;
mod azure_cloud;
mod resource_id;
mod resource_list_keys;
#[expect(clippy::module_inception, reason = "a file has the name of the type in it")]
mod resource_manager;

pub use access_token::AccessToken;
pub(crate) use answer::keys;
pub use azure_cloud::AzureCloud;
pub use resource_id::ResourceId;
pub use resource_list_keys::{PolicyKey, ResourceListKeys};
pub(crate) use resource_manager::API_VERSION;
pub use resource_manager::ResourceManager;
