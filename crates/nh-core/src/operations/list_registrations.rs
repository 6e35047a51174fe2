use crate::page::{Position, pages};
use crate::{BuildError, Draft, Operation, Page, Registration, ServiceError};
use bytes::Bytes;
use http::Response;

/// Reads all registrations, page by page: `GET /{hub}/registrations` ([Read all registrations]). Installations are among
/// them: one native registration each, and one for each template. See [`Page`] for following the pages.
///
/// ```
/// use nh_core::ListRegistrations;
///
/// let list = ListRegistrations::new().top(100);
/// ```
///
/// # Errors
/// 403 (or 401 on old front ends) for a key without the right Manage.
///
/// [Read all registrations]: https://learn.microsoft.com/rest/api/notificationhubs/read-all-registrations
#[derive(Clone, Debug, Default)]
pub struct ListRegistrations {
    position: Position,
}

impl ListRegistrations {
    /// Begins at the first registration.
    pub fn new() -> ListRegistrations {
        ListRegistrations::default()
    }
}

pages!(ListRegistrations);

impl Operation for ListRegistrations {
    type Output = Page<Registration, ListRegistrations>;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["registrations"])?;
        self.position.draft(draft);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Self::Output, ServiceError> {
        self.page(response)
    }

    fn repeatable(&self) -> bool {
        true
    }

    /// There may be browsers with their keys among them.
    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::List;
    use crate::operations::test_support::{GCM_FEED, answer, head, request};

    fn list() -> ListRegistrations {
        ListRegistrations::new()
    }

    #[test]
    fn asks() {
        const URL: &str = "GET https://contoso.servicebus.windows.net/news/registrations?api-version=2020-06";
        assert_eq!(head(&request(&list()).unwrap()), URL);
        let further = list().top(2).after("MzEobik7Mg%3D%3D").unwrap();
        assert_eq!(
            head(&request(&further).unwrap()),
            format!("{URL}&$top=2&continuationtoken=MzEobik7Mg%3D%3D")
        );
    }

    #[test]
    fn reads() {
        let page =
            list().top(2).response(answer(200, &[("X-MS-ContinuationToken", "a%2Bb%3D")], GCM_FEED)).unwrap();
        assert_eq!(
            page.items.iter().map(Registration::id).collect::<Vec<_>>(),
            [Some("1-2-3"), Some("2-2-3")]
        );
        let next = page.next.unwrap();
        assert_eq!(next.continuation_token(), Some("a%2Bb%3D"));
        assert!(head(&request(&next).unwrap()).ends_with("&$top=2&continuationtoken=a%2Bb%3D"));
        assert!(next.response(answer(200, &[], GCM_FEED)).unwrap().next.is_none());
    }

    #[test]
    fn errors() {
        assert!(list().response(answer(403, &[], "")).unwrap_err().is_forbidden());
        assert!(list().response(answer(200, &[], "lorem ipsum")).unwrap_err().is_unreadable());
    }
}
