//! Reading allocates for what is kept, and for nothing else.

use allocation_counter::measure;
use nh_outcome::{ErrorDocument, NotificationDetails, NotificationOutcome, Platform, xml::CONNECT};

/// What a reader allocates for itself, however long the document is: names that are open, namespaces and attributes.
const READER: u64 = 8;

#[test]
fn an_outcome_of_ten_costs_what_is_kept_of_it() {
    let results: String = (0..10)
        .map(|i| {
            format!(
                "<RegistrationResult><ApplicationPlatform>apple</ApplicationPlatform><PnsHandle>token-{i}</PnsHandle>\
                 <RegistrationId>{i}-2-3</RegistrationId><Outcome>The Notification was successfully sent to the Push \
                 Notification System</Outcome></RegistrationResult>"
            )
        })
        .collect();
    let document = format!(
        "<NotificationOutcome xmlns=\"{CONNECT}\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <Success>10</Success><Failure>0</Failure><Results>{results}</Results></NotificationOutcome>"
    );
    let mut read = NotificationOutcome::default();
    let memory = measure(|| read = NotificationOutcome::parse(document.as_bytes()).unwrap());
    assert_eq!((read.success, read.results.len()), (10, 10));
    // A handle and an id of each, a list that grows thrice, and the reader itself.
    assert!(memory.count_total <= 10 * 2 + 3 + READER, "{memory:?}");
    // What is kept is as large as its text.
    assert_eq!(memory.count_current, 10 * 2 + 1, "{memory:?}");
}

#[test]
fn details_cost_what_is_kept_of_them() {
    let counts: String =
        (0..10).map(|i| format!("<Outcome><Name>n{i}</Name><Count>{i}</Count></Outcome>")).collect();
    let document = format!(
        "<NotificationDetails xmlns=\"{CONNECT}\"><NotificationId>1</NotificationId><Location>l</Location>\
         <State>Completed</State><EnqueueTime>2024-04-01T21:19:43.9926996Z</EnqueueTime><Tags>a</Tags>\
         <NotificationBody>{}</NotificationBody><TargetPlatforms>apple,fcmv1</TargetPlatforms>\
         <ApnsOutcomeCounts>{counts}</ApnsOutcomeCounts></NotificationDetails>",
        "x".repeat(1000)
    );
    let mut read = None;
    let memory = measure(|| read = NotificationDetails::parse(document.as_bytes()).ok());
    let read = read.unwrap();
    assert_eq!((read.outcome_counts[&Platform::Apple].len(), read.target_platforms.len()), (10, 2));
    // Four texts, a list of two words, and two maps, one of them with ten names.
    let kept = 4 + 3 + 2 + 10;
    assert_eq!(memory.count_current, kept, "{memory:?}");
    assert!(memory.count_total <= kept as u64 + READER, "{memory:?}");
}

#[test]
fn an_error_costs_its_detail() {
    let document = format!("<Error><Code>404</Code><Detail>{}</Detail></Error>", "x".repeat(1000));
    let mut read = None;
    let memory = measure(|| read = ErrorDocument::parse(document.as_bytes()).ok());
    assert_eq!(read.unwrap().code(), Some(404));
    assert_eq!(memory.count_current, 1, "{memory:?}");
    assert!(memory.count_total <= 1 + READER, "{memory:?}");
}

#[test]
fn what_is_not_known_costs_nothing() {
    let memory_of = |results: usize| {
        let result = "<New n:kind=\"a&lt;b\"/><n:Newer><n:Part>1</n:Part><![CDATA[<>]]>a&amp;b\r\n</n:Newer>";
        let document = format!(
            "<NotificationOutcome xmlns=\"{CONNECT}\" xmlns:n=\"urn:new\"><Results>{}</Results></NotificationOutcome>",
            result.repeat(results)
        );
        measure(|| assert!(NotificationOutcome::parse(document.as_bytes()).unwrap().results.is_empty()))
    };
    assert_eq!(memory_of(1000).count_total, memory_of(1).count_total);
}
