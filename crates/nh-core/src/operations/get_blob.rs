use crate::retry::Fate;
use crate::text::quoted;
use crate::{BlobContainer, BuildError, Draft, Operation, ServiceError};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

/// Reads a blob of a container, or a part of it: `GET {container}/{blob}` ([Get Blob]). The signature must permit it: `sp` with `r`.
///
/// A blob of feedback grows. [`from`](GetBlob::from) reads on after the bytes that are known. If there are none yet, the part is empty.
///
/// ```
/// use nh_core::{GetBlob, Operation, bytes::Bytes, http::Response};
///
/// let read = GetBlob::new("11262026")?.from(500).at_most(100);
/// let answer = Response::builder().status(206).header("Content-Range", "bytes 500-502/503").body(Bytes::from("new"))?;
/// let part = read.response(answer)?;
/// assert_eq!((&*part.content, part.from, part.size), (&b"new"[..], 500, Some(503)));
///
/// let nothing_new = Response::builder().status(416).body(Bytes::new())?;
/// assert!(read.response(nothing_new)?.content.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// - 403: the signature has ended, does not match, or does not permit to read.
/// - 404: there is no such blob or container.
///
/// [Get Blob]: https://learn.microsoft.com/rest/api/storageservices/get-blob
#[derive(Clone, Debug)]
pub struct GetBlob {
    name: String,
    from: u64,
    at_most: Option<u64>,
}

/// What was read of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobPart {
    /// The bytes. There is none if the blob has none after `from`.
    pub content: Bytes,
    /// The place in the blob where they begin.
    pub from: u64,
    /// How many bytes the whole blob has, if the answer says so.
    pub size: Option<u64>,
}

impl GetBlob {
    /// Reads the whole blob with this name.
    ///
    /// # Errors
    /// Fails if the name is empty.
    pub fn new(name: impl Into<String>) -> Result<GetBlob, BuildError> {
        let name = name.into();
        if name.is_empty() {
            return Err(BuildError::new("blob name", "is empty", "give the name of a blob in the container"));
        }
        Ok(GetBlob { name, from: 0, at_most: None })
    }

    /// Begins at this byte. The first one is 0.
    pub fn from(mut self, byte: u64) -> GetBlob {
        self.from = byte;
        self
    }

    /// Reads at most so many bytes. 0 counts as 1.
    pub fn at_most(mut self, bytes: u64) -> GetBlob {
        self.at_most = Some(bytes.max(1));
        self
    }

    /// What the answer has, if it is the whole blob: storage may pass over a range.
    fn part_of_whole(&self, whole: &Bytes) -> BlobPart {
        let len = whole.len() as u64;
        let end = self.at_most.map_or(len, |bytes| self.from.saturating_add(bytes).min(len));
        let place = |byte: u64| usize::try_from(byte.min(len)).unwrap_or(whole.len());
        let (from, end) = (place(self.from), place(end));
        let content = if from < end { whole.slice(from..end) } else { Bytes::new() };
        BlobPart { content, from: self.from, size: Some(len) }
    }
}

impl Operation<BlobContainer> for GetBlob {
    type Output = BlobPart;

    fn draft(&self, draft: &mut Draft<'_, BlobContainer>) -> Result<(), BuildError> {
        // A `/` of the name is encoded too: storage takes that, and a name may have two in a row.
        draft.path(&[&self.name])?;
        let range = match (self.from, self.at_most) {
            (0, None) => return Ok(()),
            (from, None) => format!("bytes={from}-"),
            (from, Some(bytes)) => {
                let last = from.checked_add(bytes - 1).ok_or_else(|| {
                    BuildError::new(
                        format_args!("part of blob {}", quoted(&self.name)),
                        "ends after the largest place that a blob can have",
                        "begin earlier, or read less",
                    )
                })?;
                format!("bytes={from}-{last}")
            }
        };
        let range = HeaderValue::try_from(range).expect("numbers are header text");
        draft.header(header::RANGE, range);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<BlobPart, ServiceError> {
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            let size = content_range(response.headers()).and_then(|(_, size)| size);
            return Ok(BlobPart { content: Bytes::new(), from: self.from, size });
        }
        let response = ServiceError::check(response)?;
        if response.status() != StatusCode::PARTIAL_CONTENT {
            return Ok(self.part_of_whole(response.body()));
        }
        let unreadable = |why: &'static str| Err(ServiceError::unreadable(&response, why));
        let len = response.body().len() as u64;
        match content_range(response.headers()) {
            Some((Some(from), _)) if from != self.from => unreadable("the part begins at another place"),
            Some((Some(_), _)) if self.at_most.is_some_and(|most| len > most) => {
                unreadable("the part is too long")
            }
            Some((Some(from), size)) => Ok(BlobPart { content: response.into_body(), from, size }),
            _ => unreadable("a part without a Content-Range"),
        }
    }

