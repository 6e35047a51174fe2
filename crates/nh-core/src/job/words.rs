use nh_outcome::words;

words! {
    /// What a job does.
    pub enum JobType {
        /// Writes all registrations to a file.
        ExportRegistrations = "ExportRegistrations",
        /// Creates registrations; the service chooses the ids.
        ImportCreateRegistrations = "ImportCreateRegistrations",
        /// Replaces registrations that exist.
        ImportUpdateRegistrations = "ImportUpdateRegistrations",
        /// Deletes registrations.
        ImportDeleteRegistrations = "ImportDeleteRegistrations",
        /// Creates registrations or replaces them.
        ImportUpsertRegistrations = "ImportUpsertRegistrations",
    }
}

words! {
    /// How far a job is.
    pub enum JobStatus {
        /// Somebody submitted it.
        Started = "Started",
        /// The service is working on it.
        Running = "Running",
        /// It is done. Single lines may still have failed.
        Completed = "Completed",
        /// The service gave up. [`Job::failure`](crate::Job::failure) says why.
        Failed = "Failed",
    }
}

impl JobStatus {
    /// Returns true if the status will not change any more.
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
