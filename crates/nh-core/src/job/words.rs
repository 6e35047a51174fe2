use nh_outcome::words;

words! {
    /// The types of jobs ([Export and modify registrations in bulk]).
    ///
    /// [Export and modify registrations in bulk]: https://learn.microsoft.com/azure/notification-hubs/export-modify-registrations-bulk
    pub enum JobType {
        /// The job writes all registrations to a file.
        ExportRegistrations = "ExportRegistrations",
        /// The job creates registrations. The service chooses their ids.
        ImportCreateRegistrations = "ImportCreateRegistrations",
        /// The job replaces registrations that exist.
        ImportUpdateRegistrations = "ImportUpdateRegistrations",
        /// The job deletes registrations.
        ImportDeleteRegistrations = "ImportDeleteRegistrations",
        /// The job creates registrations, or replaces those that exist.
        ImportUpsertRegistrations = "ImportUpsertRegistrations",
    }
}

words! {
    /// The status of a job.
    pub enum JobStatus {
        /// The service has accepted the job.
        Started = "Started",
        /// The service works on the job.
        Running = "Running",
        /// The job is done. Some lines may have failed: see [`Job::failed_file_path`](crate::Job::failed_file_path).
        Completed = "Completed",
        /// The job failed. [`Job::failure`](crate::Job::failure) says why.
        Failed = "Failed",
    }
}

impl JobStatus {
    /// Returns true if the status cannot change any more.
    ///
    /// ```
    /// use nh_core::JobStatus;
    ///
    /// assert!(JobStatus::Failed.is_final() && !JobStatus::Running.is_final());
    /// ```
    pub fn is_final(&self) -> bool {
        matches!(self, JobStatus::Completed | JobStatus::Failed)
    }
}