    fn repeatable(&self) -> bool {
        true
    }

    fn fate(&self, response: &Response<Bytes>) -> Option<Fate> {
        let nothing_new = response.status() == StatusCode::RANGE_NOT_SATISFIABLE;
        if nothing_new { None } else { Fate::of_response(response) }
    }

    /// Feedback has handles, and those of browsers come with keys.
    fn confidential(&self) -> bool {
        true
    }
}

/// The first byte of the part and the size of the whole, as far as `Content-Range` has them: `bytes 0-9/10`, `bytes */10`.
fn content_range(headers: &HeaderMap) -> Option<(Option<u64>, Option<u64>)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.trim();
    let (part, size) = text.strip_prefix("bytes")?.trim_start().split_once('/')?;
    let from = part.split_once('-').and_then(|(from, _)| from.trim().parse().ok());
    Some((from, size.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SasUri;
    use crate::operations::test_support::{answer, head, now};

    fn asks(get: &GetBlob) -> Result<String, BuildError> {
        let uri = SasUri::new("https://a.blob.core.windows.net/f?sv=1&sig=x").unwrap();
        Ok(head(&BlobContainer::new(&uri).unwrap().request(get, now())?))
    }

    fn get() -> GetBlob {
        GetBlob::new("11262026").unwrap()
    }

    #[test]
    fn asks_for_the_whole_or_a_part() {
        const URI: &str = "GET https://a.blob.core.windows.net/f/11262026?sv=1&sig=x";
        assert_eq!(asks(&get()).unwrap(), URI);
        for (part, range) in [
            (get().from(500), "bytes=500-"),
            (get().at_most(10), "bytes=0-9"),
            (get().from(500).at_most(10), "bytes=500-509"),
            (get().from(7).at_most(0), "bytes=7-7"),
        ] {
            assert_eq!(asks(&part).unwrap(), format!("{URI}\nrange: {range}"));
        }
        let odd = GetBlob::new("/hub/1//Out put.txt").unwrap();
        assert_eq!(
            asks(&odd).unwrap(),
            "GET https://a.blob.core.windows.net/f/%2Fhub%2F1%2F%2FOut%20put.txt?sv=1&sig=x"
        );
        assert!(GetBlob::new("").is_err());
        assert!(asks(&GetBlob::new("..").unwrap()).is_err());
        assert!(asks(&get().from(u64::MAX).at_most(2)).is_err());
    }

    #[test]
    fn reads_the_whole_or_a_part() {
        let part = |content: &'static str, from, size| BlobPart { content: content.into(), from, size };
        let read = |get: GetBlob, status, headers: &[(&str, &str)], body| {
            get.response(answer(status, headers, body))
        };
        let range = |text| [("Content-Range", text)];
        assert_eq!(read(get(), 200, &[], "0123456789").unwrap(), part("0123456789", 0, Some(10)));
        assert_eq!(
            read(get().from(4).at_most(3), 206, &range("bytes 4-6/10"), "456").unwrap(),
            part("456", 4, Some(10))
        );
        assert_eq!(
            read(get().from(4), 206, &range("bytes 4-9/*"), "456789").unwrap(),
            part("456789", 4, None)
        );
        // The range was passed over.
        assert_eq!(read(get().from(4).at_most(3), 200, &[], "0123456789").unwrap(), part("456", 4, Some(10)));
        assert_eq!(read(get().from(40), 200, &[], "0123456789").unwrap(), part("", 40, Some(10)));
        // There is nothing new.
        assert_eq!(
            read(get().from(10), 416, &range("bytes */10"), "<Error/>").unwrap(),
            part("", 10, Some(10))
        );
        assert_eq!(get().fate(&answer(416, &[], "")), None);
        assert_eq!(get().fate(&answer(404, &[], "")), Some(Fate::Final));

        for (headers, body) in [
            (&[][..], "456"),
            (&range("bytes 5-7/10"), "567"),
            (&range("bytes 4-9/10"), "456789"),
            (&range("lines 4-6/10"), "456"),
        ] {
            let error = read(get().from(4).at_most(3), 206, headers, body).unwrap_err();
            assert!(error.is_unreadable(), "{headers:?}");
        }
        assert!(read(get(), 404, &[], "").unwrap_err().is_not_found());
    }
}
