use crate::{BuildError, Draft, Job, Operation, ServiceError, atom};
use bytes::Bytes;
use http::Response;

/// Lists all jobs of the hub: `GET /{hub}/jobs` ([Export and modify registrations in bulk]). Needs a hub of the Standard tier.
///
/// ```
/// use nh_core::{ListJobs, Operation, bytes::Bytes, http::Response};
///
/// let answer = Response::new(Bytes::from("<feed xmlns='http://www.w3.org/2005/Atom'/>"));
/// assert!(ListJobs.response(answer)?.is_empty());
/// # Ok::<(), nh_core::ServiceError>(())
/// ```
///
/// # Errors
/// - 403: the hub is not of the Standard tier.
///
/// [Export and modify registrations in bulk]: https://learn.microsoft.com/azure/notification-hubs/export-modify-registrations-bulk
#[derive(Clone, Copy, Debug)]
pub struct ListJobs;

impl Operation for ListJobs {
    type Output = Vec<Job>;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["jobs"])?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<Job>, ServiceError> {
        let response = ServiceError::check(response)?;
        atom::read_contents(response.body(), Job::read)
            .map_err(|why| ServiceError::unreadable(&response, why))
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

    #[test]
    fn asks() {
        assert_eq!(
            head(&request(&ListJobs).unwrap()),
            "GET https://contoso.servicebus.windows.net/news/jobs?api-version=2020-06"
        );
    }

    #[test]
    fn reads() {
        let feed = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>jobs</title>{JOB_ENTRY}{JOB_ENTRY}</feed>"
        );
        let jobs = ListJobs.response(answer(200, &[], feed.leak())).unwrap();
        assert_eq!(jobs.iter().map(|job| job.job_id.as_str()).collect::<Vec<_>>(), ["1", "1"]);
        assert!(ListJobs.response(answer(200, &[], "this is not XML")).unwrap_err().is_unreadable());
        assert!(ListJobs.response(answer(403, &[], "")).unwrap_err().is_forbidden());
    }
}
