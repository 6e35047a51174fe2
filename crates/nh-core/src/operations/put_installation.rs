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
/// The service takes it and carries it out later: reading may give the old one for a while.
///
/// # Errors
/// 400 for a document that the service does not take.
///
/// [Create or overwrite an installation]: https://learn.microsoft.com/rest/api/notificationhubs/create-overwrite-installation
#[derive(Clone, Debug)]
pub struct PutInstallation {
    installation: Installation,
}

impl PutInstallation {
    /// Puts `installation` under its own id, whatever is there.
    pub fn new(installation: Installation) -> PutInstallation {
        PutInstallation { installation }
    }
}

impl Operation for PutInstallation {
    type Output = ();

    /// # Errors
    /// An installation that was read from JSON and that [`Installation::new`] and its methods would refuse.
    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        self.installation.check()?;
        draft
            .method(Method::PUT)
            .path(&["installations", self.installation.id()])?
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(serde_json::to_vec(&self.installation).expect("an installation is JSON").into());
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
        let request = request(&put("sid:1/é")).unwrap();
        assert_eq!(
            head(&request),
            "PUT https://contoso.servicebus.windows.net/news/installations/sid%3A1%2F%C3%A9?api-version=2020-06\n\
             content-type: application/json"
        );
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body, json!({"installationId": "sid:1/é", "platform": "apns", "pushChannel": "AB"}));
    }

    #[test]
    fn what_came_as_json_is_checked() {
        let fcm = json!({"installationId": "1", "platform": "FCM", "pushChannel": "t"});
        let put = PutInstallation::new(serde_json::from_value(fcm).unwrap());
        assert!(request(&put).unwrap_err().to_string().contains("fcmv1"));
    }

    #[test]
    fn reads() {
        for status in [200, 202] {
            put("1").response(answer(status, &[], "")).unwrap();
        }
        assert!(put("1").response(answer(400, &[], "")).unwrap_err().is_bad_request());
    }
}
