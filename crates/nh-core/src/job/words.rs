use serde::{Serialize, Serializer};
use std::fmt;

/// An enum of the service's words, and one variant for words that this version does not know.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A word that this version does not know, as it was written.
            Other(String),
        }

        impl $name {
            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $word,)*
                    $name::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> $name {
                match word {
                    $($word => $name::$variant,)*
                    other => $name::Other(other.to_owned()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    /// What a job does.
    JobType {
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
    JobStatus {
        /// Submitted.
        Started = "Started",
        /// Under way.
        Running = "Running",
        /// Done; single lines may still have failed.
        Completed = "Completed",
        /// Given up: [`Job::failure`](super::Job::failure) says why.
        Failed = "Failed",
    }
}

impl JobStatus {
    /// Will nothing more happen?
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
