//! What people write, and what the service answers, as nh-core reads it.

use super::request::{build, hub, now};
use super::{arguments, text};
use nh_core::bytes::Bytes;
use nh_core::http::{HeaderValue, Method, Request, Response};
use nh_core::migrate::{self, Migration};
use nh_core::nh_outcome::xml::push_element;
use nh_core::retry::{Decision, Fate, RetryPolicy};
use nh_core::{
    Audience, Blob, BlobContainer, CancelScheduledNotification, ConnectionString, CreateHub,
    CreateRegistration, DeleteInstallation, DeleteRegistration, DeviceHandle, Format, GetBlob, GetHub,
    GetInstallation, GetJob, GetNotificationDetails, GetRegistration, Hub, Installation, InstallationChange,
    ListBlobs, ListHubDescriptions, ListHubs, ListJobs, ListRegistrations, ListRegistrationsByHandle,
    ListRegistrationsByTag, Namespace, Notification, Operation, PatchInstallation, Platform, PnsHandle,
    PushSubscription, PutInstallation, Registration, RegistrationTemplate, SasUri, ScheduleNotification,
    SendDirect, SendDirectBatch, SendNotification, ServiceError, SubmitJob, Tag, TagExpression,
    UpdateRegistration, UpsertRegistration, job, notification,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

fn home() -> Hub {
    hub("news").expect("a legal name")
}

fn answer(body: &[u8]) -> Response<Bytes> {
    Response::new(Bytes::copy_from_slice(body))
}

/// A connection string: what its parts say is read again, and no error repeats its key.
pub fn connection_string(bytes: &[u8]) {
    let text = text(bytes);
    no_key_shown(&text);
    let Ok(parsed) = ConnectionString::parse(&text) else { return };
    let (endpoint, name) = (parsed.endpoint(), parsed.shared_access_key_name());
    assert!(
        endpoint.authority().is_some() && endpoint.path() == "/" && endpoint.query().is_none(),
        "{endpoint}"
    );
    let entity = parsed.entity_path().map(|entity| format!("EntityPath={entity}")).unwrap_or_default();
    let again = format!("Endpoint={endpoint};SharedAccessKeyName={name};SharedAccessKey=c2VjcmV0;{entity}");
    let again = ConnectionString::parse(&again).expect("its parts were read");
    assert_eq!(again.endpoint(), endpoint);
    assert_eq!((again.shared_access_key_name(), again.entity_path()), (name, parsed.entity_path()));
    if let Ok(hub) = Hub::from_connection_string(&parsed, parsed.entity_path().unwrap_or("news")) {
        assert_eq!(hub.uri().authority(), endpoint.authority());
        build(&hub, &ListJobs);
    }
}

/// Looks for the key, as a reader of the documentation finds it. The same words can stand elsewhere by chance: then they are also
/// shown with another key.
fn no_key_shown(connection_string: &str) {
    let shown = |text: &str| match ConnectionString::parse(text) {
        Ok(parsed) => format!("{parsed:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    for part in connection_string.split(';') {
        let Some((name, key)) = part.split_once('=') else { continue };
        let key = key.trim();
        if name.trim().eq_ignore_ascii_case("SharedAccessKey")
            && key.len() >= 8
            && connection_string.matches(key).count() == 1
            && shown(connection_string).contains(key)
        {
            let other = connection_string.replace(key, &"x".repeat(key.len()));
            assert!(shown(&other).contains(key), "the key in: {}", shown(connection_string));
        }
    }
}

/// A tag is an expression, and the same tag again.
pub fn tag(bytes: &[u8]) {
    let Ok(tag) = Tag::new(text(bytes)) else { return };
    assert_eq!(Tag::new(tag.as_str()).expect("it is a tag"), tag);
    let expression = TagExpression::from(&tag);
    assert_eq!(TagExpression::parse(tag.as_str()).expect("a tag is an expression"), expression);
    build(&home(), &ListRegistrationsByTag::new(&tag).expect("it is a tag"));
}

/// A tag expression, and what can be made of it with operators: what is printed is read as equal.
pub fn tag_expression(bytes: &[u8]) {
    let Ok(expression) = TagExpression::parse(text(bytes)) else { return };
    let again = TagExpression::parse(expression.to_string()).expect("what is printed is an expression");
    assert_eq!(again, expression);
    let json = serde_json::to_string(&expression).expect("it is a text");
    assert_eq!(serde_json::from_str::<TagExpression>(&json).expect("it was written"), expression);
    for combined in [
        expression.clone() & TagExpression::from(Tag::new("a").expect("a tag")),
        Tag::new("a").expect("a tag") | expression.clone(),
        !expression.clone(),
    ] {
        let Ok(audience) = Audience::expression(&combined) else { continue };
        let printed = audience.as_expression().expect("it is not everyone");
        assert_eq!(TagExpression::parse(printed).expect("what is sent is an expression"), combined);
    }
    let tags: Vec<String> = expression.tags().map(|tag| tag.as_str().to_ascii_uppercase()).collect();
    assert_eq!(expression.matches(&tags), again.matches(&tags));
}

/// Templates: the values that fill them in, and those of registrations, for each platform. What is written is read as equal.
pub fn template(bytes: &[u8]) {
    if let Ok(template) = notification::Template::from_payload(bytes) {
        let values: BTreeMap<String, String> = serde_json::from_slice(bytes).expect("a flat object of texts");
        let again = Notification::from(Notification::template(&values).expect("they were taken"));
        let read: BTreeMap<String, String> = serde_json::from_slice(again.body()).expect("it was written");
        assert_eq!((read, Notification::from(template).body()), (values, &Bytes::copy_from_slice(bytes)));
    }
    let [name, header, body] = arguments(bytes).map(text);
    let mut template = RegistrationTemplate::new(body);
    if let Ok(named) = template.clone().with_name(name) {
        template = named;
    }
    if let Some((name, value)) = header.split_once(':')
        && let Ok(with_header) = template.clone().with_header(name, value)
    {
        template = with_header;
    }
    for platform in Platform::KNOWN {
        let parts = PnsHandle::part_names(platform).map(|_| "ab");
        let Ok(handle) = PnsHandle::from_parts(platform, parts) else { continue };
        round(&Registration::new(handle).with_template(template.clone()));
    }
}

/// A registration that can be written is read as it was.
fn round(registration: &Registration) {
    if let Ok(line) = job::import_line(registration) {
        assert!(!line.contains(['\n', '\r']), "one line: {line}");
        let read = job::lines(&line).next().expect("a line").registration().expect("it was written");
        assert_eq!(job::import_line(&read).expect("it was read"), line);
        assert_eq!((read.handle(), read.tags()), (registration.handle(), registration.tags()));
        assert_eq!(read.push_variables(), registration.push_variables());
        assert_eq!(
            read.template().map(|template| template.body()),
            registration.template().map(|template| template.body())
        );
    }
    let hub = home();
    if let Some(created) = build(&hub, &CreateRegistration::new(registration)) {
        let read = CreateRegistration::new(registration).response(answered(created));
        let read = read.expect("an entry that was written");
        assert_eq!((read.handle(), read.tags()), (registration.handle(), registration.tags()));
        assert_eq!(read.push_variables(), registration.push_variables());
    }
    if let Ok(update) = UpdateRegistration::of(registration) {
        build(&hub, &update);
    }
    match migrate::registration(registration) {
        Migration::Migrated(new) => {
            assert_eq!(new.push_variables(), registration.push_variables());
            assert!(new.tags().iter().all(|tag| registration.tags().contains(tag)));
            assert_eq!(migrate::registration(&new), Migration::AlreadyThere);
            assert!(migrate::is_same(&new, &new) && !migrate::is_same(&new, registration));
            build(&hub, &CreateRegistration::new(&new)).expect("a successor can be written");
        }
        Migration::Reported(why) => assert!(!why.is_empty()),
        Migration::AlreadyThere | Migration::OtherPlatform => {}
    }
    let json = serde_json::to_value(registration).expect("a registration is JSON");
    if let Ok(read) = serde_json::from_value::<Registration>(json.clone()) {
        let mut again = serde_json::to_value(&read).expect("a registration is JSON");
        // Only the service sets it.
        again["expiration_time"] = json["expiration_time"].clone();
        assert_eq!(again, json);
    }
}

/// The service answers a write with what was written.
fn answered(request: Request<Bytes>) -> Response<Bytes> {
    Response::new(request.into_body())
}

/// Payloads of any bytes in every format go out byte for byte.
pub fn payload(bytes: &[u8]) {
    for format in Format::known() {
        if let Ok(notification) = Notification::with_headers(format, bytes, &[]) {
            assert_eq!(notification.body(), bytes);
            let send = SendNotification::new(notification, Audience::EVERYONE).expect("everyone");
            build(&home(), &send);
        }
    }
}

/// The entry of one registration: what is read is written, and read back equal.
pub fn registration_entry(bytes: &[u8]) {
    if let Ok(registration) = GetRegistration::new("1").expect("a legal id").response(answer(bytes)) {
        round(&registration);
    }
}

/// A page of registrations, and the request for the next one.
pub fn registration_feed(bytes: &[u8]) {
    let [token, body] = arguments(bytes);
    for (token, body) in [(&b""[..], bytes), (token, body)] {
        let mut response = answer(body);
        if let Ok(token) = HeaderValue::from_bytes(token) {
            response.headers_mut().insert("x-ms-continuationtoken", token);
        }
        let Ok(page) = ListRegistrations::new().response(response) else { continue };
        page.items.iter().for_each(round);
        if let Some(next) = page.next {
            build(&home(), &next);
        }
    }
}

/// A registration as JSON, as people write it.
pub fn registration_json(bytes: &[u8]) {
    if let Ok(registration) = serde_json::from_slice::<Registration>(bytes) {
        round(&registration);
    }
}

/// An installation is read, changed and written: what the change does not name stays, also what this version does not know.
pub fn installation(bytes: &[u8]) {
    let Ok(installation) = GetInstallation::new("1").expect("a legal id").response(answer(bytes)) else {
        return;
    };
    let json = serde_json::to_string(&installation).expect("an installation is JSON");
    let again = serde_json::from_str::<Installation>(&json).expect("it was written");
    assert_eq!(again, installation);
    assert!(again.unknown_members().eq(installation.unknown_members()));
    let changed = again.with_tag("changed").expect("a tag").without_tag("changed");
    if !installation.tags().iter().any(|tag| tag.eq_ignore_ascii_case("changed")) {
        assert_eq!(changed, installation);
    }
    let id = installation.id().to_owned();
    let put = PutInstallation::new(installation.clone());
    if let Some(request) = build(&home(), &put) {
        let written = serde_json::from_slice::<Installation>(request.body()).expect("it was written");
        assert_eq!((written.id(), written.tags()), (&*id, installation.tags()));
        assert_eq!(written.push_channel(), installation.push_channel());
        assert_eq!(written.push_variables(), installation.push_variables());
        let names = |of: &Installation| of.templates().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&written), names(&installation));
    }
    if let Migration::Migrated(new) = migrate::installation(&installation) {
        assert_eq!((new.id(), new.tags(), new.user()), (&*id, installation.tags(), installation.user()));
        assert_eq!(migrate::installation(&new), Migration::AlreadyThere);
        build(&home(), &PutInstallation::new(new)).expect("a successor can be put");
    }
}

