//! What a namespace deals with: values, without HTTP and without XML.

pub(crate) mod condition;
pub(crate) mod contract;
pub(crate) mod dead_device;
pub(crate) mod declared_hub;
pub(crate) mod delivery;
pub(crate) mod demo;
pub(crate) mod handle_filter;
pub(crate) mod hub_description;
pub(crate) mod ids;
pub(crate) mod installation;
pub(crate) mod job;
pub(crate) mod key;
pub(crate) mod logged_request;
pub(crate) mod logged_send;
pub(crate) mod notification;
pub(crate) mod notification_record;
pub(crate) mod packed;
pub(crate) mod payload_kind;
pub(crate) mod refusal;
pub(crate) mod registration;
pub(crate) mod scheduled;
pub(crate) mod send;
pub(crate) mod tier;
pub(crate) mod verdict;
