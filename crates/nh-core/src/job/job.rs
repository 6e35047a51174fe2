use super::words::{JobStatus, JobType};
use crate::SasUri;
use nh_outcome::ParseError;
use nh_outcome::xml::{CONNECT, Element, Reader};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use time::OffsetDateTime;

const DICTIONARY: &str = "http://schemas.microsoft.com/2003/10/Serialization/Arrays";

/// A job: an import or export of registrations. The service sends this description ([Export and modify registrations in bulk]).
///
/// ```
/// use nh_core::{GetJob, JobStatus, Operation, bytes::Bytes, http::Response};
///
/// let answer = Response::new(Bytes::from(
///     "<entry xmlns='http://www.w3.org/2005/Atom'><content>
///        <NotificationHubJob xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>
///          <JobId>25</JobId><Progress>37.5</Progress><Type>ExportRegistrations</Type><Status>Running</Status>
///        </NotificationHubJob></content></entry>",
/// ));
/// let job = GetJob::new("25")?.response(answer)?;
/// assert_eq!((job.status, job.progress), (JobStatus::Running, 37.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [Export and modify registrations in bulk]: https://learn.microsoft.com/azure/notification-hubs/export-modify-registrations-bulk
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Job {
    /// The id that [`GetJob`](crate::GetJob) asks for.
    pub job_id: String,
    /// The type of the job.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// The status of the job. The service leaves out `Started`.
    pub status: JobStatus,
    /// The finished part of the job, in percent. The service leaves out 0.
    pub progress: f64,
    /// The container for the results.
    pub output_container_uri: Option<SasUri>,
    /// The imported file.
    pub import_file_uri: Option<SasUri>,
    /// Properties of the input. The service sets them.
    pub input_properties: BTreeMap<String, String>,
    /// Properties of the results, such as the paths of the files. The service sets them.
    pub output_properties: BTreeMap<String, String>,
    /// The reason why the job failed.
    pub failure: Option<String>,
    /// The time when the job was submitted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub created_at: Option<OffsetDateTime>,
    /// The time of the last change.
    #[serde(with = "time::serde::rfc3339::option")]
    pub updated_at: Option<OffsetDateTime>,
}

impl Job {
    /// Returns the path of `Output.txt` in the storage account. The path begins with the container. The file lists the successful
    /// lines.
    pub fn output_file_path(&self) -> Option<&str> {
        self.output_properties.get("OutputFilePath").map(String::as_str)
    }

    /// Returns the path of `Failed.txt` in the storage account. The path begins with the container. The file lists the failed
    /// lines.
    pub fn failed_file_path(&self) -> Option<&str> {
        self.output_properties.get("FailedFilePath").map(String::as_str)
    }

    /// Reads the element in the content of an Atom entry.
    pub(crate) fn read(reader: &mut Reader<'_>, root: &Element<'_>) -> Result<Job, ParseError> {
        if !root.is(CONNECT, "NotificationHubJob") {
            return Err(reader.unexpected(root, "NotificationHubJob"));
        }
        let mut job = Job {
            job_id: String::new(),
            job_type: "".into(),
            status: JobStatus::Started,
            progress: 0.0,
            output_container_uri: None,
            import_file_uri: None,
            input_properties: BTreeMap::new(),
            output_properties: BTreeMap::new(),
            failure: None,
            created_at: None,
            updated_at: None,
        };
        while let Some(child) = reader.child(root)? {
            match child.name_in(CONNECT) {
                "JobId" => job.job_id = reader.string(&child)?.unwrap_or_default(),
                "Type" => job.job_type = reader.text(&child)?.unwrap_or_default().trim().into(),
                "Status" => {
                    if let Some(status) = reader.text(&child)? {
                        job.status = status.trim().into();
                    }
                }
                "Progress" => job.progress = progress(reader, &child)?,
                "OutputContainerUri" => job.output_container_uri = reader.string(&child)?.map(SasUri::read),
                "ImportFileUri" => job.import_file_uri = reader.string(&child)?.map(SasUri::read),
                "InputProperties" => job.input_properties = dictionary(reader, &child)?,
                "OutputProperties" => job.output_properties = dictionary(reader, &child)?,
                "Failure" => job.failure = reader.string(&child)?,
                "CreatedAt" => job.created_at = reader.time(&child)?,
                "UpdatedAt" => job.updated_at = reader.time(&child)?,
                _ => {}
            }
        }
        Ok(job)
    }
}

fn progress(reader: &mut Reader<'_>, element: &Element<'_>) -> Result<f64, ParseError> {
    let text = reader.text(element)?.unwrap_or_default();
    match text.trim().parse::<f64>() {
        Ok(percent) if percent.is_finite() => Ok(percent),
        _ if text.trim().is_empty() => Ok(0.0),
        _ => Err(reader.error("Progress is not a number")),
    }
}

fn dictionary(
    reader: &mut Reader<'_>,
    element: &Element<'_>,
) -> Result<BTreeMap<String, String>, ParseError> {
    let mut all = BTreeMap::new();
    while let Some(pair) = reader.child(element)? {
        if !pair.is(DICTIONARY, "KeyValueOfstringstring") {
            continue;
        }
        let (mut key, mut value) = (None, None);
        while let Some(part) = reader.child(&pair)? {
            match part.name_in(DICTIONARY) {
                "Key" => key = reader.string(&part)?,
                "Value" => value = reader.string(&part)?,
                _ => {}
            }
        }
        all.extend(key.map(|key| (key, value.unwrap_or_default())));
    }
    Ok(all)
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("job_id", &self.job_id)
            .field("job_type", &self.job_type)
            .field("status", &self.status)
            .field("progress", &self.progress)
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}