/// The changes of an installation: an operation, a path and a value on lines of their own. The patch says what was given.
pub fn patch(bytes: &[u8]) {
    let [op, path, value] = arguments(bytes).map(text);
    let value = (!value.is_empty()).then(|| value.into_owned());
    let one = |change: InstallationChange| {
        let patch = PatchInstallation::new("1", [change]).expect("one change");
        let request = build(&home(), &patch).expect("a change can be written");
        assert_eq!(request.method(), Method::PATCH);
        let Ok(Value::Array(mut changes)) = serde_json::from_slice(request.body()) else { panic!("no list") };
        assert_eq!(changes.len(), 1);
        changes.remove(0)
    };
    if let Ok(change) = InstallationChange::new(&op, &path, value.clone()) {
        let change = one(change);
        assert_eq!((&change["op"], &change["path"]), (&Value::from(&*op), &Value::from(&*path)));
        assert_eq!(change.get("value"), value.clone().map(Value::from).as_ref());
    }
    // Whatever a name is, it is one name of the path.
    let change = one(InstallationChange::push_variable(&path, "1"));
    let pointer = change["path"].as_str().expect("a text");
    let mut names = pointer.split('/').map(|name| name.replace("~1", "/").replace("~0", "~"));
    assert_eq!((names.next().as_deref(), names.next().as_deref()), (Some(""), Some("pushVariables")));
    assert_eq!((names.next().as_deref(), names.next()), (Some(&*path), None));
}

