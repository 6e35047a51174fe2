use crate::namespace::blobs::About;
use quick_xml::escape::escape;
use time::format_description::well_known::Rfc2822;
use time::{OffsetDateTime, UtcOffset};

/// A page of a container's blobs, as Azure's storage lists them
/// ([List Blobs](https://learn.microsoft.com/rest/api/storageservices/list-blobs)). `next` is where the next page begins.
pub(crate) fn blob_list(container: &str, blobs: &[(String, About)], next: Option<&str>) -> String {
    let blob = |(name, about): &(String, About)| {
        format!(
            "<Blob><Name>{}</Name><Properties><Creation-Time>{}</Creation-Time><Last-Modified>{}</Last-Modified>\
             <Etag>{}</Etag><Content-Length>{}</Content-Length><Content-Type>application/octet-stream</Content-Type>\
             <BlobType>{}</BlobType></Properties></Blob>",
            escape(name),
            http_date(about.created),
            http_date(about.modified),
            about.etag().trim_matches('"'),
            about.len,
            about.kind()
        )
    };
    let blobs: String = blobs.iter().map(blob).collect();
    let next = next.map_or_else(
        || "<NextMarker/>".to_owned(),
        |next| format!("<NextMarker>{}</NextMarker>", escape(next)),
    );
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"{}\"><Blobs>{blobs}</Blobs>{next}\
         </EnumerationResults>",
        escape(container)
    )
}

/// A time as HTTP writes it: `Wed, 27 Jul 2016 20:47:10 GMT`.
pub(crate) fn http_date(time: OffsetDateTime) -> String {
    let text = time.to_offset(UtcOffset::UTC).format(&Rfc2822).expect("the year has four digits");
    text.replace("+0000", "GMT")
}
