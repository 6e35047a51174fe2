use super::entry::job_entry;
use crate::text::id;
use crate::{BuildError, Draft, Job, Operation, ServiceError};
use bytes::Bytes;
use http::Response;

/// Reads the status of a job: `GET /{hub}/jobs/{id}` ([Export and modify registrations in bulk]). Needs a hub of the Standard
/// tier.
///
/// ```
/// use nh_core::GetJob;
///
/// let get = GetJob::new("2518085877924241193a972e50a-f767-43f5-9389-22c9956daafa")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// - 404: the hub has no job with this id.
/// - 403: the hub is not of the Standard tier.
///
/// [Export and modify registrations in bulk]: https://learn.microsoft.com/azure/notification-hubs/export-modify-registrations-bulk
#[derive(Clone, Debug)]
pub struct GetJob {
    job_id: String,
}

impl GetJob {
    /// Asks for the job with this id. [`SubmitJob`](crate::SubmitJob) and [`ListJobs`](crate::ListJobs) return it.
    ///
    /// # Errors
    /// Fails if the id is empty, `.` or `..`: the request would go to another resource.
    pub fn new(job_id: impl Into<String>) -> Result<GetJob, BuildError> {
        Ok(GetJob { job_id: id("job id", job_id)? })
    }
}

impl Operation for GetJob {
    type Output = Job;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["jobs", &self.job_id])?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Job, ServiceError> {
        job_entry(response)
    }

    fn repeatable(&self) -> bool {
        true
    }

    /// The answer contains URLs with signatures.
    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{JOB_ENTRY, answer, head, request};
    use crate::{JobStatus, JobType};

    #[test]
    fn asks() {
        assert_eq!(
            head(&request(&GetJob::new("1").unwrap()).unwrap()),
            "GET https://contoso.servicebus.windows.net/news/jobs/1?api-version=2020-06"
        );
        assert!(GetJob::new("").is_err());
    }

    #[test]
    fn reads() {
        let get = GetJob::new("1").unwrap();
        let finished = JOB_ENTRY.replace(
            "<Type>",
            "<Progress>99.99</Progress><Status>Completed</Status>
            <OutputProperties xmlns:d='http://schemas.microsoft.com/2003/10/Serialization/Arrays'><d:KeyValueOfstringstring>
            <d:Key>OutputFilePath</d:Key><d:Value>test//hub/1/Output.txt</d:Value></d:KeyValueOfstringstring></OutputProperties>
            <Type>",
        );
        let job = get.response(answer(200, &[], finished.leak())).unwrap();
        assert_eq!(
            (job.job_type.clone(), job.status.clone()),
            (JobType::ExportRegistrations, JobStatus::Completed)
        );
        assert_eq!((job.progress, job.output_file_path()), (99.99, Some("test//hub/1/Output.txt")));
        assert!(!format!("{job:?}").contains("sesame"));
        let broken = JOB_ENTRY.replace("<Type>", "<Progress>much</Progress><Type>");
        assert!(get.response(answer(200, &[], broken.leak())).unwrap_err().is_unreadable());
        assert!(get.response(answer(404, &[], "")).unwrap_err().is_not_found());
    }
}
