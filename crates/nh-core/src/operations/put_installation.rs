use crate::{BuildError, Draft, Installation, Operation, ServiceError};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};

/// Creates an installation or replaces it: `PUT /{hub}/installations/{id}` ([Create or overwrite an installation]). Repeating
/// it changes nothing.
///
/// ```
/// use nh_core::{Installation, Platform, PutInstallation};
///
/// let token = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
/// let phone = Installation::new("a213b4b2-d797-4392-8012-f683e16c1c52", Platform::Apple, token)?;
/// let put = PutInstallation::new(phone.with_tags(["sports"])?);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// The service accepts the installation and stores it later. For a while, reading may give the old one.
///
/// # Errors
/// 400 if the service refuses the document.
///
/// [Create or overwrite an installation]: https://learn.microsoft.com/rest/api/notificationhubs/create-overwrite-installation
#[derive(Clone, Debug)]
pub struct PutInstallation {
    installation: Installation,
}

impl PutInstallation {
    /// Puts `installation` under its own id. An installation that is there is replaced.
    pub fn new(installation: impl Into<Installation>) -> PutInstallation {
        PutInstallation { installation: installation.into() }
    }
}

impl Operation for PutInstallation {
    type Output = ();

    /// # Errors
    /// Fails if the installation was read from JSON and [`Installation::new`] or its methods would refuse it, or if a template
    /// breaks a rule of the platform.
    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        let installation = self.installation.complete()?;
        draft
            .method(Method::PUT)
            .path(&["installations", installation.id()])?
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(serde_json::to_vec(&installation).expect("an installation is JSON").into());
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<(), ServiceError> {
        ServiceError::check(response).map(drop)
    }

    fn repeatable(&self) -> bool {
        true
    }

    fn confidential(&self) -> bool {
        self.installation.push_channel().is_browser()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Platform;
    use crate::operations::test_support::{answer, head, request};
    use serde_json::json;

    fn put(id: &str) -> PutInstallation {
        PutInstallation::new(Installation::new(id, Platform::Apple, "AB").unwrap())
    }

    #[test]
    fn asks() {
        let request = request(&put("a_B.1-2")).unwrap();
        assert_eq!(
            head(&request),
            "PUT https://contoso.servicebus.windows.net/news/installations/a_B.1-2?api-version=2020-06\n\
             content-type: application/json"
        );
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body, json!({"installationId": "a_B.1-2", "platform": "apns", "pushChannel": "AB"}));
    }

    #[test]
    fn what_came_as_json_is_checked() {
        let fcm = json!({"installationId": "1", "platform": "FCM", "pushChannel": "t"});
        let put = PutInstallation::new(serde_json::from_value::<Installation>(fcm).unwrap());
        assert!(request(&put).unwrap_err().to_string().contains("fcmv1"));
    }

    #[test]
    fn an_installation_that_could_not_be_sent_to_is_refused() {
        let json = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut json = json!({"installationId": "1", "platform": "apns", "pushChannel": "AB"});
            change(&mut json);
            PutInstallation::new(serde_json::from_value::<Installation>(json).unwrap())
        };
        for (member, value, names) in [
            ("installationId", "phone 1", "' ' at byte 5"),
            ("installationId", "a:b", "':' at byte 1"),
            ("installationId", "é", "'é' at byte 0"),
            ("installationId", "..", "something else"),
            ("userId", "bob smith", "' ' at byte 3"),
            ("userId", "", "user id \"\": is empty"),
            ("pushChannel", "<00fc 13ad>", "NSData"),
            ("pushChannel", "ABC", "odd number"),
        ] {
            let put = json(&|json| json[member] = value.into());
            let error = request(&put).unwrap_err().to_string();
            assert!(error.contains(names), "{error}");
        }
        for user in ["zoë", "Москва_1", "bob@contoso.com", "a#b.c:d=e-f", "e\u{301}"] {
            request(&json(&|json| json["userId"] = user.into())).unwrap();
        }
        let put = json(&|json| json["tags"] = json!(["a", "$UserId:{bob}"]));
        assert!(request(&put).unwrap_err().to_string().contains("begins with $"));
        let put = json(&|json| json["secondaryTiles"] = json!({"t": {"pushChannel": "https://a"}}));
        assert!(request(&put).unwrap_err().to_string().contains("only windows"));
    }

    #[test]
    fn templates_are_checked_and_typed() {
        let put = |platform: &str, template: serde_json::Value| {
            let json = json!({"installationId": "1", "platform": platform, "pushChannel": "AB", "templates": {"n": template}});
            request(&PutInstallation::new(serde_json::from_value::<Installation>(json).unwrap()))
        };
        let sent = put("wns", json!({"body": "<badge/>"})).unwrap();
        let sent: serde_json::Value = serde_json::from_slice(sent.body()).unwrap();
        assert_eq!(
            sent["templates"]["n"],
            json!({"body": "<badge/>", "headers": {"X-WNS-Type": "wns/badge"}})
        );
        for (platform, template, names) in [
            ("wns", json!({"body": "{}"}), "X-WNS-Type"),
            ("wns", json!({"body": "<toast/>", "headers": {"X-WNS-Type": "toast"}}), "X-WNS-Type \"toast\""),
            ("apns", json!({"body": ""}), "no body"),
            ("apns", json!({"body": "{}", "headers": {"apns-topic": "a\r\nb"}}), "control character"),
            ("apns", json!({"body": "{}", "headers": {"topic": "a"}}), "apns-"),
            ("gcm", json!({"body": "{}", "headers": {"X-A": "1"}}), "none of the platform gcm"),
            ("gcm", json!({"body": "{}", "tags": ["$UserId:{1}"]}), "begins with $"),
        ] {
            let error = put(platform, template).unwrap_err().to_string();
            assert!(error.contains(names), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_channel() {
        let text =
            format!("{:?}", PutInstallation::new(Installation::new("1", Platform::Gcm, "sesame").unwrap()));
        assert!(text.contains("DeviceHandle(6 characters)") && !text.contains("sesame"), "{text}");
    }

    #[test]
    fn reads() {
        for status in [200, 202] {
            put("1").response(answer(status, &[], "")).unwrap();
        }
        assert!(put("1").response(answer(400, &[], "")).unwrap_err().is_bad_request());
    }
}
