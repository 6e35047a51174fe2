use crate::path::{push_flag, push_query, push_segment};
use crate::resource_manager::API_VERSION;
use crate::retry::Fate;
use crate::{BlobContainer, BuildError, Credential, Hub, Namespace, ResourceManager, ServiceError};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, header};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A target of requests: a [`Hub`], a [`Namespace`], a [`BlobContainer`] or a [`ResourceManager`]. The trait is sealed.
///
/// Code that works with every target needs this trait. For one target, [`Hub::request`], [`Namespace::request`],
/// [`BlobContainer::request`] or [`ResourceManager::request`] is enough.
///
/// ```
/// use nh_core::{BuildError, Hub, ListJobs, Operation, Target, bytes::Bytes, http::Request};
/// use std::time::SystemTime;
///
/// fn signed<T: Target, O: Operation<T>>(target: &T, operation: &O) -> Result<Request<Bytes>, BuildError> {
///     println!("{} for {target}", operation.name());
///     target.request(operation, SystemTime::now())
/// }
///
/// # let hub = Hub::from_connection_string(
/// #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
/// assert_eq!(signed(&hub, &ListJobs)?.uri().path(), "/news/jobs");
/// # Ok::<(), BuildError>(())
/// ```
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait Target: Sealed + Sized + Send + Sync + fmt::Display {
    /// Builds and signs the request for `operation`. `now` is the current time.
    ///
    /// # Errors
    /// Fails if the operation cannot be written as a request, or if [`Hub::authorization`] would fail. Nothing has been sent.
    #[inline]
    fn request<O: Operation<Self> + ?Sized>(
        &self,
        operation: &O,
        now: SystemTime,
    ) -> Result<Request<Bytes>, BuildError> {
        request(self, operation, now)
    }

    /// Returns the URL of the target without its signature: `https://{host}[:port]/{hub}`, the same without the hub's name for a
    /// namespace or a resource manager, and `https://{account}/{container}` for a container. The service counts the requests to one host
    /// together.
    ///
    /// ```
    /// use nh_core::{Hub, Target};
    ///
    /// let text = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
    /// let hub = Hub::from_connection_string(text, "news")?;
    /// assert_eq!(hub.address().host(), Some("contoso.servicebus.windows.net"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    fn address(&self) -> &Uri {
        self.root()
    }

    /// Returns the credential that signs the requests to a hub or a namespace, and `None` for other targets.
    ///
    /// ```
    /// use nh_core::{Hub, Target};
    ///
    /// let text = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
    /// let hub = Hub::from_connection_string(text, "news")?;
    /// assert!(hub.signed_by().is_some_and(|credential| credential.is_same(hub.credential())));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    fn signed_by(&self) -> Option<&Credential> {
        self.signer()
    }
}

trait Sealed {
    fn root(&self) -> &Uri;

    fn signer(&self) -> Option<&Credential>;

    /// Writes the first parameters of the query of every request, without a `?`.
    fn push_query(&self, uri: &mut String);

    /// The `Authorization` of a request; `None` if the query has the signature.
    fn authorization(&self, now: SystemTime) -> Result<Option<HeaderValue>, BuildError>;
}

/// A value that knows how to ask the service for something, and how to read the answer. A transport only carries it.
///
/// You can write operations of your own. They are addressed and signed like all others. A `Box`, an `Arc` and a reference of
/// an operation are operations too.
///
/// ```
/// use nh_core::{BuildError, Draft, Hub, Operation, ServiceError};
/// use nh_core::{bytes::Bytes, http::{Method, Response}};
///
/// /// How many tags the hub's own debug endpoint knows (made up).
/// struct CountTags;
///
/// impl Operation for CountTags {
///     type Output = u64;
///     fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
///         draft.method(Method::GET).path(&["tags", "$count"])?.query("top", "10");
///         Ok(())
///     }
///     fn response(&self, response: Response<Bytes>) -> Result<u64, ServiceError> {
///         let response = ServiceError::check(response)?;
///         let text = String::from_utf8_lossy(response.body());
///         text.parse().map_err(|why: std::num::ParseIntError| ServiceError::unreadable(&response, why))
///     }
///     fn repeatable(&self) -> bool {
///         true
///     }
/// }
///
/// # let hub = Hub::from_connection_string(
/// #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
/// let request = hub.request(&CountTags, std::time::SystemTime::now())?;
/// assert_eq!(request.uri(), "https://contoso.servicebus.windows.net/news/tags/$count?api-version=2020-06&top=10");
/// # Ok::<(), BuildError>(())
/// ```
pub trait Operation<T: Target = Hub>: Send + Sync {
    /// The answer of the service, as a value.
    type Output;

