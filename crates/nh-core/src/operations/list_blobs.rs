use crate::page::Way;
use crate::{BlobContainer, BuildError, Draft, Operation, Page, ServiceError};
use bytes::Bytes;
use http::Response;
use nh_outcome::ParseError;
use nh_outcome::xml::{self, Element, Reader};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// Lists the blobs of a container, page by page: `GET {container}?restype=container&comp=list` ([List Blobs]). The signature must permit
/// it: `sp` with `l`. A page has at most 5000 blobs, in the order of their names.
///
/// ```
/// use nh_core::{ListBlobs, Operation, bytes::Bytes, http::Response};
///
/// let answer = Response::new(Bytes::from(
///     "<EnumerationResults><Blobs><Blob><Name>11262026</Name><Properties><Content-Length>512</Content-Length></Properties>\
///      </Blob></Blobs><NextMarker>2!88!MDAw</NextMarker></EnumerationResults>"));
/// let page = ListBlobs::new().response(answer)?;
/// assert_eq!((&*page.items[0].name, page.items[0].size), ("11262026", 512));
/// assert!(page.next.is_some());
/// # Ok::<(), nh_core::ServiceError>(())
/// ```
///
/// # Errors
/// - 403: the signature has ended, does not match, or does not permit a list.
/// - 404: there is no such container.
///
/// [List Blobs]: https://learn.microsoft.com/rest/api/storageservices/list-blobs
#[derive(Clone, Debug, Default)]
pub struct ListBlobs {
    top: Option<u32>,
    marker: Option<String>,
    way: Way,
}

/// A blob of a container, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Blob {
    /// Its name. A name with characters that XML cannot hold comes percent-encoded.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// The time of its last change, in whole seconds.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_modified: Option<OffsetDateTime>,
}

impl ListBlobs {
    /// Begins with the first blob.
    pub fn new() -> ListBlobs {
        ListBlobs::default()
    }

    /// Asks for at most `count` blobs a page. Storage gives 5000 unless told, and no more than that.
    pub fn top(mut self, count: u32) -> ListBlobs {
        self.top = Some(count);
        self
    }
}

impl Operation<BlobContainer> for ListBlobs {
    type Output = Page<Blob, ListBlobs>;

