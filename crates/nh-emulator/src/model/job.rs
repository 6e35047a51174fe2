use super::ids;
use time::OffsetDateTime;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobKind {
    Export,
    ImportCreate,
    ImportUpdate,
    ImportDelete,
    ImportUpsert,
}

impl JobKind {
    const ALL: [JobKind; 5] = [
        JobKind::Export,
        JobKind::ImportCreate,
        JobKind::ImportUpdate,
        JobKind::ImportDelete,
        JobKind::ImportUpsert,
    ];

    pub(crate) fn of(word: &str) -> Option<JobKind> {
        JobKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            JobKind::Export => "ExportRegistrations",
            JobKind::ImportCreate => "ImportCreateRegistrations",
            JobKind::ImportUpdate => "ImportUpdateRegistrations",
            JobKind::ImportDelete => "ImportDeleteRegistrations",
            JobKind::ImportUpsert => "ImportUpsertRegistrations",
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewJob {
    pub(crate) kind: JobKind,
    /// The signed URL of the container for its files.
    pub(crate) output: String,
    /// The signed URL of the file to import.
    pub(crate) input: Option<String>,
}

/// An import or export of registrations.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) asked: NewJob,
    pub(crate) state: JobState,
    pub(crate) created: OffsetDateTime,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    Started,
    Completed { output_path: String, failed_path: String },
    Failed(String),
}

impl Job {
    pub(crate) fn started(asked: NewJob) -> Job {
        let created = OffsetDateTime::now_utc();
        Job { id: ids::job_id(created), asked, state: JobState::Started, created }
    }
}
