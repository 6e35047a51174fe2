use crate::text::id;
use crate::{BuildError, Draft, IfMatch, Operation, ServiceError};
use bytes::Bytes;
use http::{Method, Response, header};

/// Deletes a registration: `DELETE /{hub}/registrations/{id}` with `If-Match` ([Delete registration]).
///
/// ```
/// use nh_core::{DeleteRegistration, IfMatch};
///
/// let every_version = DeleteRegistration::new("7260336227650468927-4200236381151834034-1")?;
/// let only_this_version = every_version.clone().if_match(IfMatch::etag("3")?);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 404 if there is no registration with this id, [412](ServiceError::is_precondition_failed) if it is another version.
/// Repeating it does no harm. If an answer was lost, a 404 then means that the first attempt deleted the registration.
///
/// [Delete registration]: https://learn.microsoft.com/rest/api/notificationhubs/delete-registration
#[derive(Clone, Debug)]
pub struct DeleteRegistration {
    registration_id: String,
    if_match: IfMatch,
}

impl DeleteRegistration {
    /// Deletes every version of the registration with this id.
    ///
    /// # Errors
    /// Fails if the id is empty, `.` or `..`: it would address something else.
    pub fn new(registration_id: impl Into<String>) -> Result<DeleteRegistration, BuildError> {
        let registration_id = id("registration id", registration_id)?;
        Ok(DeleteRegistration { registration_id, if_match: IfMatch::ANY })
    }

    /// Deletes only the version with this ETag.
    pub fn if_match(mut self, if_match: IfMatch) -> DeleteRegistration {
        self.if_match = if_match;
        self
    }
}

impl Operation for DeleteRegistration {
    type Output = ();

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft
            .method(Method::DELETE)
            .path(&["registrations", &self.registration_id])?
            .header(header::IF_MATCH, self.if_match.header_value());
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
        const LINE: &str =
            "DELETE https://contoso.servicebus.windows.net/news/registrations/1-2-3?api-version=2020-06";
        let delete = DeleteRegistration::new("1-2-3").unwrap();
        assert_eq!(head(&request(&delete).unwrap()), format!("{LINE}\nif-match: *"));
        let delete = delete.if_match(IfMatch::etag("3").unwrap());
        assert_eq!(head(&request(&delete).unwrap()), format!("{LINE}\nif-match: \"3\""));
        assert!(DeleteRegistration::new("..").is_err());
    }

    #[test]
    fn reads() {
        let delete = DeleteRegistration::new("1-2-3").unwrap();
        assert!(delete.response(answer(200, &[], "")).is_ok());
        assert!(delete.response(answer(404, &[], "")).unwrap_err().is_not_found());
        assert!(delete.response(answer(412, &[], "")).unwrap_err().is_precondition_failed());
    }
}
