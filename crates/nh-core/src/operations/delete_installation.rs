use crate::text::id;
use crate::{BuildError, Draft, Operation, ServiceError};
use bytes::Bytes;
use http::{Method, Response};

/// Deletes an installation: `DELETE /{hub}/installations/{id}` ([Delete an installation]). It also succeeds if there is
/// no installation with this id.
///
/// ```
/// use nh_core::DeleteInstallation;
///
/// let delete = DeleteInstallation::new("a213b4b2-d797-4392-8012-f683e16c1c52")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 401 or 403 for a key without the right Listen.
///
/// [Delete an installation]: https://learn.microsoft.com/rest/api/notificationhubs/delete-installation
#[derive(Clone, Debug)]
pub struct DeleteInstallation {
    installation_id: String,
}

impl DeleteInstallation {
    /// Deletes the installation with this id. Every id that may exist is accepted.
    ///
    /// # Errors
    /// Fails if the id is empty, `.` or `..`: it would address something else.
    pub fn new(installation_id: impl Into<String>) -> Result<DeleteInstallation, BuildError> {
        Ok(DeleteInstallation { installation_id: id("installation id", installation_id)? })
    }
}

impl Operation for DeleteInstallation {
    type Output = ();

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.method(Method::DELETE).path(&["installations", &self.installation_id])?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<(), ServiceError> {
        ServiceError::check(response).map(drop)
    }

    fn repeatable(&self) -> bool {
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
            head(&request(&DeleteInstallation::new("a?b=c").unwrap()).unwrap()),
            "DELETE https://contoso.servicebus.windows.net/news/installations/a%3Fb%3Dc?api-version=2020-06"
        );
        assert!(DeleteInstallation::new("..").is_err());
    }

    #[test]
    fn reads() {
        let delete = DeleteInstallation::new("1").unwrap();
        assert!(delete.response(answer(204, &[], "")).is_ok());
        assert!(delete.response(answer(403, &[], "")).unwrap_err().is_forbidden());
    }
}
