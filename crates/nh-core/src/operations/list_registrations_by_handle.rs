use crate::page::{Position, pages};
use crate::{BuildError, Draft, Operation, Page, PnsHandle, Registration, ServiceError};
use bytes::Bytes;
use http::Response;

/// Reads the registrations of a device, page by page: `GET /{hub}/registrations?$filter=` ([Read all registrations for a
/// channel]). See [`Page`] for following the pages.
///
/// ```
/// use nh_core::{ListRegistrationsByHandle, PnsHandle};
///
/// let list = ListRegistrationsByHandle::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 401 or 403 for a key without the right Listen.
///
/// [Read all registrations for a channel]: https://learn.microsoft.com/rest/api/notificationhubs/read-all-registrations-channel
#[derive(Clone, Debug)]
pub struct ListRegistrationsByHandle {
    handle: PnsHandle,
    position: Position,
}

impl ListRegistrationsByHandle {
    /// Begins at the first registration of this device.
    pub fn new(handle: impl Into<PnsHandle>) -> ListRegistrationsByHandle {
        ListRegistrationsByHandle { handle: handle.into(), position: Position::default() }
    }
}

pages!(ListRegistrationsByHandle);

impl Operation for ListRegistrationsByHandle {
    type Output = Page<Registration, ListRegistrationsByHandle>;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["registrations"])?;
        draft.query("$filter", &self.handle.filter()?);
        self.position.draft(draft);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Self::Output, ServiceError> {
        self.page(response)
    }

    fn repeatable(&self) -> bool {
        true
    }

    /// The request and the answer contain a browser's keys.
    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::List;
    use crate::operations::test_support::{GCM_FEED, answer, head, request};

    fn list() -> ListRegistrationsByHandle {
        ListRegistrationsByHandle::new(PnsHandle::gcm("x'y").unwrap())
    }

    #[test]
    fn asks() {
        const URL: &str = "GET https://contoso.servicebus.windows.net/news/registrations?api-version=2020-06&$filter=GcmRegistrationId%20eq%20%27x%27%27y%27";
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
    fn no_device_is_an_empty_page() {
        let page = list().response(answer(200, &[], "<feed xmlns='http://www.w3.org/2005/Atom'/>")).unwrap();
        assert!(page.items.is_empty() && page.next.is_none());
    }
}
