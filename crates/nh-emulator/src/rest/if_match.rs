//! `If-Match`: `*`, or an ETag as `3`, `"3"` or `W/"3"`.

use super::asked::Asked;
use super::error_answer::ErrorAnswer;
use crate::model::condition::Condition;
use http::header;

impl Asked {
    /// # Errors
    /// 400: it is none.
    pub(super) fn condition(&self) -> Result<Option<Condition>, ErrorAnswer> {
        if !self.headers.contains_key(header::IF_MATCH) {
            return Ok(None);
        }
        let value = self.header(header::IF_MATCH.as_str()).unwrap_or_default();
        let value = value.trim();
        if value == "*" {
            return Ok(Some(Condition::Any));
        }
        let etag = value.strip_prefix("W/").unwrap_or(value).trim_matches('"').parse();
        etag.map(|etag| Some(Condition::ETag(etag))).map_err(|_| wrong())
    }

    /// # Errors
    /// 400: it is missing, or is none.
    pub(super) fn needed_condition(&self) -> Result<Condition, ErrorAnswer> {
        self.condition()?.ok_or_else(wrong)
    }
}

/// The words of dotnet#148.
fn wrong() -> ErrorAnswer {
    ErrorAnswer::bad_request(
        "The ETag header is either missing or invalid. It should be \"*\", or a quoted ETag.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};

    fn asked(headers: HeaderMap) -> Asked {
        Asked {
            method: Method::PUT,
            host: String::new(),
            authority: String::new(),
            path_and_query: String::new(),
            headers,
        }
    }

    #[test]
    fn every_way_of_writing_it() {
        let of = |value: &str| {
            let headers = HeaderMap::from_iter([(header::IF_MATCH, value.parse().unwrap())]);
            asked(headers).condition().map_err(|error| error.status.as_u16())
        };
        for value in ["3", "\"3\"", "W/\"3\""] {
            assert_eq!(of(value), Ok(Some(Condition::ETag(3))), "{value}");
        }
        assert_eq!(of("*"), Ok(Some(Condition::Any)));
        assert_eq!(of("x"), Err(400));
        let none = asked(HeaderMap::new());
        assert_eq!(none.condition().unwrap(), None);
        assert!(none.needed_condition().unwrap_err().detail.unwrap().contains("missing or invalid"));
    }
}
