//! The documents of nh-outcome.

use nh_core::nh_outcome::xml::{CONNECT, IllegalChar, push, push_element};
use nh_core::nh_outcome::{
    ErrorDocument, Feedback, FeedbackReader, NotificationDetails, NotificationOutcome, ParseError,
};
use nh_core::time::OffsetDateTime;
use nh_core::time::format_description::well_known::Rfc3339;

/// What is written; `None` if there is a character that XML cannot hold: the reader lets it pass, the writer does not.
fn written(write: impl Fn(&mut String) -> Result<(), IllegalChar>) -> Option<String> {
    let mut xml = String::new();
    write(&mut xml).ok().map(|()| xml)
}

fn push_some(xml: &mut String, name: &str, text: Option<&str>) -> Result<(), IllegalChar> {
    text.map_or(Ok(()), |text| push_element(xml, name, text))
}

fn push_time(xml: &mut String, name: &str, time: Option<OffsetDateTime>) -> Result<(), IllegalChar> {
    let time =
        time.map(|time| time.format(&Rfc3339).expect("a time that was read has a year of four digits"));
    push_some(xml, name, time.as_deref())
}

/// `NotificationOutcome`: what is read is written, and read back equal.
pub fn notification_outcome(bytes: &[u8]) {
    let Ok(outcome) = NotificationOutcome::parse(bytes) else { return };
    serde_json::to_string(&outcome).expect("an outcome is JSON");
    let Some(xml) = written(|xml| {
        push(xml, format_args!("<NotificationOutcome xmlns='{CONNECT}'>"));
        push_element(xml, "Success", &outcome.success.to_string())?;
        push_element(xml, "Failure", &outcome.failure.to_string())?;
        xml.push_str("<Results>");
        for result in &outcome.results {
            xml.push_str("<RegistrationResult>");
            push_element(xml, "ApplicationPlatform", result.application_platform.as_str())?;
            push_some(xml, "PnsHandle", result.pns_handle.as_deref())?;
            push_some(xml, "RegistrationId", result.registration_id.as_deref())?;
            push_element(xml, "Outcome", result.outcome.as_str())?;
            xml.push_str("</RegistrationResult>");
        }
        xml.push_str("</Results></NotificationOutcome>");
        Ok(())
    }) else {
        return;
    };
    assert_eq!(NotificationOutcome::parse(xml.as_bytes()).expect("it was written"), outcome, "{xml}");
}

/// `NotificationDetails`: what is read is written, and read back equal.
pub fn notification_details(bytes: &[u8]) {
    let Ok(details) = NotificationDetails::parse(bytes) else { return };
    serde_json::to_string(&details).expect("details are JSON");
    let Some(xml) = written(|xml| {
        push(xml, format_args!("<NotificationDetails xmlns='{CONNECT}'>"));
        push_some(xml, "NotificationId", details.notification_id.as_deref())?;
        push_some(xml, "Location", details.location.as_deref())?;
        push_element(xml, "State", details.state.as_str())?;
        push_time(xml, "EnqueueTime", details.enqueue_time)?;
        push_time(xml, "StartTime", details.start_time)?;
        push_time(xml, "EndTime", details.end_time)?;
        push_some(xml, "NotificationBody", details.notification_body.as_deref())?;
        push_some(xml, "Tags", details.tags.as_deref())?;
        push_element(xml, "TargetPlatforms", &details.target_platforms.join(","))?;
        push_some(xml, "PnsErrorDetailsUri", details.pns_error_details_uri.as_deref())?;
        xml.push_str("</NotificationDetails>");
        Ok(())
    }) else {
        return;
    };
    let mut again = NotificationDetails::parse(xml.as_bytes()).expect("it was written");
    assert!(again.outcome_counts.is_empty());
    again.outcome_counts.clone_from(&details.outcome_counts);
    assert_eq!(again, details, "{xml}");
}

/// The documents of a feedback blob: what is read is written, and read back equal, also when all stand in one blob.
pub fn feedback(bytes: &[u8]) {
    let read: Vec<Feedback> = Feedback::documents(bytes).filter_map(Result::ok).collect();
    let Some(xml) = written(|xml| {
        for feedback in &read {
            push(
                xml,
                format_args!("<?xml version=\"1.0\" encoding=\"utf-16\"?><PnsFeedback xmlns='{CONNECT}'>"),
            );
            push_time(xml, "FeedbackTime", feedback.feedback_time)?;
            push_element(xml, "NotificationSystemError", &feedback.notification_system_error)?;
            push_element(xml, "Platform", feedback.platform.as_str())?;
            push_some(xml, "PnsHandle", feedback.pns_handle.as_deref())?;
            push_some(xml, "RegistrationId", feedback.registration_id.as_deref())?;
            push_some(xml, "InstallationId", feedback.installation_id.as_deref())?;
            push_some(xml, "NotificationId", feedback.notification_id.as_deref())?;
            push_some(xml, "NewPnsHandle", feedback.new_pns_handle.as_deref())?;
            xml.push_str("</PnsFeedback>");
        }
        Ok(())
    }) else {
        return;
    };
    let again: Result<Vec<Feedback>, _> = Feedback::documents(xml.as_bytes()).collect();
    assert_eq!(again.expect("it was written"), read, "{xml}");
    let again: Result<Vec<Feedback>, _> = in_pieces(xml.as_bytes()).collect();
    assert_eq!(again.expect("it was written"), read, "{xml}");
    assert!(in_pieces(bytes).count() <= bytes.len());
}

/// The documents of a blob that is read in three pieces.
fn in_pieces(blob: &[u8]) -> impl Iterator<Item = Result<Feedback, ParseError>> {
    let mut reader = FeedbackReader::new(0);
    let mut all = Vec::new();
    for piece in blob.chunks((blob.len() / 3).max(1)) {
        let before = reader.position();
        let read = reader.push(piece);
        assert!(read.iter().map(|(_, position)| *position).is_sorted());
        assert!(read.iter().all(|(_, position)| before < *position && *position <= reader.position()));
        all.extend(read.into_iter().map(|(read, _)| read));
    }
    assert_eq!(reader.end(), blob.len() as u64);
    let cut_off = reader.finish();
    all.into_iter().chain(cut_off.map(Err))
}

/// `Error`: what is read is written, and read back equal.
pub fn error_document(bytes: &[u8]) {
    let Ok(error) = ErrorDocument::parse(bytes) else { return };
    let _ = (error.message(), error.tracking_id(), error.sub_code());
    let code = error.code().map(|code| code.to_string());
    let Some(xml) = written(|xml| {
        xml.push_str("<Error>");
        push_some(xml, "Code", code.as_deref())?;
        push_some(xml, "Detail", error.detail())?;
        xml.push_str("</Error>");
        Ok(())
    }) else {
        return;
    };
    assert_eq!(ErrorDocument::parse(xml.as_bytes()).expect("it was written"), error, "{xml}");
}
