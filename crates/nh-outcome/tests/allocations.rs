//! Reading allocates for what is kept, and for nothing else.

use allocation_counter::measure;
use nh_outcome::{NotificationOutcome, xml::CONNECT};

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
    assert!(memory.count_total <= 10 * 2 + 3 + 7, "{memory:?}");
    // What is kept is as large as its text.
    assert_eq!(memory.count_current, 10 * 2 + 1, "{memory:?}");
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
