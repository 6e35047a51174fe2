//! A hub, a time and answers for the tests of the operations.

use crate::{AccessToken, AzureCloud, BuildError, Hub, Namespace, Operation, ResourceId, ResourceManager};
use bytes::Bytes;
use http::{Request, Response};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

const CONNECTION_STRING: &str =
    "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";

pub(crate) fn request<O: Operation>(operation: &O) -> Result<Request<Bytes>, BuildError> {
    Hub::from_connection_string(CONNECTION_STRING, "news")?.request(operation, now())
}

pub(crate) fn request_of_namespace<O: Operation<Namespace>>(
    operation: &O,
) -> Result<Request<Bytes>, BuildError> {
    Namespace::from_connection_string(CONNECTION_STRING)?.request(operation, now())
}

/// The access rule of the examples of the reference.
pub(crate) fn rule() -> ResourceId {
    ResourceId::new("29cfa613-cbbc-4512-b1d6-1b3a92c7fa40", "5ktrial", "nh-sdk-ns")
        .and_then(|namespace| namespace.with_hub("nh-sdk-hub")?.with_rule("sdk-AuthRules-5800"))
        .unwrap()
}

pub(crate) fn arm() -> ResourceManager {
    ResourceManager::new(&AzureCloud::PUBLIC, AccessToken::new("eyJ0eXAi.sesame").unwrap())
}

/// The request line and all headers but the signature, one a line.
pub(crate) fn head(request: &Request<Bytes>) -> String {
    let mut text = format!("{} {}", request.method(), request.uri());
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "authorization") {
        text += &format!("\n{name}: {}", value.to_str().unwrap());
    }
    text
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> Response<Bytes> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::from_static(body.as_bytes())).unwrap()
}

pub(crate) const GCM_ENTRY: &str = r#"<entry xmlns="http://www.w3.org/2005/Atom"><title type="text">1-2-3</title>
    <content type="application/xml">
    <GcmRegistrationDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
    <ETag>4</ETag><ExpirationTime>9999-12-31T23:59:59.9999999</ExpirationTime><RegistrationId>1-2-3</RegistrationId>
    <Tags>a, b</Tags><GcmRegistrationId>g</GcmRegistrationId></GcmRegistrationDescription></content></entry>"#;

pub(crate) const GCM_FEED: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">Registrations</title>
    <entry><content type="application/xml">
    <GcmRegistrationDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
    <RegistrationId>1-2-3</RegistrationId></GcmRegistrationDescription></content></entry>
    <entry><content type="application/xml">
    <PigeonRegistrationDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
    <RegistrationId>2-2-3</RegistrationId></PigeonRegistrationDescription></content></entry></feed>"#;

pub(crate) const JOB_ENTRY: &str = r#"<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml">
    <NotificationHubJob xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
    <JobId>1</JobId><Type>ExportRegistrations</Type><OutputContainerUri>https://a.net/out?sig=sesame</OutputContainerUri>
    <CreatedAt>2020-07-02T18:03:28.2009314Z</CreatedAt></NotificationHubJob></content></entry>"#;

pub(crate) const HUB_ENTRY: &str = r#"<entry xmlns="http://www.w3.org/2005/Atom"><title type="text">news</title>
    <content type="application/xml">
    <NotificationHubDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
    <RegistrationTtl>P90D</RegistrationTtl></NotificationHubDescription></content></entry>"#;