/// A job and a list of jobs: a job that is read alone is read equal in a list, and its JSON says the same.
pub fn job(bytes: &[u8]) {
    let _ = ListJobs.response(answer(bytes));
    let Ok(job) = GetJob::new("1").expect("a legal id").response(answer(bytes)) else { return };
    let json = serde_json::to_value(&job).expect("a job is JSON");
    assert_eq!(json["job_id"], job.job_id);
    assert_eq!(json["status"], job.status.as_str());
    if bytes.starts_with(b"<entry") {
        let entry = text(bytes);
        let feed = format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">{entry}{entry}</feed>");
        let jobs = ListJobs.response(answer(feed.as_bytes())).expect("each of them was read");
        assert_eq!(jobs, [job.clone(), job]);
    }
}

/// The lines of a job's file: the registrations in them are written, and read back equal.
pub fn job_lines(bytes: &[u8]) {
    for line in job::lines(&text(bytes)) {
        assert!(!line.text.contains(['\n', '\r']) || line.text.trim() == line.text);
        if let Ok(registration) = line.registration() {
            round(&registration);
        }
    }
}

/// The descriptions of hubs: what is read is written, and read back with the same credentials, rules and texts.
pub fn hub_description(bytes: &[u8]) {
    let _ = ListHubs.response(answer(bytes));
    let _ = ListHubDescriptions::new().response(answer(bytes));
    let Ok(hub) = GetHub::new("news").expect("a legal name").response(answer(bytes)) else { return };
    let text =
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
    let namespace = Namespace::from_connection_string(text).expect("a legal string");
    let create = CreateHub::new("news", hub.clone()).expect("a legal name");
    let Ok(request) = namespace.request(&create, now()) else { return };
    assert_eq!(request.uri().path(), "/news");
    let again = create.response(answered(request)).expect("it was written");
    assert_eq!(again.credentials(), hub.credentials());
    assert_eq!(again.authorization_rules(), hub.authorization_rules());
    assert_eq!(
        (again.registration_ttl(), again.user_metadata()),
        (hub.registration_ttl(), hub.user_metadata())
    );
    assert_eq!(again.is_disabled(), hub.is_disabled());
}

