//! What is measured without the feature: nothing.

use crate::bulk::Account;
use crate::call::Call;
use crate::error::Error;
use bytes::Bytes;
use http::{Request, StatusCode};
use nh_core::retry::Fate;
use std::time::{Duration, Instant};

pub(crate) fn call(_: &dyn Call, _: Option<&Error>, _: impl FnOnce() -> Duration) {}

pub(crate) fn waited(_: &dyn Call, _: Duration, _throttled: bool) {}

pub(crate) fn bulk(_before: &Account, _now: &Account) {}

pub(crate) struct Attempt;

impl Attempt {
    pub(crate) fn begin(
        _: &dyn Call,
        _: &Request<Bytes>,
        _number: u32,
        _now: impl FnOnce() -> Instant,
    ) -> Attempt {
        Attempt
    }

    pub(crate) fn answered(self, _: StatusCode, _: Option<Fate>, _now: impl FnOnce() -> Instant) {}

    pub(crate) fn failed(self, _: &Error, _now: impl FnOnce() -> Instant) {}
}
