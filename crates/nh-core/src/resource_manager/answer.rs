//! What the answers of Azure Resource Manager have in common.

use crate::{ResourceId, ResourceListKeys, ServiceError};
use bytes::Bytes;
use http::Response;

/// Reads keys. An error names the way out: `action` is the permission that the operation needs.
pub(crate) fn keys(
    response: Response<Bytes>,
    rule: &ResourceId,
    action: &str,
) -> Result<ResourceListKeys, ServiceError> {
    let response = ServiceError::check(response).map_err(|error| advised(error, rule, action))?;
    ResourceListKeys::read(response.body()).map_err(|why| ServiceError::unreadable(&response, why))
}

/// The permissions stand in the list of the [provider's operations]. A lock that is read-only forbids every `POST` ([locks]).
///
/// [provider's operations]: https://learn.microsoft.com/azure/role-based-access-control/permissions/mobile
/// [locks]: https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
fn advised(error: ServiceError, rule: &ResourceId, action: &str) -> ServiceError {
    let level = if rule.hub().is_some() { "Namespaces/NotificationHubs" } else { "Namespaces" };
    let code = error.arm_code().unwrap_or_default();
    let way_out = match error.status().as_u16() {
        401 => "the access token has ended, or it is of another tenant, cloud or scope; \
            get one for the scope of the cloud, such as https://management.azure.com/.default"
            .to_owned(),
        403 if code.is_empty() || code.ends_with("AuthorizationFailed") => format!(
            "the identity of the access token needs the permission Microsoft.NotificationHubs/{level}/authorizationRules/{action}/action; \
             assign a role with it, such as Contributor or a role of your own, at {rule} or above it; \
             it can take some minutes until an assignment has an effect"
        ),
        404 => format!("check the resource id {rule}, and the cloud"),
        409 if code == "ScopeLocked" => {
            format!("remove the read-only lock at {rule} or above it: such a lock forbids to read keys, too")
        }
        _ => return error,
    };
    error.advised(way_out)
}