    /// Writes the request into the draft. The draft knows the address and the time, and its target signs the request.
    ///
    /// # Errors
    /// Fails if the service would refuse the request.
    fn draft(&self, draft: &mut Draft<'_, T>) -> Result<(), BuildError>;

    /// Reads the whole response: status, headers and body.
    ///
    /// # Errors
    /// Fails if the status is not a success, or if the content cannot be read.
    fn response(&self, response: Response<Bytes>) -> Result<Self::Output, ServiceError>;

    /// Returns true if the operation can be carried out twice without harm, as reads, deletes and whole replacements can. A
    /// transport repeats any other operation only if the first attempt was certainly not carried out.
    fn repeatable(&self) -> bool;

    /// Returns what the answer says about the attempt, or `None` if the answer is a success. A transport asks this before it decides
    /// whether to try again. Override it only if a status has a meaning that is special to this operation.
    ///
    /// ```
    /// use nh_core::{CreateRegistration, Operation, PnsHandle, Registration, bytes::Bytes, http::Response, retry::Fate};
    ///
    /// let busy = Response::builder().status(409).body(Bytes::new())?;
    /// let create = CreateRegistration::new(Registration::new(PnsHandle::gcm("token")?));
    /// // The service answers so when registrations are written too fast.
    /// assert_eq!(create.fate(&busy), Some(Fate::NotDone { retry_after: None }));
    /// // For other operations a 409 is the answer.
    /// assert_eq!(Fate::of_response(&busy), Some(Fate::Final));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn fate(&self, response: &Response<Bytes>) -> Option<Fate> {
        Fate::of_response(response)
    }

    /// Returns true if its bodies carry secrets. Then no dump shows them.
    fn confidential(&self) -> bool {
        false
    }

    /// Returns the name for traces: the name of its type.
    fn name(&self) -> &'static str {
        let path = std::any::type_name::<Self>();
        let path = path.split('<').next().unwrap_or(path);
        path.rsplit("::").next().unwrap_or(path)
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: Target, O: Operation<T> + ?Sized> Operation<T> for $pointer {
            type Output = O::Output;
            fn draft(&self, draft: &mut Draft<'_, T>) -> Result<(), BuildError> {
                (**self).draft(draft)
            }
            fn response(&self, response: Response<Bytes>) -> Result<O::Output, ServiceError> {
                (**self).response(response)
            }
            fn repeatable(&self) -> bool {
                (**self).repeatable()
            }
            fn fate(&self, response: &Response<Bytes>) -> Option<Fate> {
                (**self).fate(response)
            }
            fn confidential(&self) -> bool {
                (**self).confidential()
            }
            fn name(&self) -> &'static str {
                (**self).name()
            }
        }
    )*};
}
pointers!(&O, Box<O>, Arc<O>);

/// A request that an [`Operation`] is writing. [`Target::request`] makes it, addresses it and signs it, so an operation cannot
/// send a request without a signature. [`Operation`] has an example.
///
/// A new draft is a `GET` to the target itself, without a body.
pub struct Draft<'a, T = Hub> {
    target: &'a T,
    now: SystemTime,
    /// Borrowed, so that the operation writes into the caller's request.
    request: &'a mut Request<Bytes>,
    /// The path below the target and the query, if the request has no prepared URI.
    path: String,
    query: String,
}

