use bytes::Bytes;
use http::{Request, Response, Uri};
use nh_core::retry::Fate;
use nh_core::{BuildError, Credential, Operation, Target, dump};
use std::fmt::Display;
use std::time::SystemTime;

/// What is asked of an operation by every attempt at it.
pub(crate) trait Call: Sync {
    fn name(&self) -> &'static str;
    fn target(&self) -> &dyn Display;
    fn address(&self) -> &Uri;
    fn signed_by(&self) -> Option<&Credential>;
    fn repeatable(&self) -> bool;
    fn request(&self, now: SystemTime) -> Result<Request<Bytes>, BuildError>;
    fn fate(&self, response: &Response<Bytes>) -> Option<Fate>;
    fn show_request(&self, request: &Request<Bytes>) -> String;
    fn show_response(&self, response: &Response<Bytes>) -> String;
}

/// An operation that is asked of a target.
pub(crate) struct Asked<'a, T, O: ?Sized> {
    pub(crate) target: &'a T,
    pub(crate) operation: &'a O,
}

impl<T: Target, O: Operation<T> + ?Sized> Call for Asked<'_, T, O> {
    fn name(&self) -> &'static str {
        self.operation.name()
    }
    fn target(&self) -> &dyn Display {
        self.target
    }
    fn address(&self) -> &Uri {
        self.target.address()
    }
    fn signed_by(&self) -> Option<&Credential> {
        self.target.signed_by()
    }
    fn repeatable(&self) -> bool {
        self.operation.repeatable()
    }
    fn request(&self, now: SystemTime) -> Result<Request<Bytes>, BuildError> {
        self.target.request(self.operation, now)
    }
    fn fate(&self, response: &Response<Bytes>) -> Option<Fate> {
        self.operation.fate(response)
    }
    fn show_request(&self, request: &Request<Bytes>) -> String {
        dump::request(self.operation, request).to_string()
    }
    fn show_response(&self, response: &Response<Bytes>) -> String {
        dump::response(self.operation, response).to_string()
    }
}
