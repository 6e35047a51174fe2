use crate::resource_manager::keys;
use crate::{BuildError, Draft, Operation, ResourceId, ResourceListKeys, ResourceManager, ServiceError};
use bytes::Bytes;
use http::{Method, Response};

/// Returns the two keys of an access rule: `POST {rule}/listKeys` ([of a hub], [of a namespace]). Asks Azure Resource Manager, with a token of
/// Microsoft Entra ID.
///
/// [`ResourceManager`] has the request, [`ResourceListKeys`] the answer.
///
/// # Errors
/// - 401: the token has ended, or is of another tenant, cloud or scope.
/// - 403 `AuthorizationFailed`: the identity lacks the permission
///   `Microsoft.NotificationHubs/Namespaces/NotificationHubs/authorizationRules/listkeys/action`, or for a rule of a namespace
///   `Microsoft.NotificationHubs/Namespaces/authorizationRules/listkeys/action` ([permissions]). The error names it.
/// - 404: there is no such rule, hub, namespace, resource group or subscription.
/// - 409 `ScopeLocked`: a read-only lock forbids it.
/// - 429: too many requests to ARM. Try again after the wait in `Retry-After`.
///
/// [of a hub]: https://learn.microsoft.com/rest/api/notificationhubs/notification-hubs/list-keys
/// [of a namespace]: https://learn.microsoft.com/rest/api/notificationhubs/namespaces/list-keys
/// [permissions]: https://learn.microsoft.com/azure/role-based-access-control/permissions/mobile
#[derive(Clone, Debug)]
pub struct ListKeys(ResourceId);

impl ListKeys {
    /// Asks for the keys of this access rule.
    ///
    /// # Errors
    /// Fails if the id names no access rule.
    pub fn of(rule: &ResourceId) -> Result<ListKeys, BuildError> {
        Ok(ListKeys(rule.checked_rule()?.clone()))
    }
}

impl Operation<ResourceManager> for ListKeys {
    type Output = ResourceListKeys;

    fn draft(&self, draft: &mut Draft<'_, ResourceManager>) -> Result<(), BuildError> {
        let mut segments = self.0.segments();
        segments.push("listKeys");
        draft.method(Method::POST).path(&segments)?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<ResourceListKeys, ServiceError> {
        keys(response, &self.0, "listkeys")
    }

    /// It only reads.
    fn repeatable(&self) -> bool {
        true
    }

    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, arm, head, now, rule};
    use crate::retry::Fate;
    use crate::{Hub, PolicyKey, dump};
    use proptest::prelude::*;
    use std::time::Duration;

    fn list() -> ListKeys {
        ListKeys::of(&rule()).unwrap()
    }

