//! Imports and exports of many registrations.

use crate::{Client, Error};
use nh_core::{GetJob, Job, ListJobs, SubmitJob};
use std::time::Duration;

impl Client {
    /// Starts an import or export.
    ///
    /// ```
    /// use nh_core::{JobStatus, SasUri, SubmitJob, job};
    /// # use std::time::Duration;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let results = SasUri::new(emulator.container_uri("results"))?;
    /// let job = client.submit_job(SubmitJob::export(results)).await?;
    /// let job = client.wait_for_job(job.job_id, Duration::from_secs(60 * 60)).await?;
    /// assert_eq!(job.status, JobStatus::Completed);
    ///
    /// let file = emulator.read_blob(job.output_file_path().expect("it is completed")).expect("it has been written");
    /// let registrations = job::lines(std::str::from_utf8(&file)?).map(|line| line.registration());
    /// assert_eq!(registrations.filter(Result::is_ok).count(), 11);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn submit_job(&self, job: SubmitJob) -> Result<Job, Error> {
        self.execute(&job).await
    }

    /// How far a job is.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn get_job(&self, job_id: impl Into<String>) -> Result<Job, Error> {
        self.execute(&GetJob::new(job_id)?).await
    }

    /// Asks until a job is completed or failed, every ten seconds, for at most `time` (jobs can take hours).
    ///
    /// # Errors
    /// As [`Client::execute`]. When the time is over, the job is given as far as it has come.
    pub async fn wait_for_job(&self, job_id: impl Into<String>, time: Duration) -> Result<Job, Error> {
        let ask = GetJob::new(job_id)?;
        let polling = self.exchange.polling(time);
        loop {
            let job = self.execute(&ask).await?;
            if job.status.is_final() || !polling.pause().await {
                return Ok(job);
            }
        }
    }

    /// All jobs of the hub.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn list_jobs(&self) -> Result<Vec<Job>, Error> {
        self.execute(&ListJobs).await
    }
}
