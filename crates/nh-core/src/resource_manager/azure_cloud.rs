use crate::BuildError;
use crate::connection_string::endpoint;
use crate::text::quoted;
use http::Uri;
use std::borrow::Cow;

/// A cloud of Azure: where its [`ResourceManager`](crate::ResourceManager) is, and for which scope the program must ask for a token.
///
/// ```
/// use nh_core::AzureCloud;
///
/// assert_eq!(AzureCloud::PUBLIC.endpoint(), "https://management.azure.com");
/// assert_eq!(AzureCloud::US_GOVERNMENT.scope(), "https://management.usgovcloudapi.net/.default");
/// ```
///
/// The program's credential must belong to the same cloud: azure_identity takes the cloud among its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureCloud {
    endpoint: Cow<'static, str>,
    scope: Cow<'static, str>,
}

const fn known(endpoint: &'static str, scope: &'static str) -> AzureCloud {
    AzureCloud { endpoint: Cow::Borrowed(endpoint), scope: Cow::Borrowed(scope) }
}

impl AzureCloud {
    /// Azure's public cloud.
    pub const PUBLIC: AzureCloud =
        known("https://management.azure.com", "https://management.azure.com/.default");

    /// Azure Government ([endpoints]).
    ///
    /// [endpoints]: https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
    pub const US_GOVERNMENT: AzureCloud =
        known("https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net/.default");

    /// Azure in China ([endpoints]).
    ///
    /// [endpoints]: https://learn.microsoft.com/azure/china/resources-developer-guide
    pub const CHINA: AzureCloud =
        known("https://management.chinacloudapi.cn", "https://management.chinacloudapi.cn/.default");

    /// Makes another cloud: of its resource manager's address and of the scope of its tokens.
    ///
    /// ```
    /// use nh_core::AzureCloud;
    ///
    /// let cloud = AzureCloud::new("https://management.local.azurestack.external", "https://management.contoso.com/.default")?;
    /// assert_eq!(cloud.scope(), "https://management.contoso.com/.default");
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// - Fails if the address is not `https://` with a host and optionally a port. A loopback host can have plain `http://`.
    /// - Fails if the scope is empty, or has white space or control characters.
    pub fn new(
        endpoint_of_resource_manager: impl AsRef<str>,
        scope: impl Into<String>,
    ) -> Result<AzureCloud, BuildError> {
        let (text, scope) = (endpoint_of_resource_manager.as_ref(), scope.into());
        let endpoint = endpoint(text).map_err(|error| {
            BuildError::new(error.subject(), error.problem(), "write it as https://management.azure.com")
        })?;
        if scope.is_empty() || scope.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(BuildError::new(
                format_args!("scope {}", quoted(&scope)),
                "is empty, or has white space or control characters",
                "write it as https://management.azure.com/.default",
            ));
        }
        let endpoint = endpoint.to_string().trim_end_matches('/').to_owned();
        Ok(AzureCloud { endpoint: endpoint.into(), scope: scope.into() })
    }

    /// Returns the address of the resource manager, without a `/` at its end.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the scope of the tokens that the resource manager takes.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    pub(crate) fn root(&self) -> Uri {
        endpoint(&self.endpoint).expect("it was checked when the cloud was made")
    }
}

/// The public cloud.
impl Default for AzureCloud {
    fn default() -> AzureCloud {
        AzureCloud::PUBLIC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_cloud_has_its_own_address_and_scope() {
        for cloud in [AzureCloud::PUBLIC, AzureCloud::US_GOVERNMENT, AzureCloud::CHINA] {
            assert_eq!(cloud.root().to_string(), format!("{}/", cloud.endpoint()));
            assert_eq!(cloud.scope(), format!("{}/.default", cloud.endpoint()));
            assert_eq!(AzureCloud::new(cloud.endpoint(), cloud.scope()).unwrap(), cloud);
        }
        let local = AzureCloud::new("http://127.0.0.1:8080/", "test").unwrap();
        assert_eq!(local.endpoint(), "http://127.0.0.1:8080");
    }

    #[test]
    fn a_refusal_names_the_way_out() {
        for (endpoint, scope, problem) in [
            ("http://management.azure.com", "s", "without TLS"),
            ("management.azure.com", "s", "does not begin with"),
            ("https://management.azure.com/subscriptions", "s", "more than a host"),
            ("https://management.azure.com", "", "is empty"),
            ("https://management.azure.com", "a b", "white space"),
        ] {
            let error = AzureCloud::new(endpoint, scope).unwrap_err().to_string();
            assert!(error.contains(problem) && error.contains("https://management.azure.com"), "{error}");
        }
    }
}
