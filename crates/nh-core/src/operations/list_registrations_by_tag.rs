use crate::page::{Position, pages};
use crate::{BuildError, Draft, IntoTag, Operation, Page, Registration, ServiceError, Tag};
use bytes::Bytes;
use http::Response;

/// Reads the registrations with a tag, page by page: `GET /{hub}/tags/{tag}/registrations` ([Read all registrations with a
/// tag]). See [`Page`] for following the pages.
///
/// ```
/// use nh_core::{ListRegistrationsByTag, Tag};
///
/// let sports = ListRegistrationsByTag::new("sports")?;
/// let of_an_installation = ListRegistrationsByTag::new(Tag::installation("a213b4b2-d797-4392-8012-f683e16c1c52")?)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 403 (or 401 on old front ends) for a key without the right Manage.
///
/// [Read all registrations with a tag]: https://learn.microsoft.com/rest/api/notificationhubs/read-all-registrations-tag
#[derive(Clone, Debug)]
pub struct ListRegistrationsByTag {
    tag: Tag,
    position: Position,
}

impl ListRegistrationsByTag {
    /// Begins at the first registration with this tag.
    ///
    /// # Errors
    /// Fails if the [`Tag`] is illegal.
    pub fn new(tag: impl IntoTag) -> Result<ListRegistrationsByTag, BuildError> {
        Ok(ListRegistrationsByTag { tag: tag.to_tag()?, position: Position::default() })
    }
}

pages!(ListRegistrationsByTag);

impl Operation for ListRegistrationsByTag {
    type Output = Page<Registration, ListRegistrationsByTag>;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["tags", self.tag.as_str(), "registrations"])?;
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

    fn list() -> ListRegistrationsByTag {
        ListRegistrationsByTag::new("room#4").unwrap()
    }

    #[test]
    fn asks() {
        const URL: &str =
            "GET https://contoso.servicebus.windows.net/news/tags/room%234/registrations?api-version=2020-06";
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
    fn a_tag_that_is_none_is_refused() {
        assert!(ListRegistrationsByTag::new("a/b").is_err());
        // A legal tag, but no segment of a path.
        assert!(request(&ListRegistrationsByTag::new("..").unwrap()).is_err());
    }
}
