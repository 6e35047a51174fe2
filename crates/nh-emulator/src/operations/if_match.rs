use crate::notification::text;
use crate::reply::Refusal;
use http::{HeaderMap, header};

/// `If-Match`: `*`, or an ETag as `3`, `"3"` or `W/"3"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IfMatch {
    Any,
    ETag(u64),
}

impl IfMatch {
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<IfMatch>, Refusal> {
        if !headers.contains_key(header::IF_MATCH) {
            return Ok(None);
        }
        let value = text(headers, header::IF_MATCH.as_str()).unwrap_or_default().trim();
        if value == "*" {
            return Ok(Some(IfMatch::Any));
        }
        let etag = value.strip_prefix("W/").unwrap_or(value).trim_matches('"').parse();
        etag.map(|etag| Some(IfMatch::ETag(etag))).map_err(|_| wrong())
    }

    /// # Errors
    /// 400: it is missing, or is none.
    pub(super) fn needed(headers: &HeaderMap) -> Result<IfMatch, Refusal> {
        IfMatch::of(headers)?.ok_or_else(wrong)
    }

    pub(super) fn fits(self, etag: u64) -> bool {
        self == IfMatch::Any || self == IfMatch::ETag(etag)
    }
}

/// The words of dotnet#148.
fn wrong() -> Refusal {
    Refusal::bad_request(
        "The ETag header is either missing or invalid. It should be \"*\", or a quoted ETag.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_it() {
        let of = |value: &str| {
            let headers = HeaderMap::from_iter([(header::IF_MATCH, value.parse().unwrap())]);
            IfMatch::of(&headers).map_err(|refusal| refusal.status.as_u16())
        };
        for value in ["3", "\"3\"", "W/\"3\""] {
            assert_eq!(of(value), Ok(Some(IfMatch::ETag(3))), "{value}");
        }
        assert_eq!(of("*"), Ok(Some(IfMatch::Any)));
        assert_eq!(of("x"), Err(400));
        assert_eq!(IfMatch::of(&HeaderMap::new()).unwrap(), None);
        assert!(
            IfMatch::needed(&HeaderMap::new()).unwrap_err().detail.unwrap().contains("missing or invalid")
        );
    }
}