impl<'a, T: Target> Draft<'a, T> {
    /// Returns the target of the request.
    pub fn target(&self) -> &'a T {
        self.target
    }

    /// Returns the time of the request.
    pub fn now(&self) -> SystemTime {
        self.now
    }

    /// Sets the method. The default is `GET`.
    pub fn method(&mut self, method: Method) -> &mut Self {
        *self.request.method_mut() = method;
        self
    }

    /// Sets the path below the target. Each segment is percent-encoded, also a `/` inside it.
    ///
    /// # Errors
    /// Fails if a segment is empty, `.` or `..`: the request would go to another resource.
    pub fn path(&mut self, segments: &[&str]) -> Result<&mut Self, BuildError> {
        self.path.clear();
        for segment in segments {
            push_segment(&mut self.path, segment)?;
        }
        Ok(self)
    }

    /// Adds a query parameter. Its name and value are percent-encoded. The `api-version` is added without this call, and so is the
    /// signature of a container.
    pub fn query(&mut self, name: &str, value: &str) -> &mut Self {
        push_query(&mut self.query, name, value);
        self
    }

    /// Adds a query parameter with a value that is percent-encoded already.
    pub(crate) fn query_encoded(&mut self, name: &str, value: &str) -> &mut Self {
        push_flag(&mut self.query, name);
        self.query.push('=');
        self.query.push_str(value);
        self
    }

    /// Adds a query parameter without a value. Its name is percent-encoded.
    pub fn query_flag(&mut self, name: &str) -> &mut Self {
        push_flag(&mut self.query, name);
        self
    }

    /// Sets a header. An earlier value of the same header is replaced. The signature replaces `Authorization`.
    pub fn header(&mut self, name: HeaderName, value: HeaderValue) -> &mut Self {
        self.request.headers_mut().insert(name, value);
        self
    }

    /// Returns all headers, to change them. The signature replaces `Authorization`.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.request.headers_mut()
    }

    /// Sets the body. The default is empty.
    pub fn body(&mut self, body: Bytes) -> &mut Self {
        *self.request.body_mut() = body;
        self
    }

    /// Sets a URI that the target has prepared. This allocates nothing.
    pub(crate) fn ready(&mut self, uri: &Uri) -> &mut Self {
        *self.request.uri_mut() = uri.clone();
        self
    }

    fn address(&mut self) -> Result<(), BuildError> {
        let root = self.target.root();
        let mut path = format!("{}{}?", root.path().trim_end_matches('/'), self.path);
        self.target.push_query(&mut path);
        path.push_str(&self.query);
        let mut parts = root.clone().into_parts();
        let refuse =
            |why: &dyn fmt::Display| BuildError::new("path of the request", why, "use shorter names");
        parts.path_and_query = Some(path.parse().map_err(|why: http::uri::InvalidUri| refuse(&why))?);
        *self.request.uri_mut() = Uri::from_parts(parts).map_err(|why| refuse(&why))?;
        Ok(())
    }
}

impl<T> fmt::Debug for Draft<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("method", self.request.method())
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// Builds and signs the request for `operation`. `now` is the current time. Any HTTP stack can send the request.
    ///
    /// # Errors
    /// Fails if the operation cannot be written as a request, or if [`Hub::authorization`] fails. Nothing has been sent.
    #[inline]
    pub fn request<O: Operation + ?Sized>(
        &self,
        operation: &O,
        now: SystemTime,
    ) -> Result<Request<Bytes>, BuildError> {
        request(self, operation, now)
    }
}

impl Namespace {
    /// Builds and signs the request for `operation`. `now` is the current time. Any HTTP stack can send the request.
    ///
    /// # Errors
    /// Fails if the operation cannot be written as a request, or if [`Hub::authorization`] would fail. Nothing has been sent.
    pub fn request<O: Operation<Namespace> + ?Sized>(
        &self,
        operation: &O,
        now: SystemTime,
    ) -> Result<Request<Bytes>, BuildError> {
        request(self, operation, now)
    }
}

impl BlobContainer {
    /// Builds the request for `operation`. The signature of the container's URL is in its query. `now` is the current time. Any HTTP
    /// stack can send the request.
    ///
    /// # Errors
    /// Fails if the operation cannot be written as a request. Nothing has been sent.
    pub fn request<O: Operation<BlobContainer> + ?Sized>(
        &self,
        operation: &O,
        now: SystemTime,
    ) -> Result<Request<Bytes>, BuildError> {
        request(self, operation, now)
    }
}

impl ResourceManager {
    /// Builds the request for `operation`, with the access token. `now` is the current time. Any HTTP stack can send the request.
    ///
    /// # Errors
    /// Fails if the operation cannot be written as a request, or if the access token has ended. Nothing has been sent.
    pub fn request<O: Operation<ResourceManager> + ?Sized>(
        &self,
        operation: &O,
        now: SystemTime,
    ) -> Result<Request<Bytes>, BuildError> {
        request(self, operation, now)
    }
}

