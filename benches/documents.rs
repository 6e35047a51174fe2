//! Documents as the service writes them.

use nh_core::nh_outcome::xml::{ATOM, CONNECT, INSTANCE};
use quick_xml::NsReader;
use quick_xml::events::Event;
use std::hint::black_box;

/// The floor of reading: quick-xml reads all events and resolves their namespaces. Nothing is kept.
///
/// # Panics
/// Panics if the document is not well-formed.
pub fn read_events(document: &[u8]) {
    let mut reader = NsReader::from_reader(document);
    while !matches!(black_box(reader.read_resolved_event().expect("a well-formed document")), (_, Event::Eof))
    {
    }
}

/// The answer to a test send that reached `count` devices of two platforms.
pub fn outcome(count: usize) -> String {
    let results: String = (0..count)
        .map(|n| {
            let (platform, handle) =
                if n % 2 == 0 { ("fcmv1", fcm_token(n)) } else { ("apple", format!("{n:064X}")) };
            format!(
                "<RegistrationResult><ApplicationPlatform>{platform}</ApplicationPlatform><PnsHandle>{handle}</PnsHandle>\
                 <RegistrationId>{n}982625459606590828-2679902039720441464-3</RegistrationId><Outcome>The Notification was \
                 successfully sent to the Push Notification System</Outcome></RegistrationResult>"
            )
        })
        .collect();
    format!(
        "<NotificationOutcome xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\"><Success>{count}</Success><Failure>0</Failure>\
         <Results>{results}</Results></NotificationOutcome>"
    )
}

/// The telemetry of a notification to three platforms.
pub fn details() -> String {
    let counts = |platform: &str| {
        format!(
            "<{platform}OutcomeCounts><Outcome><Name>Success</Name><Count>317</Count></Outcome><Outcome>\
             <Name>PnsBadChannel</Name><Count>4</Count></Outcome></{platform}OutcomeCounts>"
        )
    };
    let counts = ["Apns", "Wns", "FcmV1"].map(counts).concat();
    format!(
        "<NotificationDetails xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\"><NotificationId>\
         3548205466317832417-2679902039720441464-1</NotificationId><Location>sb://contoso.servicebus.windows.net/news/messages/\
         3548205466317832417-2679902039720441464-1?api-version=2020-06</Location><State>Completed</State>\
         <EnqueueTime>2024-04-01T21:19:43Z</EnqueueTime><StartTime>2024-04-01T21:19:43.9926996Z</StartTime>\
         <EndTime>2024-04-01T21:19:44.1270116Z</EndTime><NotificationBody>&lt;toast&gt;&lt;visual&gt;&lt;binding \
         template=\"ToastText01\"&gt;&lt;text id=\"1\"&gt;Hello&lt;/text&gt;&lt;/binding&gt;&lt;/visual&gt;&lt;/toast&gt;\
         </NotificationBody><Tags>sports || weather</Tags><TargetPlatforms>apple,windows,fcmv1</TargetPlatforms>{counts}\
         <PnsErrorDetailsUri>https://contoso.blob.core.windows.net/errors/1?sv=2020-06-12&amp;sig=c2VjcmV0</PnsErrorDetailsUri>\
         </NotificationDetails>"
    )
}

/// A page of `count` registrations of two platforms, each with four tags.
pub fn feed(count: usize) -> String {
    let entries: String = (0..count)
        .map(|n| {
            let id = format!("{n}982625459606590828-2679902039720441464-3");
            let (element, handle) = if n % 2 == 0 {
                ("FcmV1", format!("<FcmV1RegistrationId>{}</FcmV1RegistrationId>", fcm_token(n)))
            } else {
                ("Apple", format!("<DeviceToken>{n:064X}</DeviceToken>"))
            };
            format!(
                "<entry p1:etag=\"W/&quot;1&quot;\" xmlns=\"{ATOM}\" \
                 xmlns:p1=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\">\
                 <id>https://contoso.servicebus.windows.net/news/resources/{id}?api-version=2020-06</id>\
                 <title type=\"text\">{id}</title><updated>2024-04-01T12:00:00Z</updated><content type=\"application/xml\">\
                 <{element}RegistrationDescription xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\"><ETag>1</ETag>\
                 <ExpirationTime>9999-12-31T23:59:59.9999999Z</ExpirationTime><RegistrationId>{id}</RegistrationId>\
                 <Tags>all,user:{n},city-{},sports</Tags>{handle}</{element}RegistrationDescription></content></entry>",
                n % 100
            )
        })
        .collect();
    format!(
        "<feed xmlns=\"{ATOM}\"><title type=\"text\">Registrations</title>\
         <id>https://contoso.servicebus.windows.net/news/registrations</id><updated>2024-04-01T12:00:00Z</updated>{entries}</feed>"
    )
}

/// The body of an error answer.
pub fn error() -> String {
    "<Error><Code>404</Code><Detail>The remote server returned an error: (404) Not Found. Registration was not found.\
     .TrackingId:7f195ef5-b950-46ab-bdaa-e07cd5a203cf_G3,TimeStamp:11/7/2018 12:18:37 AM</Detail></Error>"
        .to_owned()
}

fn fcm_token(n: usize) -> String {
    format!("fN{n:020}:APA91b{n:0134}")
}
