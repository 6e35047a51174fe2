use crate::text::id;
use crate::{BuildError, Draft, Installation, Operation, ServiceError};
use bytes::Bytes;
use http::Response;

/// Reads an installation: `GET /{hub}/installations/{id}` ([Read an installation]). Use it to find faults: the service allows
/// few such calls (Java SDK's README).
///
/// ```
/// use nh_core::{GetInstallation, Platform, Operation, bytes::Bytes, http::Response};
///
/// let get = GetInstallation::new("a213b4b2-d797-4392-8012-f683e16c1c52")?;
/// let answer = Response::new(Bytes::from(r#"{"installationId":"a213b4b2-d797-4392-8012-f683e16c1c52","platform":"Gcm","pushChannel":"g"}"#));
/// assert_eq!(get.response(answer)?.platform(), &Platform::Gcm);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// 404 if there is no installation with this id, or not yet.
///
/// [Read an installation]: https://learn.microsoft.com/rest/api/notificationhubs/get-installation
#[derive(Clone, Debug)]
pub struct GetInstallation {
    installation_id: String,
}

impl GetInstallation {
    /// An answer has at most so many bytes. An installation that is put has at most 64 KiB, and the service adds little to it.
    pub const MAX_BYTES: usize = 1024 * 1024;

    /// Reads the installation with this id. Every id that may exist is accepted.
    ///
    /// # Errors
    /// Fails if the id is empty, `.` or `..`: it would address something else.
    pub fn new(installation_id: impl Into<String>) -> Result<GetInstallation, BuildError> {
        Ok(GetInstallation { installation_id: id("installation id", installation_id)? })
    }
}

impl Operation for GetInstallation {
    type Output = Installation;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["installations", &self.installation_id])?;
        Ok(())
    }

    /// Old front ends say `application/xml`, but the body is JSON (recorded 2018, .NET SDK:
    /// `CreateOrUpdateInstallationAsync_CreateInstallationWithHeadersInTemplate_..`).
    fn response(&self, response: Response<Bytes>) -> Result<Installation, ServiceError> {
        let response = ServiceError::check(response)?;
        let body = response.body();
        if body.len() > Self::MAX_BYTES {
            let why = format!("installation of {} bytes, {} are the most", body.len(), Self::MAX_BYTES);
            return Err(ServiceError::unreadable(&response, why));
        }
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        serde_json::from_slice(body).map_err(|why| ServiceError::unreadable(&response, why))
    }

    fn repeatable(&self) -> bool {
        true
    }

    /// It may be a browser's with its keys.
    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, request};

    #[test]
    fn asks() {
        assert_eq!(
            head(&request(&GetInstallation::new("100%").unwrap()).unwrap()),
            "GET https://contoso.servicebus.windows.net/news/installations/100%25?api-version=2020-06"
        );
        assert!(GetInstallation::new("").is_err());
    }

    #[test]
    fn reads() {
        let get = GetInstallation::new("1").unwrap();
        let read = |body| get.response(answer(200, &[("Content-Type", "application/xml")], body));
        let installation =
            read("\u{feff}{\"installationId\":\"1\",\"platform\":\"APNS\",\"pushChannel\":\"AB\"}").unwrap();
        assert_eq!((installation.id(), installation.push_channel().handle()), ("1", "AB"));
        for body in ["", "[]", "<entry/>", "{}", "{\"installationId\":\"1\"}"] {
            assert!(read(body).unwrap_err().is_unreadable(), "{body}");
        }
        assert!(get.response(answer(404, &[], "")).unwrap_err().is_not_found());
    }
}