/// A status, `Retry-After` and `Date` on lines of their own: no wait is longer than the time that is left, or shorter than asked.
pub fn retry_after(bytes: &[u8]) {
    let [status, after, date] = arguments(bytes);
    let status = text(status).trim().parse().unwrap_or(429);
    let response =
        Response::builder().status(status).header("retry-after", after).header("date", date.trim_ascii());
    let Ok(response) = response.body(Bytes::new()) else { return };
    let fate = Fate::of_response(&response);
    assert_eq!(fate.is_none(), response.status().is_success());
    let error = ServiceError::check(response).err();
    let Some(fate) = fate else { return };
    let error = error.expect("no success is an error");
    if let Fate::NotDone { retry_after } = fate {
        assert!(matches!(error.status().as_u16(), 403 | 429 | 503), "{error}");
        let left = Duration::from_secs(3600);
        match RetryPolicy::new().start(false).after(fate, left, 0) {
            Decision::Wait(wait) => {
                assert!(wait < left && wait >= retry_after.unwrap_or_default(), "{wait:?}")
            }
            Decision::GiveUp(_) => assert!(retry_after.is_some_and(|asked| asked >= left), "{retry_after:?}"),
            _ => unreachable!("there is no other decision"),
        }
    }
}

/// `Location` and the tracking id of an answer on lines of their own. An id that is read can be asked for, in its own hub.
pub fn receipt(bytes: &[u8]) {
    let [location, tracking, body] = arguments(bytes);
    let mut answer = answer(body);
    for (name, value) in [("location", location), ("trackingid", tracking)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            answer.headers_mut().insert(name, value);
        }
    }
    let send = Notification::apple("{}").expect("a payload");
    let Ok(receipt) = SendNotification::new(send, "a").expect("a tag").response(answer) else { return };
    if let Some(id) = receipt.notification_id
        && let Ok(details) = GetNotificationDetails::new(id)
    {
        build(&home(), &details);
    }
}

