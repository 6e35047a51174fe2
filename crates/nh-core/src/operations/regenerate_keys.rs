use crate::resource_manager::keys;
use crate::{
    BuildError, Draft, Operation, PolicyKey, ResourceId, ResourceListKeys, ResourceManager, ServiceError,
};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};

/// Replaces one of the two keys of an access rule by a new one, and returns both: `POST {rule}/regenerateKeys` ([of a hub],
/// [of a namespace]). Asks Azure Resource Manager, with a token of Microsoft Entra ID.
///
/// **Whoever signs with the old key is refused from then on.** A program that has its key from [`ListKeys`](crate::ListKeys) can ask again.
///
/// ```
/// use nh_core::{AccessToken, AzureCloud, PolicyKey, RegenerateKeys, ResourceId, ResourceManager};
///
/// # let rule: ResourceId = "/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial/providers\
/// #     /Microsoft.NotificationHubs/namespaces/nh-sdk-ns/authorizationRules/RootManageSharedAccessKey".parse()?;
/// let arm = ResourceManager::new(&AzureCloud::PUBLIC, AccessToken::new("eyJ0eXAi.eyJhdWQi.c2VjcmV0")?);
/// let request = arm.request(&RegenerateKeys::of(&rule, PolicyKey::Secondary)?, std::time::SystemTime::now())?;
/// assert_eq!(&request.body()[..], br#"{"policyKey":"SecondaryKey"}"#);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// Those of [`ListKeys`](crate::ListKeys). The permission ends with `authorizationRules/regenerateKeys/action`.
///
/// [of a hub]: https://learn.microsoft.com/rest/api/notificationhubs/notification-hubs/regenerate-keys
/// [of a namespace]: https://learn.microsoft.com/rest/api/notificationhubs/namespaces/regenerate-keys
#[derive(Clone, Debug)]
pub struct RegenerateKeys {
    rule: ResourceId,
    which: PolicyKey,
}

impl RegenerateKeys {
    /// Replaces this key of this access rule.
    ///
    /// # Errors
    /// Fails if the id names no access rule.
    pub fn of(rule: &ResourceId, which: PolicyKey) -> Result<RegenerateKeys, BuildError> {
        Ok(RegenerateKeys { rule: rule.checked_rule()?.clone(), which })
    }
}

impl Operation<ResourceManager> for RegenerateKeys {
    type Output = ResourceListKeys;

    fn draft(&self, draft: &mut Draft<'_, ResourceManager>) -> Result<(), BuildError> {
        let mut segments = self.rule.segments();
        segments.push("regenerateKeys");
        draft
            .method(Method::POST)
            .path(&segments)?
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Bytes::from(format!("{{\"policyKey\":\"{}\"}}", self.which)));
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<ResourceListKeys, ServiceError> {
        keys(response, &self.rule, "regenerateKeys")
    }

    /// Done twice it makes two keys. Whoever has the first one is refused.
    fn repeatable(&self) -> bool {
        false
    }

    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, arm, head, now, rule};

    fn regenerate(which: PolicyKey) -> RegenerateKeys {
        RegenerateKeys::of(&rule(), which).unwrap()
    }

    #[test]
    fn asks() {
        let request = arm().request(&regenerate(PolicyKey::Primary), now()).unwrap();
        assert_eq!(
            head(&request),
            "POST https://management.azure.com/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial\
             /providers/Microsoft.NotificationHubs/namespaces/nh-sdk-ns/notificationHubs/nh-sdk-hub\
             /authorizationRules/sdk-AuthRules-5800/regenerateKeys?api-version=2023-09-01\ncontent-type: application/json"
        );
        assert_eq!(&request.body()[..], br#"{"policyKey":"PrimaryKey"}"#);
        assert!(!regenerate(PolicyKey::Primary).repeatable());
        assert!(RegenerateKeys::of(&rule().with_hub("news").unwrap(), PolicyKey::Primary).is_err());
    }

    #[test]
    fn reads_the_documented_example() {
        let answered = r#"{
            "primaryConnectionString": "Endpoint=sb://nh-sdk-ns.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=bmV3",
            "secondaryConnectionString": "Endpoint=sb://nh-sdk-ns.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=b2xk",
            "primaryKey": "bmV3", "secondaryKey": "b2xk", "keyName": "RootManageSharedAccessKey" }"#;
        let keys = regenerate(PolicyKey::Primary).response(answer(200, &[], answered)).unwrap();
        assert_eq!((keys.secret(PolicyKey::Primary), keys.secret(PolicyKey::Secondary)), ("bmV3", "b2xk"));
        let error = regenerate(PolicyKey::Primary).response(answer(403, &[], "")).unwrap_err().to_string();
        assert!(error.contains("authorizationRules/regenerateKeys/action"), "{error}");
    }
}
