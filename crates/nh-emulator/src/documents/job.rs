//! `NotificationHubJob`.

use crate::model::job::{Job, JobKind, JobState, NewJob};
use crate::model::refusal::Refusal;
use nh_outcome::ParseError;
use nh_outcome::xml::{ATOM, CONNECT, INSTANCE, Reader, decode};
use quick_xml::escape::escape;
use std::fmt::Write as _;
use time::format_description::well_known::Rfc3339;

/// The body of a POST.
///
/// # Errors
/// 400: what is no job.
pub(crate) fn read(body: &[u8]) -> Result<NewJob, Refusal> {
    let (kind, output, input) = fields(body).map_err(|_| invalid())?;
    let kind = JobKind::of(&kind).ok_or_else(invalid)?;
    if output.is_empty() || input.is_none() && kind != JobKind::Export {
        return Err(invalid());
    }
    Ok(NewJob { kind, output, input })
}

/// The answer to what submits or reads it.
pub(crate) fn entry(job: &Job, base: &str) -> String {
    let (id, base) = (escape(&job.id), escape(base));
    let created = job.created.format(&Rfc3339).expect("the system's time has a year");
    let mut xml = format!(
        "<entry xmlns=\"{ATOM}\"><id>{base}/jobs/{id}</id><title type=\"text\">{id}</title><updated>{created}</updated>\
         <content type=\"application/xml\"><NotificationHubJob xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\"><JobId>{id}</JobId>"
    );
    let mut element = |name: &str, value: &str| {
        write!(xml, "<{name}>{}</{name}>", escape(value)).expect("a String takes every write");
    };
    let (progress, status) = match &job.state {
        JobState::Started => (None, None),
        JobState::Completed { .. } => (Some("100"), Some("Completed")),
        JobState::Failed(_) => (None, Some("Failed")),
    };
    if let Some(progress) = progress {
        element("Progress", progress);
    }
    element("Type", job.asked.kind.as_str());
    if let Some(status) = status {
        element("Status", status);
    }
    element("OutputContainerUri", &job.asked.output);
    if let Some(input) = &job.asked.input {
        element("ImportFileUri", input);
    }
    match &job.state {
        JobState::Failed(why) => element("Failure", why),
        JobState::Completed { output_path, failed_path } => {
            let pair = |key: &str, value: &str| {
                let value = escape(value);
                format!(
                    "<d3p1:KeyValueOfstringstring><d3p1:Key>{key}</d3p1:Key><d3p1:Value>{value}</d3p1:Value></d3p1:KeyValueOfstringstring>"
                )
            };
            write!(
                xml,
                "<OutputProperties xmlns:d3p1=\"http://schemas.microsoft.com/2003/10/Serialization/Arrays\">{}{}</OutputProperties>",
                pair("OutputFilePath", output_path),
                pair("FailedFilePath", failed_path)
            )
            .expect("a String takes every write");
        }
        JobState::Started => {}
    }
    xml + &format!(
        "<CreatedAt>{created}</CreatedAt><UpdatedAt>{created}</UpdatedAt></NotificationHubJob></content></entry>"
    )
}
/// The answer to a list.
pub(crate) fn feed<'a>(jobs: impl IntoIterator<Item = &'a Job>, base: &str) -> String {
    let entries: String = jobs.into_iter().map(|job| entry(job, base)).collect();
    format!(
        "<feed xmlns=\"{ATOM}\"><title type=\"text\">jobs</title><id>{}/jobs</id>{entries}</feed>",
        escape(base)
    )
}

fn fields(body: &[u8]) -> Result<(String, String, Option<String>), ParseError> {
    let document = decode(body)?;
    let mut reader = Reader::new(&document);
    let root = reader.root()?;
    let (mut kind, mut output, mut input) = (String::new(), String::new(), None);
    while let Some(content) = reader.child(&root)? {
        if !content.is(ATOM, "content") {
            continue;
        }
        let Some(job) = reader.child(&content)? else { continue };
        while let Some(field) = reader.child(&job)? {
            match field.name_in(CONNECT) {
                "Type" => kind = reader.string(&field)?.unwrap_or_default(),
                "OutputContainerUri" => output = reader.string(&field)?.unwrap_or_default(),
                "ImportFileUri" => input = reader.string(&field)?.filter(|uri| !uri.is_empty()),
                _ => {}
            }
        }
    }
    reader.end()?;
    Ok((kind, output, input))
}

/// The words of java-backend#53 and #119.
fn invalid() -> Refusal {
    Refusal::invalid("The supplied notificationhub job payload is invalid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(kind: &str, output: &str, input: &str) -> Result<NewJob, Refusal> {
        let body = format!(
            "<entry xmlns='{ATOM}'><content><NotificationHubJob xmlns='{CONNECT}'><Type>{kind}</Type>\
             <OutputContainerUri>{output}</OutputContainerUri><ImportFileUri>{input}</ImportFileUri>\
             </NotificationHubJob></content></entry>"
        );
        read(body.as_bytes())
    }

    #[test]
    fn what_is_no_job_is_refused() {
        for refused in [
            job("ImportEverything", "https://a/c", "https://a/c/in"),
            job("ExportRegistrations", "", ""),
            job("ImportCreateRegistrations", "https://a/c", ""),
            job("ExportRegistrations", "https://a/c?a=1&b=2", ""),
            read(b"<entry>"),
        ] {
            let detail = refused.unwrap_err().words.unwrap();
            assert_eq!(detail, "The supplied notificationhub job payload is invalid");
        }
    }
}