/// What the targets of the service itself have in common.
macro_rules! sites {
    ($($target:ty),*) => {$(
        impl Target for $target {}
        impl Sealed for $target {
            fn root(&self) -> &Uri {
                &self.site().root
            }
            fn signer(&self) -> Option<&Credential> {
                Some(self.site().signer.credential())
            }
            fn push_query(&self, uri: &mut String) {
                uri.push_str("api-version=");
                uri.push_str(&self.site().api_version);
            }
            fn authorization(&self, now: SystemTime) -> Result<Option<HeaderValue>, BuildError> {
                self.site().signer.authorization(now).map(Some)
            }
        }
    )*};
}
sites!(Hub, Namespace);

impl Target for BlobContainer {}
impl Sealed for BlobContainer {
    fn root(&self) -> &Uri {
        self.uri()
    }
    fn signer(&self) -> Option<&Credential> {
        None
    }
    fn push_query(&self, uri: &mut String) {
        uri.push_str(self.signature());
    }
    fn authorization(&self, _: SystemTime) -> Result<Option<HeaderValue>, BuildError> {
        Ok(None)
    }
}

impl Target for ResourceManager {}
impl Sealed for ResourceManager {
    fn root(&self) -> &Uri {
        self.uri()
    }
    fn signer(&self) -> Option<&Credential> {
        None
    }
    fn push_query(&self, uri: &mut String) {
        uri.push_str("api-version=");
        uri.push_str(API_VERSION);
    }
    fn authorization(&self, now: SystemTime) -> Result<Option<HeaderValue>, BuildError> {
        self.token().authorization(now).map(Some)
    }
}

#[inline]
fn request<T: Target, O: Operation<T> + ?Sized>(
    target: &T,
    operation: &O,
    now: SystemTime,
) -> Result<Request<Bytes>, BuildError> {
    let mut request = Request::new(Bytes::new());
    let mut draft = Draft { target, now, request: &mut request, path: String::new(), query: String::new() };
    operation.draft(&mut draft)?;
    // Only a prepared URI has a scheme.
    if draft.request.uri().scheme().is_none() {
        draft.address()?;
    }
    // Some HTTP clients do not say the length of nothing, which a POST should (RFC 9110, 8.6). Servers may refuse it then (411).
    if request.body().is_empty() && *request.method() == Method::POST {
        request.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from_static("0"));
    }
    match target.authorization(now)? {
        Some(authorization) => request.headers_mut().insert(header::AUTHORIZATION, authorization),
        None => request.headers_mut().remove(header::AUTHORIZATION),
    };
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::now;
    use crate::{Audience, Notification, Receipt, SendNotification};

    struct Forger;
    impl Operation for Forger {
        type Output = ();
        fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
            draft.path(&["a/b", "c d"])?.header(header::AUTHORIZATION, HeaderValue::from_static("forged"));
            Ok(())
        }
        fn response(&self, response: Response<Bytes>) -> Result<(), ServiceError> {
            ServiceError::check(response).map(drop)
        }
        fn repeatable(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_trace_names_the_type() {
        let send = || SendNotification::new(Notification::apple("{}").unwrap(), Audience::EVERYONE).unwrap();
        let boxed: Box<dyn Operation<Output = Receipt>> = Box::new(send());
        assert_eq!((boxed.name(), Forger.name()), ("SendNotification", "Forger"));
        assert_eq!(send().test().name(), "TestSend");
    }

    fn hub() -> Hub {
        let text =
            "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
        Hub::from_connection_string(text, "news").unwrap()
    }

    #[test]
    fn an_operation_cannot_forget_or_forge_the_signature() {
        let request = hub().request(&Forger, now()).unwrap();
        let authorization = &request.headers()[header::AUTHORIZATION];
        assert!(authorization.to_str().unwrap().starts_with("SharedAccessSignature "));
        assert!(authorization.is_sensitive());
        assert_eq!(request.uri().path(), "/news/a%2Fb/c%20d");
    }

    #[test]
    fn operations_are_object_safe() {
        let send = SendNotification::new(Notification::apple("{}").unwrap(), Audience::EVERYONE).unwrap();
        let operations: Vec<Box<dyn Operation<Output = Receipt>>> = vec![Box::new(send)];
        assert_eq!(hub().request(&*operations[0], now()).unwrap().method(), Method::POST);
    }
}