/// The URL of a container or blob: it goes out as it was given.
pub fn sas_uri(bytes: &[u8]) {
    let text = text(bytes);
    let Ok(uri) = SasUri::new(&*text) else { return };
    assert_eq!(uri.as_str(), text);
    let job = SubmitJob::import_create(uri.clone(), uri);
    let Some(request) = build(&home(), &job) else { return };
    assert!(job.response(answered(request)).is_ok(), "a job that was written can be read");
}

/// A page of a container's blobs: what is read is written, and read back equal; the next page is asked for inside the container.
pub fn blob_list(bytes: &[u8]) {
    let list = ListBlobs::new();
    let Ok(page) = list.response(Response::new(Bytes::copy_from_slice(bytes))) else { return };
    let home = SasUri::new("https://a.blob.example/c?sv=1&sig=x").and_then(|uri| BlobContainer::new(&uri));
    let home = home.expect("it is the URL of a container");
    if let Some(next) = &page.next {
        let request = home.request(next, now()).expect("a marker that was read can be sent");
        assert_eq!(request.uri().path(), "/c");
        let query = request.uri().query().expect("it has a signature");
        assert!(query.starts_with("sv=1&sig=x&restype=container&comp=list&marker="), "{query}");
        assert_eq!(query.matches('&').count(), 4, "{query}");
    }
    let mut xml = "<EnumerationResults><Blobs>".to_owned();
    for blob in &page.items {
        if let Ok(get) = GetBlob::new(blob.name.as_str())
            && let Ok(request) = home.request(&get, now())
        {
            assert!(request.uri().path().starts_with("/c/"), "{}", request.uri());
        }
        xml.push_str("<Blob>");
        // XML cannot hold every character that the reader lets pass.
        if push_element(&mut xml, "Name", &blob.name).is_err() {
            return;
        }
        xml += &format!("<Properties><Content-Length>{}</Content-Length></Properties></Blob>", blob.size);
    }
    xml.push_str("</Blobs></EnumerationResults>");
    let again = list.response(Response::new(Bytes::from(xml))).expect("it was written");
    let known = |blob: &Blob| (blob.name.clone(), blob.size);
    assert!(again.items.iter().map(known).eq(page.items.iter().map(known)));
}

