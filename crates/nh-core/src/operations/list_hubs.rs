use crate::{BuildError, Draft, Namespace, Operation, ServiceError, atom};
use bytes::Bytes;
use http::Response;

/// Reads the names of a namespace's hubs: `GET /` on the namespace (.NET SDK; no reference page).
/// [`ListHubDescriptions`](crate::ListHubDescriptions) reads their descriptions, [`GetHub`](crate::GetHub) that of one hub.
///
/// ```
/// use nh_core::{ListHubs, Operation, bytes::Bytes, http::Response};
///
/// let answer = Response::new(Bytes::from(
///     "<feed xmlns='http://www.w3.org/2005/Atom'><title>Publicly Listed Services</title><entry><title>news</title></entry></feed>",
/// ));
/// assert_eq!(ListHubs.response(answer)?, ["news"]);
/// # Ok::<(), nh_core::ServiceError>(())
/// ```
///
/// # Errors
/// 401 or 403 for a key without the right Manage on the namespace.
#[derive(Clone, Copy, Debug)]
pub struct ListHubs;

impl Operation<Namespace> for ListHubs {
    type Output = Vec<String>;

    fn draft(&self, draft: &mut Draft<'_, Namespace>) -> Result<(), BuildError> {
        draft.path(&[])?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<String>, ServiceError> {
        let response = ServiceError::check(response)?;
        // The descriptions are skipped: an odd one must not hide the names of all.
        let entries = atom::read_feed(response.body(), |_, _| Ok(()))
            .map_err(|why| ServiceError::unreadable(&response, why))?;
        Ok(entries.into_iter().filter_map(|entry| entry.title).collect())
    }

    fn repeatable(&self) -> bool {
        true
    }

    /// Some front ends send whole descriptions, with keys.
    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{HUB_ENTRY, answer, head, request_of_namespace};

    #[test]
    fn asks() {
        assert_eq!(
            head(&request_of_namespace(&ListHubs).unwrap()),
            "GET https://contoso.servicebus.windows.net/?api-version=2020-06"
        );
    }

    #[test]
    fn reads() {
        let feed = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'>{HUB_ENTRY}<entry><title>sports</title></entry></feed>"
        );
        assert_eq!(ListHubs.response(answer(200, &[], feed.leak())).unwrap(), ["news", "sports"]);
        assert!(ListHubs.response(answer(200, &[], "")).unwrap_err().is_unreadable());
        let odd = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>odd</title><content><Other/></content></entry>\
            <entry><title>even</title><content><NotificationHubDescription \
            xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'><DailyOperations>many\
            </DailyOperations></NotificationHubDescription></content></entry></feed>";
        assert_eq!(ListHubs.response(answer(200, &[], odd)).unwrap(), ["odd", "even"]);
        assert!(ListHubs.response(answer(403, &[], "")).unwrap_err().is_forbidden());
    }
}
