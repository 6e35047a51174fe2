use crate::{BuildError, Draft, HubDescription, Namespace, Operation, Page, ServiceError, atom};
use bytes::Bytes;
use http::Response;

/// Reads the descriptions of a namespace's hubs, keys included, page by page: `GET /$Resources/NotificationHubs` on the
/// namespace (Java SDK; recorded 2014, Node SDK; no reference page). See [`Page`] for following the pages.
///
/// [`ListHubs`](crate::ListHubs) reads the names only.
///
/// ```
/// use nh_core::{ListHubDescriptions, Operation, bytes::Bytes, http::Response};
///
/// let answer = Response::new(Bytes::from(
///     "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>news</title><content><NotificationHubDescription \
///      xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'><RegistrationTtl>P90D</RegistrationTtl>\
///      </NotificationHubDescription></content></entry></feed>",
/// ));
/// let page = ListHubDescriptions::new().response(answer)?;
/// assert_eq!(page.items[0].name(), Some("news"));
/// assert!(page.next.is_none());
/// # Ok::<(), nh_core::ServiceError>(())
/// ```
///
/// # Errors
/// 401 or 403 for a key without the right Manage on the namespace.
#[derive(Clone, Debug)]
pub struct ListHubDescriptions {
    top: u32,
    skip: u64,
    /// The name of the page's first hub before this one: a service that does not skip would never end.
    before: Option<String>,
}

impl ListHubDescriptions {
    /// Begins at the first hub, with 100 hubs a page.
    pub fn new() -> ListHubDescriptions {
        ListHubDescriptions { top: 100, skip: 0, before: None }
    }

    /// Asks for at most `count` hubs a page. 0 is taken as 1.
    pub fn top(mut self, count: u32) -> ListHubDescriptions {
        self.top = count.max(1);
        self
    }

    /// Leaves out the first `count` hubs.
    pub fn skip(mut self, count: u64) -> ListHubDescriptions {
        self.skip = count;
        self
    }
}

impl Default for ListHubDescriptions {
    fn default() -> ListHubDescriptions {
        ListHubDescriptions::new()
    }
}

impl Operation<Namespace> for ListHubDescriptions {
    type Output = Page<HubDescription, ListHubDescriptions>;

    fn draft(&self, draft: &mut Draft<'_, Namespace>) -> Result<(), BuildError> {
        draft
            .path(&["$Resources", "NotificationHubs"])?
            .query("$skip", &self.skip.to_string())
            .query("$top", &self.top.to_string());
        Ok(())
    }

    /// A full page has a next one. A page that is not full, or that has more hubs than asked for, is the last.
    fn response(&self, response: Response<Bytes>) -> Result<Self::Output, ServiceError> {
        let response = ServiceError::check(response)?;
        let entries = atom::read_feed(response.body(), HubDescription::read)
            .map_err(|why| ServiceError::unreadable(&response, why))?;
        let first = entries.first().and_then(|entry| entry.title.clone());
        if first.is_some() && first == self.before {
            return Err(ServiceError::unreadable(&response, "the page repeats: the list would never end"));
        }
        let full = u32::try_from(entries.len()) == Ok(self.top);
        let next = full.then(|| ListHubDescriptions {
            skip: self.skip.saturating_add(u64::from(self.top)),
            before: first,
            ..*self
        });
        let named = |entry: atom::Entry<HubDescription>| Some(entry.content?.named(entry.title));
        Ok(Page { items: entries.into_iter().filter_map(named).collect(), next })
    }

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
    use crate::operations::test_support::{HUB_ENTRY, answer, head, request_of_namespace};

    fn feed(names: &[&str]) -> Response<Bytes> {
        let entries: String = names.iter().map(|name| HUB_ENTRY.replace("news", name)).collect();
        answer(200, &[], format!("<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>").leak())
    }

    fn names(page: &Page<HubDescription, ListHubDescriptions>) -> Vec<&str> {
        page.items.iter().filter_map(HubDescription::name).collect()
    }

    const URL: &str =
        "GET https://contoso.servicebus.windows.net/$Resources/NotificationHubs?api-version=2020-06";

    #[test]
    fn asks() {
        let list = ListHubDescriptions::new();
        assert_eq!(head(&request_of_namespace(&list).unwrap()), format!("{URL}&$skip=0&$top=100"));
        let list = list.top(0).skip(7);
        assert_eq!(head(&request_of_namespace(&list).unwrap()), format!("{URL}&$skip=7&$top=1"));
    }

    #[test]
    fn pages_follow_each_other() {
        let list = ListHubDescriptions::new().top(2).skip(1);
        let page = list.response(feed(&["a", "b"])).unwrap();
        assert_eq!(names(&page), ["a", "b"]);
        let next = page.next.unwrap();
        assert_eq!(head(&request_of_namespace(&next).unwrap()), format!("{URL}&$skip=3&$top=2"));
        let page = next.response(feed(&["c"])).unwrap();
        assert_eq!((names(&page), page.next.is_none()), (vec!["c"], true));
        assert!(next.response(feed(&[])).unwrap().next.is_none());
        // A service that does not heed $top has sent all; one that does not heed $skip would never end.
        assert!(list.response(feed(&["a", "b", "c"])).unwrap().next.is_none());
        assert!(next.response(feed(&["a", "b"])).unwrap_err().is_unreadable());
    }

    #[test]
    fn errors() {
        let list = ListHubDescriptions::new();
        assert!(list.response(answer(403, &[], "")).unwrap_err().is_forbidden());
        assert!(list.response(answer(200, &[], "lorem ipsum")).unwrap_err().is_unreadable());
        assert!(list.confidential() && list.repeatable());
    }
}
