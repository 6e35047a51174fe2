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
    /// ```
    /// # use nh_core::{JobStatus, SasUri, SubmitJob};
    /// # use std::time::Duration;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let results = SasUri::new(emulator.container_uri("results"))?;
    /// let job = client.submit_job(SubmitJob::export(results)).await?;
    /// let job = client.wait_for_job(job.job_id, Duration::from_secs(60 * 60)).await?;
    /// assert_eq!(job.status, JobStatus::Completed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`], but what may pass (the service is busy or throttles, a connection breaks) is waited out. It is
    /// looked a last time when the time is over; then the job is given as far as it has come.
    pub async fn wait_for_job(&self, job_id: impl Into<String>, time: Duration) -> Result<Job, Error> {
        self.watch_job(job_id, time, |_| {}).await
    }

    /// The same, and shows each look to somebody.
    ///
    /// ```
    /// # use nh_core::{SasUri, SubmitJob};
    /// # use std::time::Duration;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let results = SasUri::new(emulator.container_uri("results"))?;
    /// let job = client.submit_job(SubmitJob::export(results)).await?;
    /// let show = |job: &nh_core::Job| eprintln!("{} {} %", job.status, job.progress);
    /// client.watch_job(job.job_id, Duration::from_secs(60 * 60), show).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::wait_for_job`].
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
        self.exchange.poll(&self.hub, &GetJob::new(job_id)?, time, |_| false, done).await
    }

    /// All jobs of the hub.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn list_jobs(&self) -> Result<Vec<Job>, Error> {
        self.execute(&ListJobs).await
    }
}
