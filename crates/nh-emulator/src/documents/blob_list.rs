use quick_xml::escape::escape;

/// The blobs of a container, as Azure's storage lists them
/// ([List Blobs](https://learn.microsoft.com/rest/api/storageservices/list-blobs)).
pub(crate) fn blob_list(container: &str, blobs: &[(String, usize)]) -> String {
    let blob = |(name, length): &(String, usize)| {
        format!(
            "<Blob><Name>{}</Name><Properties><Content-Length>{length}</Content-Length>\
             <BlobType>BlockBlob</BlobType></Properties></Blob>",
            escape(name)
        )
    };
    let blobs: String = blobs.iter().map(blob).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"{}\"><Blobs>{blobs}</Blobs>\
         <NextMarker/></EnumerationResults>",
        escape(container)
    )
}
