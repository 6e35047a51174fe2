use super::entry::job_entry;
use crate::{BuildError, Draft, Job, JobType, Operation, SasUri, ServiceError, atom};
use bytes::Bytes;
use http::{Method, Response, header};
use nh_outcome::xml::push_element;

/// Starts an import or export of registrations: `POST /{hub}/jobs` ([Export and modify registrations in bulk]). Needs a hub
/// of the Standard tier.
///
/// The signatures of the URLs must stay valid until the job ends. This can take hours.
///
/// ```
/// use nh_core::{SasUri, SubmitJob};
///
/// let results = SasUri::new("https://acct.blob.core.windows.net/jobs?sr=c&sp=rwl&sig=c2VjcmV0")?;
/// let export = SubmitJob::export(results.clone());
/// let file = SasUri::new("https://acct.blob.core.windows.net/jobs/in.txt?sr=b&sp=r&sig=c2VjcmV0")?;
/// let import = SubmitJob::import_upsert(file, results);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// - 403: the hub is not of the Standard tier.
///
/// [Export and modify registrations in bulk]: https://learn.microsoft.com/azure/notification-hubs/export-modify-registrations-bulk
#[derive(Clone, Debug)]
pub struct SubmitJob {
    job_type: JobType,
    import_file_uri: Option<SasUri>,
    output_container_uri: SasUri,
}

impl SubmitJob {
    /// Writes all registrations to a file in this container. The URL's signature must allow read, write and list.
    pub fn export(output_container_uri: SasUri) -> SubmitJob {
        SubmitJob { job_type: JobType::ExportRegistrations, import_file_uri: None, output_container_uri }
    }

    /// Creates the registrations in a file. The service chooses the ids.
    ///
    /// [`job::import_line`](crate::job::import_line) writes the lines of the file, for all four kinds of import.
    pub fn import_create(import_file_uri: SasUri, output_container_uri: SasUri) -> SubmitJob {
        SubmitJob::import(JobType::ImportCreateRegistrations, import_file_uri, output_container_uri)
    }

    /// Replaces the registrations in a file. They must exist.
    pub fn import_update(import_file_uri: SasUri, output_container_uri: SasUri) -> SubmitJob {
        SubmitJob::import(JobType::ImportUpdateRegistrations, import_file_uri, output_container_uri)
    }

    /// Creates the registrations in a file, or replaces those that exist.
    pub fn import_upsert(import_file_uri: SasUri, output_container_uri: SasUri) -> SubmitJob {
        SubmitJob::import(JobType::ImportUpsertRegistrations, import_file_uri, output_container_uri)
    }

    /// Deletes the registrations in a file.
    pub fn import_delete(import_file_uri: SasUri, output_container_uri: SasUri) -> SubmitJob {
        SubmitJob::import(JobType::ImportDeleteRegistrations, import_file_uri, output_container_uri)
    }

    fn import(job_type: JobType, import_file_uri: SasUri, output_container_uri: SasUri) -> SubmitJob {
        SubmitJob { job_type, import_file_uri: Some(import_file_uri), output_container_uri }
    }
}

impl Operation for SubmitJob {
    /// The new job, with its id.
    type Output = Job;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        let body = atom::write("NotificationHubJob", |xml| {
            push_element(xml, "Type", self.job_type.as_str())?;
            push_element(xml, "OutputContainerUri", self.output_container_uri.as_str())?;
            match &self.import_file_uri {
                Some(uri) => Ok(push_element(xml, "ImportFileUri", uri.as_str())?),
                None => Ok(()),
            }
        })?;
        draft
            .method(Method::POST)
            .path(&["jobs"])?
            .header(header::CONTENT_TYPE, atom::CONTENT_TYPE)
            .body(body);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Job, ServiceError> {
        job_entry(response)
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JobStatus;
    use crate::operations::test_support::{JOB_ENTRY, answer, head, request};

    fn uri(tail: &str) -> SasUri {
        SasUri::new(format!("https://a.net/{tail}")).unwrap()
    }

    #[test]
    fn asks() {
        let import = request(&SubmitJob::import_delete(uri("in?a&b"), uri("out"))).unwrap();
        assert_eq!(
            head(&import),
            "POST https://contoso.servicebus.windows.net/news/jobs?api-version=2020-06\n\
             content-type: application/atom+xml;type=entry;charset=utf-8"
        );
        let body = String::from_utf8(import.body().to_vec()).unwrap();
        assert!(body.contains(
            "<Type>ImportDeleteRegistrations</Type><OutputContainerUri>https://a.net/out</OutputContainerUri>\
             <ImportFileUri>https://a.net/in?a&amp;b</ImportFileUri>"
        ));
        let export = request(&SubmitJob::export(uri("out"))).unwrap();
        let body = String::from_utf8(export.body().to_vec()).unwrap();
        assert!(body.contains("<Type>ExportRegistrations</Type>") && !body.contains("ImportFileUri"));
    }

    #[test]
    fn reads() {
        let export = SubmitJob::export(uri("out"));
        let job = export.response(answer(201, &[], JOB_ENTRY)).unwrap();
        // The service leaves these fields out.
        assert_eq!((job.job_id.as_str(), &job.status, job.progress), ("1", &JobStatus::Started, 0.0));
        assert!(export.response(answer(201, &[], "")).unwrap_err().is_unreadable());
        assert!(export.response(answer(403, &[], "")).unwrap_err().is_forbidden());
    }
}