/// A hub, a tag, an id, a handle and a payload on lines of their own: whatever they are, all that is built is a message of
/// HTTP/1.1 inside the hub.
pub fn requests(bytes: &[u8]) {
    let [name, tag, id, handle, payload] = arguments(bytes).map(text);
    let hub = hub(&name).unwrap_or_else(|_| home());
    every_request(&hub, &tag, &id, &handle, &payload);
}

/// Builds all operations that the core makes of these texts.
pub fn every_request(hub: &Hub, tag: &str, id: &str, handle: &str, payload: &str) {
    let build_some = |operation: Result<Box<dyn Built>, nh_core::BuildError>| {
        if let Ok(operation) = operation {
            operation.build(hub);
        }
    };
    for format in Format::known() {
        let Ok(notification) = Notification::with_headers(format, payload, &[]) else { continue };
        build_some(SendNotification::new(notification.clone(), tag).map(boxed));
        build_some(SendNotification::new(notification.clone(), tag).map(|send| boxed(send.test())));
        build_some(SendDirect::new(notification.clone(), handle).map(boxed));
        build_some(SendDirectBatch::new(notification.clone(), [handle, "another"]).map(boxed));
        build_some(ScheduleNotification::new(notification, tag, now() + Duration::from_secs(60)).map(boxed));
    }
    let browser = serde_json::from_str::<PushSubscription>(handle);
    build_some(
        browser
            .map_err(|_| missing())
            .and_then(DeviceHandle::browser)
            .and_then(|device| SendDirect::new(Notification::browser(payload)?, device).map(boxed)),
    );
    build_some(ListRegistrationsByTag::new(tag).map(boxed));
    build_some(ListRegistrationsByTag::new("a").and_then(|list| list.top(1).after(id)).map(boxed));
    build_some(CancelScheduledNotification::new(id).map(boxed));
    build_some(GetNotificationDetails::new(id).map(boxed));
    build_some(GetJob::new(id).map(boxed));
    build_some(GetRegistration::new(id).map(boxed));
    build_some(DeleteRegistration::new(id).map(boxed));
    build_some(
        nh_core::IfMatch::etag(tag).and_then(|etag| Ok(boxed(DeleteRegistration::new(id)?.if_match(etag)))),
    );
    build_some(GetInstallation::new(id).map(boxed));
    build_some(DeleteInstallation::new(id).map(boxed));
    build_some(
        InstallationChange::add_tag(tag).and_then(|change| PatchInstallation::new(id, [change])).map(boxed),
    );
    for platform in Platform::KNOWN {
        let parts = PnsHandle::part_names(platform).map(|_| handle);
        if let Ok(handle) = PnsHandle::from_parts(platform, parts) {
            build_some(Ok(boxed(ListRegistrationsByHandle::new(handle.clone()))));
            let registration = Registration::new(handle);
            let registration = registration.clone().with_tag(tag).unwrap_or(registration);
            let registration = registration.with_push_variable(tag, payload);
            build_some(UpsertRegistration::new(id, registration.clone()).map(boxed));
            build_some(Ok(boxed(CreateRegistration::new(registration))));
        }
        build_some(Installation::new(id, platform.clone(), handle).map(|installation| {
            let tagged = installation.clone().with_tag(tag).unwrap_or(installation);
            boxed(PutInstallation::new(tagged.with_push_variable(tag, payload)))
        }));
    }
    build_some(SasUri::new(handle).map(|uri| boxed(SubmitJob::export(uri))));
}

/// An operation of any type.
trait Built {
    fn build(&self, hub: &Hub);
}

impl<O: Operation> Built for O {
    fn build(&self, hub: &Hub) {
        build(hub, self);
    }
}

fn boxed<O: Operation + 'static>(operation: O) -> Box<dyn Built> {
    Box::new(operation)
}

/// Some error: the text is no subscription.
fn missing() -> nh_core::BuildError {
    Tag::new("").expect_err("a tag is not empty")
}
