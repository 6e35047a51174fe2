//! The service's documents: XML to values and back.

pub(crate) mod blob_list;
pub(crate) mod hub_description;
pub(crate) mod job;
pub(crate) mod notification_details;
pub(crate) mod outcome;
pub(crate) mod pns_feedback;
pub(crate) mod read_registration;
pub(crate) mod write_registration;