    /// The examples of the reference, with keys in place of its `#`.
    const OF_HUB: &str = r#"{
        "primaryConnectionString": "Endpoint=sb://nh-sdk-ns.servicebus.windows-int.net/;SharedAccessKeyName=sdk-AuthRules-5800;SharedAccessKey=c2VzYW1lMQ==;EntityPath=sdk-notificationHubs-2317",
        "secondaryConnectionString": "Endpoint=sb://nh-sdk-ns.servicebus.windows-int.net/;SharedAccessKeyName=sdk-AuthRules-5800;SharedAccessKey=c2VzYW1lMg==;EntityPath=sdk-notificationHubs-2317",
        "primaryKey": "c2VzYW1lMQ==",
        "secondaryKey": "c2VzYW1lMg==",
        "keyName": "sdk-AuthRules-5800"
    }"#;

    #[test]
    fn asks() {
        let request = arm().request(&list(), now()).unwrap();
        assert_eq!(
            head(&request),
            "POST https://management.azure.com/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial\
             /providers/Microsoft.NotificationHubs/namespaces/nh-sdk-ns/notificationHubs/nh-sdk-hub\
             /authorizationRules/sdk-AuthRules-5800/listKeys?api-version=2023-09-01\ncontent-length: 0"
        );
        assert!(request.body().is_empty());
        assert_eq!(request.headers()["authorization"], "Bearer eyJ0eXAi.sesame");
        let namespace = ResourceId::new(rule().subscription(), "group(1)", "nh-sdk-ns").unwrap();
        let of_namespace = ListKeys::of(&namespace.with_rule("Root").unwrap()).unwrap();
        let request = arm().request(&of_namespace, now()).unwrap();
        assert_eq!(
            request.uri().path(),
            "/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/group%281%29\
             /providers/Microsoft.NotificationHubs/namespaces/nh-sdk-ns/authorizationRules/Root/listKeys"
        );
        assert!(ListKeys::of(&rule().with_hub("news").unwrap()).is_err());
    }

    #[test]
    fn reads_the_documented_example() {
        let keys = list().response(answer(200, &[], OF_HUB)).unwrap();
        assert_eq!(keys.key_name(), "sdk-AuthRules-5800");
        assert_eq!(keys.secret(PolicyKey::Primary), "c2VzYW1lMQ==");
        assert_eq!(keys.secret(PolicyKey::Secondary), "c2VzYW1lMg==");
        let first = keys.connection_string(PolicyKey::Primary);
        assert_eq!(first.endpoint(), "https://nh-sdk-ns.servicebus.windows-int.net/");
        assert_eq!(first.entity_path(), Some("sdk-notificationHubs-2317"));
        // The credential signs as one that is made by hand.
        let sign = |credential| {
            let hub = Hub::new("sb://nh-sdk-ns.servicebus.windows.net", "nh-sdk-hub", credential).unwrap();
            hub.authorization(now()).unwrap()
        };
        for (which, key) in [(PolicyKey::Primary, "c2VzYW1lMQ=="), (PolicyKey::Secondary, "c2VzYW1lMg==")] {
            let by_hand = crate::Credential::shared_access_key("sdk-AuthRules-5800", key).unwrap();
            assert_eq!(sign(keys.credential(which)), sign(by_hand));
        }
    }

    #[test]
    fn no_text_shows_a_key() {
        let keys = list().response(answer(200, &[], OF_HUB)).unwrap();
        let dumped = dump::response(&list(), &answer(200, &[], OF_HUB)).to_string();
        let shown = format!("{keys:?} {:?} {dumped}", keys.credential(PolicyKey::Primary));
        assert!(!shown.contains("c2Vz") && !shown.contains("sesame"), "{shown}");
        assert!(format!("{keys:?}").contains("sdk-AuthRules-5800"));
    }

    #[test]
    fn what_is_unknown_is_passed_over_and_what_is_missing_is_named() {
        let more = OF_HUB.replacen('{', r#"{ "tertiaryKey": {"a": [1]}, "#, 1);
        let read = |body: String| list().response(http::Response::new(Bytes::from(body)));
        assert!(read(more).is_ok());
        for name in
            ["primaryKey", "secondaryKey", "keyName", "primaryConnectionString", "secondaryConnectionString"]
        {
            for without in [
                OF_HUB.replace(&format!("\"{name}\""), "\"other\""),
                OF_HUB.replace(&format!("\"{name}\": \""), &format!("\"{name}\": null, \"other\": \"")),
            ] {
                let error = read(without).unwrap_err();
                let why = std::error::Error::source(&error).unwrap().to_string();
                assert!(error.is_unreadable() && why == format!("{name} is missing"), "{why}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        for body in [
            "",
            "sesame",
            "\"sesame\"",
            "[\"sesame\"]",
            "{\"primaryKey\": [\"sesame\"]}",
            "{\"keyName\": \"sesame\", \"keyName\": \"sesame\"}",
            "<html>sesame</html>",
            &OF_HUB.replace("\"c2VzYW1lMQ==\"", "17"),
            &OF_HUB.replace("\"c2VzYW1lMQ==\"", "\"\""),
            &OF_HUB.replace("\"c2VzYW1lMQ==\"", "\"c2VzY W1lMQ==\""),
            &OF_HUB.replace("Endpoint=sb", "Endpoint=ftp"),
            &OF_HUB.replace("Endpoint=", "Endpoint=sb://c2VzYW1l@"),
        ] {
            let error = list().response(http::Response::new(Bytes::from(body.to_owned()))).unwrap_err();
            let text = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
            assert!(error.is_unreadable() && !text.contains("sesame") && !text.contains("c2Vz"), "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_way_out() {
        let refused = |status: u16, body: &'static str| {
            let error = list().response(answer(status, &[], body)).unwrap_err();
            (error.to_string(), error)
        };
        let (text, error) = refused(
            403,
            r#"{"error":{"code":"AuthorizationFailed","message":"The client 'a' does not have authorization to perform action."}}"#,
        );
        assert!(error.is_forbidden() && error.arm_code() == Some("AuthorizationFailed"), "{error:?}");
        assert!(
            text.contains("The client 'a' does not have authorization")
                && text.contains("Microsoft.NotificationHubs/Namespaces/NotificationHubs/authorizationRules/listkeys/action")
                && text.contains("such as Contributor")
                && text.contains("/notificationHubs/nh-sdk-hub/authorizationRules/sdk-AuthRules-5800"),
            "{text}"
        );
        let (text, _) = refused(403, "");
        assert!(text.contains("listkeys/action") && !text.contains("tier"), "{text}");
        let (text, _) = refused(403, r#"{"error":{"code":"RequestDisallowedByPolicy","message":"No."}}"#);
        assert_eq!(text, "the service answered 403 Forbidden: No.");
        let (text, error) = refused(
            401,
            r#"{"error":{"code":"ExpiredAuthenticationToken","message":"The access token expired."}}"#,
        );
        assert!(error.is_unauthorized() && text.contains("https://management.azure.com/.default"), "{text}");
        let (text, error) = refused(404, r#"{"error":{"code":"ResourceNotFound","message":"Not there."}}"#);
        assert!(error.is_not_found() && text.contains("check the resource id /subscriptions/"), "{text}");
        let (text, _) = refused(409, r#"{"error":{"code":"ScopeLocked","message":"Locked."}}"#);
        assert!(text.contains("remove the read-only lock"), "{text}");
        let of_namespace = ResourceId::new(rule().subscription(), "g", "nh-sdk-ns").unwrap();
        let list = ListKeys::of(&of_namespace.with_rule("Root").unwrap()).unwrap();
        let text = list.response(answer(403, &[], "")).unwrap_err().to_string();
        assert!(
            text.contains("Microsoft.NotificationHubs/Namespaces/authorizationRules/listkeys/action"),
            "{text}"
        );
    }

    #[test]
    fn fates() {
        let fate = |status, headers: &[(&str, &str)]| list().fate(&answer(status, headers, ""));
        assert_eq!(
            fate(429, &[("Retry-After", "17")]),
            Some(Fate::NotDone { retry_after: Some(Duration::from_secs(17)) })
        );
        for status in [401, 403, 404, 409] {
            assert_eq!(fate(status, &[]), Some(Fate::Final), "{status}");
        }
        for status in [500, 502, 503, 504] {
            assert_eq!(fate(status, &[]), Some(Fate::Unknown), "{status}");
        }
        assert!(list().repeatable() && list().confidential());
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused(body in "\\PC{0,200}", cut in 0..900usize) {
            let _ = list().response(http::Response::new(Bytes::from(body)));
            let part: String = OF_HUB.chars().take(cut).collect();
            let _ = list().response(http::Response::new(Bytes::from(part)));
        }
    }
}