    fn draft(&self, draft: &mut Draft<'_, BlobContainer>) -> Result<(), BuildError> {
        draft.query("restype", "container").query("comp", "list");
        if let Some(top) = self.top {
            draft.query("maxresults", &top.to_string());
        }
        if let Some(marker) = &self.marker {
            draft.query("marker", marker);
        }
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Page<Blob, ListBlobs>, ServiceError> {
        let response = ServiceError::check(response)?;
        let (blobs, marker) =
            read(response.body()).map_err(|why| ServiceError::unreadable(&response, why))?;
        let Some(marker) = marker.filter(|marker| !marker.is_empty()) else {
            return Ok(Page { items: blobs, next: None });
        };
        let way = self.way.after(self.marker.as_deref(), &marker, &response)?;
        Ok(Page { items: blobs, next: Some(ListBlobs { top: self.top, marker: Some(marker), way }) })
    }

    fn repeatable(&self) -> bool {
        true
    }
}

/// The blobs, and the marker of the next page. The elements have no namespace.
fn read(document: &[u8]) -> Result<(Vec<Blob>, Option<String>), ParseError> {
    let text = xml::decode(document)?;
    let mut reader = Reader::new(&text);
    let root = reader.root()?;
    if !is(&root, "EnumerationResults") {
        return Err(reader.unexpected(&root, "EnumerationResults"));
    }
    let (mut blobs, mut marker) = (Vec::new(), None);
    while let Some(child) = reader.child(&root)? {
        if is(&child, "NextMarker") {
            marker = reader.string(&child)?;
        } else if is(&child, "Blobs") {
            while let Some(entry) = reader.child(&child)? {
                if is(&entry, "Blob") {
                    blobs.push(blob(&mut reader, &entry)?);
                }
            }
        }
    }
    reader.end()?;
    Ok((blobs, marker))
}

fn blob(reader: &mut Reader<'_>, entry: &Element<'_>) -> Result<Blob, ParseError> {
    let (mut name, mut size, mut last_modified) = (String::new(), None, None);
    while let Some(child) = reader.child(entry)? {
        if is(&child, "Name") {
            name = reader.string(&child)?.unwrap_or_default();
        } else if is(&child, "Properties") {
            while let Some(property) = reader.child(&child)? {
                if is(&property, "Content-Length") {
                    size = reader.number(&property)?;
                } else if is(&property, "Last-Modified") {
                    let time = reader.text(&property)?.unwrap_or_default();
                    last_modified = OffsetDateTime::parse(time.trim(), &Rfc2822).ok();
                }
            }
        }
    }
    match size {
        _ if name.is_empty() => Err(reader.error("a blob without a name")),
        Some(size) => Ok(Blob { name, size, last_modified }),
        None => Err(reader.error("a blob without a Content-Length")),
    }
}

fn is(element: &Element<'_>, name: &str) -> bool {
    element.namespace().is_none() && element.name() == name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SasUri;
    use crate::operations::test_support::{answer, head, now};

    fn asks(list: &ListBlobs) -> String {
        let uri = SasUri::new("https://a.blob.core.windows.net/f?sv=1&sig=x").unwrap();
        head(&BlobContainer::new(&uri).unwrap().request(list, now()).unwrap())
    }

    /// Drawn after the sample of the reference page.
    const PAGE: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>
        <EnumerationResults ServiceEndpoint=\"https://a.blob.core.windows.net/\" ContainerName=\"f\"><MaxResults>2</MaxResults>
        <Blobs><Blob><Name>07272016</Name><Properties><Creation-Time>Wed, 27 Jul 2016 00:00:01 GMT</Creation-Time>
        <Last-Modified>Wed, 27 Jul 2016 20:47:10 GMT</Last-Modified><Etag>0x8CBFF45D8A29A19</Etag>
        <Content-Length>1024</Content-Length><BlobType>AppendBlob</BlobType></Properties><OrMetadata /></Blob>
        <BlobPrefix><Name>old/</Name></BlobPrefix>
        <Blob><Name>a&amp;b/c</Name><Properties><Content-Length>0</Content-Length></Properties></Blob></Blobs>
        <NextMarker>2!88!MDAw/+=</NextMarker></EnumerationResults>";

    #[test]
    fn asks_for_one_page_after_the_other() {
        const URI: &str = "GET https://a.blob.core.windows.net/f?sv=1&sig=x&restype=container&comp=list";
        let first = ListBlobs::new().top(2);
        assert_eq!((asks(&ListBlobs::new()), asks(&first)), (URI.to_owned(), format!("{URI}&maxresults=2")));
        let page = first.response(answer(200, &[], PAGE)).unwrap();
        let second = page.next.unwrap();
        assert_eq!(asks(&second), format!("{URI}&maxresults=2&marker=2%2188%21MDAw%2F%2B%3D"));
        // The same marker again would never end.
        assert!(second.response(answer(200, &[], PAGE)).unwrap_err().is_unreadable());
    }

    #[test]
    fn reads() {
        let page = ListBlobs::new().response(answer(200, &[], PAGE)).unwrap();
        let blobs: Vec<_> = page.items.iter().map(|blob| (&*blob.name, blob.size)).collect();
        assert_eq!(blobs, [("07272016", 1024), ("a&b/c", 0)]);
        assert_eq!(page.items[0].last_modified.map(|time| time.unix_timestamp()), Some(1_469_652_430));
        let empty = "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>";
        let page = ListBlobs::new().response(answer(200, &[], empty)).unwrap();
        assert!(page.items.is_empty() && page.next.is_none());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let blob = |inner: &str| {
            format!("<EnumerationResults><Blobs><Blob>{inner}</Blob></Blobs></EnumerationResults>")
        };
        for body in [
            String::new(),
            "<html/>".to_owned(),
            "<a:EnumerationResults xmlns:a='b'/>".to_owned(),
            "<EnumerationResults><Blobs>".to_owned(),
            blob("<Properties><Content-Length>1</Content-Length></Properties>"),
            blob("<Name>a</Name>"),
            blob("<Name>a</Name><Properties><Content-Length>-1</Content-Length></Properties>"),
        ] {
            let answer = Response::new(Bytes::from(body.clone()));
            assert!(ListBlobs::new().response(answer).unwrap_err().is_unreadable(), "{body}");
        }
        let denied = "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>AuthenticationFailed</Code>\
            <Message>Server failed to authenticate the request.\nRequestId:7f195ef5\nTime:2026</Message></Error>";
        let error =
            ListBlobs::new().response(answer(403, &[("x-ms-request-id", "7f195ef5")], denied)).unwrap_err();
        assert!(error.is_forbidden());
        assert_eq!(error.message(), Some("Server failed to authenticate the request."));
        assert_eq!(error.tracking_id(), Some("7f195ef5"));
    }
}
