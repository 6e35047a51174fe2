use crate::{AccessToken, AzureCloud};
use http::Uri;
use std::fmt;
use std::sync::Arc;

/// The version that has the keys of hubs and namespaces ([List Keys]).
///
/// [List Keys]: https://learn.microsoft.com/rest/api/notificationhubs/notification-hubs/list-keys
pub(crate) const API_VERSION: &str = "2023-09-01";

/// Azure Resource Manager (ARM): the front door of everything that Azure's portal manages. A token of Microsoft Entra ID authorizes its
/// requests, in place of a signature.
///
/// **A hub itself takes no such token.** Its data plane takes shared access signatures only ([Common concepts]). But a program with a token can
/// ask ARM for the keys of the hub, with [`ListKeys`], and sign with one of them. Then there is no key in its configuration.
///
/// ```
/// use nh_core::{AccessToken, AzureCloud, ListKeys, ResourceId, ResourceManager};
/// use std::time::SystemTime;
///
/// let rule: ResourceId = "/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial\
///     /providers/Microsoft.NotificationHubs/namespaces/nh-sdk-ns/notificationHubs/nh-sdk-hub\
///     /authorizationRules/sdk-AuthRules-5800".parse()?;
/// let arm = ResourceManager::new(&AzureCloud::PUBLIC, AccessToken::new("eyJ0eXAi.eyJhdWQi.c2VjcmV0")?);
/// let request = arm.request(&ListKeys::of(&rule)?, SystemTime::now())?;
/// assert_eq!(request.uri(), &*format!("https://management.azure.com{rule}/listKeys?api-version=2023-09-01"));
/// assert!(request.headers()["authorization"].is_sensitive());
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// A clone costs little.
///
/// [Common concepts]: https://learn.microsoft.com/rest/api/notificationhubs/common-concepts
/// [`ListKeys`]: crate::ListKeys
#[derive(Clone)]
pub struct ResourceManager(Arc<Inner>);

struct Inner {
    root: Uri,
    token: AccessToken,
}

impl ResourceManager {
    /// Makes the resource manager of a cloud, for the identity that the token stands for.
    pub fn new(cloud: &AzureCloud, token: AccessToken) -> ResourceManager {
        ResourceManager(Arc::new(Inner { root: cloud.root(), token }))
    }

    /// Returns the address: `https://{host}[:port]/`.
    pub fn uri(&self) -> &Uri {
        &self.0.root
    }

    pub(crate) fn token(&self) -> &AccessToken {
        &self.0.token
    }
}

/// Writes the host.
impl fmt::Display for ResourceManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.root.host().unwrap_or_default())
    }
}

impl fmt::Debug for ResourceManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceManager({})", self.0.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::now;
    use crate::{ListKeys, ResourceId, dump};
    use std::time::Duration;

    #[test]
    fn the_token_authorizes_and_no_text_shows_it() {
        let cloud = AzureCloud::new("http://127.0.0.1:8080", "test").unwrap();
        let token = AccessToken::new("sesame").unwrap().expires_at(now() + Duration::from_secs(1));
        let arm = ResourceManager::new(&cloud, token);
        let rule = ResourceId::new("29cfa613-cbbc-4512-b1d6-1b3a92c7fa40", "5ktrial", "nh-sdk-ns")
            .and_then(|namespace| namespace.with_rule("Root"))
            .unwrap();
        let list = ListKeys::of(&rule).unwrap();
        let request = arm.request(&list, now()).unwrap();
        assert_eq!(request.headers()["authorization"], "Bearer sesame");
        for shown in [
            format!("{arm:?} {arm} {list:?} {request:?}"),
            dump::request(&list, &request).to_string(),
            serde_json::to_string(&dump::request(&list, &request)).unwrap(),
        ] {
            assert!(!shown.contains("sesame"), "{shown}");
        }
        assert!(arm.request(&list, now() + Duration::from_secs(1)).unwrap_err().is_time());
    }
}
