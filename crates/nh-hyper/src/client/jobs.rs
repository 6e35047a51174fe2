//! Imports and exports of many registrations.

use crate::Client;
use crate::error::Error;
use nh_core::{GetJob, Job, ListJobs, SubmitJob};
use std::time::Duration;

impl Client {
    /// Starts an import or export.
    ///
    /// ```
    /// use nh_hyper::nh_core::{JobStatus, job};
    /// use nh_hyper::{SasUri, SubmitJob};
    /// # use std::time::Duration;
    /// # demo::run!(|client, emulator| {
    /// let results = SasUri::new(emulator.container_uri("results"))?;
    /// let job = client.submit_job(SubmitJob::export(results)).await?;
    /// let job = client.wait_for_job(job.job_id, Duration::from_secs(60 * 60)).await?;
    /// assert_eq!(job.status, JobStatus::Completed);
    ///
    /// let file = emulator.read_blob(job.output_file_path().expect("it is completed")).expect("it has been written");
    /// let registrations = job::lines(std::str::from_utf8(&file)?).map(|line| line.registration());
    /// assert_eq!(registrations.filter(Result::is_ok).count(), 10);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn submit_job(&self, job: SubmitJob) -> Result<Job, Error> {
        self.execute(&job).await
    }

    /// Reads how far a job is.
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn get_job(&self, job_id: impl Into<String>) -> Result<Job, Error> {
        self.execute(&GetJob::new(job_id)?).await
    }

    /// Asks every ten seconds until a job is completed or has failed, for at most `time`. Jobs can take hours.
    ///
    /// ```
    /// # use nh_hyper::{SasUri, SubmitJob, nh_core::JobStatus};
    /// # use std::time::Duration;
    /// # demo::run!(|client, emulator| {
    /// # let results = SasUri::new(emulator.container_uri("results"))?;
    /// let job = client.submit_job(SubmitJob::export(results)).await?;
    /// let job = client.wait_for_job(job.job_id, Duration::from_secs(60 * 60)).await?;
    /// assert_eq!(job.status, JobStatus::Completed);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`], except that it waits while the service is busy or throttles, and when a connection breaks. When
    /// the time is over it asks a last time, and returns the job as it is then.
    pub async fn wait_for_job(&self, job_id: impl Into<String>, time: Duration) -> Result<Job, Error> {
        self.watch_job(job_id, time, |_| {}).await
    }

    /// Waits like [`wait_for_job`](Client::wait_for_job), and calls `look` with each state that it reads.
    ///
    /// ```
    /// # use nh_hyper::{SasUri, SubmitJob};
    /// # use std::time::Duration;
    /// # demo::run!(|client, emulator| {
    /// # let results = SasUri::new(emulator.container_uri("results"))?;
    /// let job = client.submit_job(SubmitJob::export(results)).await?;
    /// let show = |job: &nh_hyper::nh_core::Job| eprintln!("{} {} %", job.status, job.progress);
    /// client.watch_job(job.job_id, Duration::from_secs(60 * 60), show).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::wait_for_job`].
    pub async fn watch_job(
        &self,
        job_id: impl Into<String>,
        time: Duration,
        mut look: impl FnMut(&Job),
    ) -> Result<Job, Error> {
        let done = |job: &Job| {
            look(job);
            job.status.is_final()
        };
        self.transport.poll(&self.hub, &GetJob::new(job_id)?, time, None, |_| false, done).await
    }

    /// Reads all jobs of the hub.
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn list_jobs(&self) -> Result<Vec<Job>, Error> {
        self.execute(&ListJobs).await
    }
}
