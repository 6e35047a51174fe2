use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::sync::Arc;

const TAGS: HeaderName = HeaderName::from_static("servicebusnotification-tags");

/// The places that a request fills.
const PLACES: [HeaderName; 2] = [TAGS, header::AUTHORIZATION];

/// The headers of a notification as the map of a request, which only clones it. It has a place for the tags and one for the
/// signature. So a request to an audience needs no hash of a long name, and its map does not grow.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Head {
    headers: Arc<HeaderMap>,
    /// Where the place for the tags is. A clone of the map has the same order.
    tags_at: usize,
}

impl Head {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers.iter().filter(|(name, _)| !PLACES.contains(name))
    }

    pub(super) fn get(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// Writes the headers of a request with these tags.
    #[inline]
    pub(super) fn write(&self, headers: &mut HeaderMap, tags: Option<&HeaderValue>) {
        headers.clone_from(&self.headers);
        match tags {
            Some(tags) => {
                *headers.values_mut().nth(self.tags_at).expect("the map has this place") = tags.clone();
            }
            None => drop(headers.remove(TAGS)),
        }
    }
}

impl FromIterator<(HeaderName, HeaderValue)> for Head {
    fn from_iter<I: IntoIterator<Item = (HeaderName, HeaderValue)>>(headers: I) -> Head {
        let places = PLACES.map(|name| (name, HeaderValue::from_static("")));
        let headers: HeaderMap = headers.into_iter().chain(places).collect();
        let tags_at = headers.keys().position(|name| *name == TAGS).expect("it has just been added");
        Head { headers: Arc::new(headers), tags_at }
    }
}
