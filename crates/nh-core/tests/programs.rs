//! What a user writes without looking it up. These programs are the specification of the arguments: each line compiles, and means
//! what it says.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]
#![allow(clippy::needless_borrows_for_generic_args, reason = "what is borrowed is the question")]
#![allow(clippy::disallowed_methods, reason = "a program has a clock")]

use nh_core::notification::{Badge, BrowserPayload, FcmV1Payload, Tile, TileSize, Toast};
use nh_core::{
    Audience, BuildError, ConnectionString, CreateRegistration, Credential, DeviceHandle, Hub, Installation,
    InstallationChange, ListRegistrationsByHandle, ListRegistrationsByTag, Namespace, Notification,
    Operation, Payload, Platform, PnsHandle, PutInstallation, Registration, SasUri, ScheduleNotification,
    SendAll, SendDirect, SendDirectBatch, SendNotification, ServiceError, SubmitJob, Tag, TagExpression,
    UpsertRegistration, bytes::Bytes, http,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const TEXT: &str =
    "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
const TOKEN: &str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn hub() -> Hub {
    Hub::from_connection_string(TEXT, "news").unwrap()
}

fn alert() -> Notification {
    Notification::apple(r#"{"aps":{"alert":"Hello"}}"#).unwrap().into()
}

/// The tag expression that a send goes out with.
fn tags(send: Result<SendNotification, BuildError>) -> Option<String> {
    let request = hub().request(&send.unwrap(), SystemTime::now()).unwrap();
    let tags = request.headers().get("servicebusnotification-tags")?;
    Some(tags.to_str().unwrap().to_owned())
}

#[test]
fn an_audience_is_whatever_names_one() {
    let n = alert();
    let id = 7;
    let text: String = "user:7".into();
    let shared: std::sync::Arc<str> = "user:7".into();
    for send in [
        SendNotification::new(&n, "user:7"),
        SendNotification::new(&n, format!("user:{id}")),
        SendNotification::new(&n, &text),
        SendNotification::new(&n, text.as_str()),
        SendNotification::new(&n, Cow::Borrowed("user:7")),
        SendNotification::new(&n, Cow::<str>::Owned(text.clone())),
        SendNotification::new(&n, text.clone().into_boxed_str()),
        SendNotification::new(&n, shared),
        SendNotification::new(n.clone(), Tag::new("user:7").unwrap()),
        SendNotification::new(&n, &Tag::new(&text).unwrap()),
        SendNotification::new(&n, TagExpression::parse("user:7").unwrap()),
        SendNotification::new(&n, &TagExpression::parse(&text).unwrap()),
        SendNotification::new(&n, Audience::tag(&text).unwrap()),
        SendNotification::new(&n, &Audience::tag(text.clone()).unwrap()),
        SendNotification::new(&n, ["user:7"]),
        SendNotification::new(&n, vec![text.clone()]),
        SendNotification::new(&n, HashSet::from([text.clone()])),
        SendNotification::new(&n, &BTreeSet::from([Tag::new("user:7").unwrap()])),
    ] {
        assert_eq!(tags(send).as_deref(), Some("user:7"));
    }
    assert_eq!(tags(SendNotification::new(&n, Audience::EVERYONE)), None);
}

#[test]
fn a_list_of_tags_is_any_of_them() {
    let n = alert();
    let owned: Vec<String> = vec!["a".into(), "b".into()];
    let borrowed: Vec<&str> = vec!["a", "b"];
    let typed: Vec<Tag> = owned.iter().map(Tag::new).collect::<Result<_, _>>().unwrap();
    let set: BTreeSet<String> = owned.iter().cloned().collect();
    for send in [
        SendNotification::new(&n, owned.clone()),
        SendNotification::new(&n, &owned),
        SendNotification::new(&n, &owned[..]),
        SendNotification::new(&n, borrowed.clone()),
        SendNotification::new(&n, &borrowed),
        SendNotification::new(&n, &borrowed[..]),
        SendNotification::new(&n, typed.clone()),
        SendNotification::new(&n, &typed),
        SendNotification::new(&n, ["a", "b"]),
        SendNotification::new(&n, &["a", "b"]),
        SendNotification::new(&n, ["a".to_owned(), "b".to_owned()]),
        SendNotification::new(&n, &set),
        SendNotification::new(&n, set.clone()),
        SendNotification::new(&n, Audience::any_of(&owned).unwrap()),
        SendNotification::new(&n, Audience::any_of(owned.iter().map(|tag| tag.to_lowercase())).unwrap()),
        SendNotification::new(&n, Audience::any_of(&set).unwrap()),
    ] {
        assert_eq!(tags(send).as_deref(), Some("a || b"));
    }
    assert!(SendNotification::new(&n, Vec::<String>::new()).is_err());
    assert!(SendNotification::new(&n, "").is_err());
}

#[test]
fn expressions_combine_owned_and_borrowed() {
    let (a, b) = (Tag::new("a").unwrap(), Tag::new("b").unwrap());
    let both = &a & &b;
    assert_eq!((&both | !&a).to_string(), "(a && b) || !a");
    assert_eq!(Audience::expression(&both).unwrap(), Audience::expression("a && b".to_owned()).unwrap());
}

#[test]
fn a_device_is_whatever_names_one() {
    let n = alert();
    let device = DeviceHandle::new(TOKEN).unwrap();
    let text = TOKEN.to_owned();
    for send in [
        SendDirect::new(&n, TOKEN),
        SendDirect::new(&n, &text),
        SendDirect::new(&n, text.clone()),
        SendDirect::new(&n, &device),
        SendDirect::new(n.clone(), device.clone()),
        SendDirect::new(&n, PnsHandle::apple(TOKEN).unwrap()),
        SendDirect::new(&n, &PnsHandle::apple(TOKEN).unwrap()),
    ] {
        let request = hub().request(&send.unwrap(), SystemTime::now()).unwrap();
        assert_eq!(request.headers()["servicebusnotification-devicehandle"], TOKEN);
    }
    let (devices, texts) = ([device.clone(), device.clone()], [text.clone(), text]);
    SendDirectBatch::new(&n, &devices).unwrap();
    SendDirectBatch::new(&n, devices.clone()).unwrap();
    SendDirectBatch::new(&n, &devices[..1]).unwrap();
    SendDirectBatch::new(&n, &texts).unwrap();
    SendDirectBatch::new(&n, texts.to_vec()).unwrap();
    SendDirectBatch::new(&n, [TOKEN]).unwrap();
    assert_eq!(SendAll::to_devices(&n).parts(&texts).count(), 1);
    assert_eq!(SendAll::to_devices(&n).parts(texts.clone()).count(), 1);
    assert_eq!(SendAll::to_devices(&n).parts(devices.iter().map(|device| device.handle())).count(), 1);
    assert_eq!(
        SendAll::to_users(&n).parts(texts.iter().map(|text| format!("user-{}", text.len()))).count(),
        1
    );
    assert_eq!(SendAll::to_tags(&n).parts([Cow::Borrowed("a"), Cow::Owned("b".to_owned())]).count(), 1);
}

#[test]
fn a_payload_is_whatever_says_it() {
    let json = serde_json::json!({"aps": {"alert": "Hello"}});
    Notification::apple(json.clone()).unwrap();
    Notification::apple(&json).unwrap();
    Notification::apple(json.to_string()).unwrap();
    Notification::apple(json.to_string().into_bytes()).unwrap();
    Notification::apple(Payload::json(&json).unwrap()).unwrap();
    Notification::windows(Toast::new("Hello")).unwrap();
    Notification::windows(&Toast::new("Hello")).unwrap();
    Notification::windows(Tile::new().binding(TileSize::Medium, ["Hello"])).unwrap();
    Notification::windows(Badge::Number(7)).unwrap();
    Notification::browser(BrowserPayload::new("Hello", "world")).unwrap();
    Notification::fcm_v1(FcmV1Payload::new().notification("Hello", "world")).unwrap();
    assert!(Notification::windows(Toast::new("\0")).is_err());
    assert!(Notification::windows(Tile::new()).is_err());
}

#[test]
fn properties_are_pairs_or_a_map() {
    let map: HashMap<String, String> = HashMap::from([("team".into(), "Redmond".into())]);
    let ordered: BTreeMap<&str, &str> = BTreeMap::from([("team", "Redmond")]);
    let pairs = vec![("team".to_owned(), "Redmond".to_owned())];
    for template in [
        Notification::template(&map),
        Notification::template(map.clone()),
        Notification::template(&ordered),
        Notification::template(ordered.clone()),
        Notification::template([("team", "Redmond")]),
        Notification::template(&[("team", "Redmond")]),
        Notification::template(&pairs),
        Notification::template(pairs.clone()),
    ] {
        assert_eq!(Notification::from(template.unwrap()).body(), r#"{"team":"Redmond"}"#);
    }
}

#[test]
fn a_connection_string_is_taken_where_its_text_is() {
    let parsed = ConnectionString::parse(TEXT).unwrap();
    for hub in [
        Hub::from_connection_string(TEXT, "news"),
        Hub::from_connection_string(TEXT.to_owned(), "news"),
        Hub::from_connection_string(&parsed, "news"),
        Namespace::from_connection_string(&parsed).and_then(|namespace| namespace.hub("news")),
        Namespace::try_from(&parsed).and_then(|namespace| namespace.hub("news")),
        Hub::try_from(&ConnectionString::parse(&format!("{TEXT};EntityPath=news")).unwrap()),
    ] {
        assert_eq!(hub.unwrap().uri(), "https://contoso.servicebus.windows.net/news");
    }
}

#[test]
fn one_kind_of_time_everywhere() {
    let later = SystemTime::now() + DAY;
    let phone = Installation::new("a213b4b2", Platform::FcmV1, "dk3:APA91b_aB-c").unwrap();
    let phone = phone.with_expiration_time(later);
    let read = phone.with_expiration_time(time::OffsetDateTime::from(later));
    assert_eq!(read.expiration_time(), Some(later.into()));
    ScheduleNotification::new(alert(), "sports", later).unwrap();
    ScheduleNotification::new(alert(), "sports", time::OffsetDateTime::from(later)).unwrap();
    let apple = Notification::apple("{}").unwrap();
    apple.clone().expiration(later);
    apple.expiration(time::OffsetDateTime::from(later));
}

/// A program whose clock is off by some 34,000 years gets errors, and no panic.
#[test]
fn a_clock_in_the_year_36812() {
    let late = UNIX_EPOCH + Duration::from_secs(1 << 40);
    let schedule = ScheduleNotification::new(alert(), "sports", late + DAY).unwrap();
    assert!(hub().request(&schedule, late).unwrap_err().is_time());
    assert!(hub().request(&schedule, SystemTime::now()).unwrap_err().is_time());
    hub().request(&SendNotification::new(alert(), "sports").unwrap(), late).unwrap();
    let phone = Installation::new("a213b4b2", Platform::FcmV1, "dk3:APA91b_aB-c").unwrap();
    let put = nh_core::PutInstallation::new(phone.with_expiration_time(late));
    assert!(hub().request(&put, SystemTime::now()).unwrap_err().is_time());
    Notification::apple("{}").unwrap().expiration(late);
}

#[test]
fn a_key_is_rotated_in_one_place() {
    let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
    let hub = Hub::new("sb://contoso.servicebus.windows.net/", "news", credential.clone()).unwrap();
    let now = SystemTime::now();
    let before = hub.authorization(now).unwrap();
    credential.replace(Credential::shared_access_key("Full", "bmV3").unwrap());
    assert_ne!(hub.authorization(now).unwrap(), before);
}

#[test]
fn lists_of_tags_for_what_is_stored() {
    let tags: Vec<String> = vec!["sports".into()];
    let phone = Installation::new("a213b4b2", Platform::FcmV1, "dk3:APA91b_aB-c").unwrap();
    phone.clone().with_tags(&tags).unwrap().with_tag(format!("user:{}", 7)).unwrap();
    phone.with_tags(tags.iter().map(String::as_str)).unwrap();
    Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c").unwrap()).with_tags(&tags).unwrap();
    InstallationChange::add_tag(&tags[0]).unwrap();
    ListRegistrationsByTag::new(format!("user:{}", 7)).unwrap();
}

#[test]
fn what_people_log_serializes() {
    let send = SendNotification::new(alert(), "sports").unwrap();
    let answer =
        http::Response::builder().status(201).header("Location", "/news/messages/NH-1").body(Bytes::new());
    let receipt = send.response(answer.unwrap()).unwrap();
    assert_eq!(serde_json::to_string(&receipt).unwrap(), r#"{"notification_id":"NH-1","tracking_id":null}"#);
    let answer = http::Response::builder().status(429).header("Retry-After", "7").body(Bytes::new()).unwrap();
    let refused = serde_json::to_value(ServiceError::check(answer).unwrap_err()).unwrap();
    assert_eq!((&refused["status"], &refused["retry_after_seconds"]), (&429.into(), &7.into()));
    let error = serde_json::to_value(Tag::new("a b").unwrap_err()).unwrap();
    assert_eq!(error["problem"], "has ' ' at byte 1");
    assert_eq!(serde_json::to_value(Audience::EVERYONE).unwrap(), serde_json::Value::Null);
    assert_eq!(serde_json::to_value(TagExpression::parse("a||b").unwrap()).unwrap(), "a||b");
}

/// Every operation can be kept behind one type.
#[test]
fn operations_are_values() {
    let n = alert();
    let sends: Vec<Box<dyn Operation<Output = nh_core::Receipt>>> = vec![
        Box::new(SendNotification::new(&n, "sports").unwrap()),
        Box::new(SendDirect::new(&n, TOKEN).unwrap()),
        Box::new(SendDirectBatch::new(&n, [TOKEN]).unwrap()),
        Box::new(ScheduleNotification::new(&n, "sports", SystemTime::now() + DAY).unwrap()),
    ];
    let names: Vec<_> = sends.iter().map(|send| send.name()).collect();
    assert_eq!(names, ["SendNotification", "SendDirect", "SendDirectBatch", "ScheduleNotification"]);
    for send in &sends {
        assert_eq!(hub().request(&**send, SystemTime::now()).unwrap().method(), http::Method::POST);
    }
}

/// A box, a reference and an `Arc` of an operation are operations.
#[test]
fn an_operation_behind_a_pointer() {
    fn path<O: Operation>(operation: O) -> String {
        hub().request(&operation, SystemTime::now()).unwrap().uri().path().to_owned()
    }
    let registrations = ListRegistrationsByTag::new("sports").unwrap();
    let send = SendNotification::new(alert(), "sports").unwrap();
    let boxed: Vec<Box<dyn Operation<Output = nh_core::Receipt>>> = vec![Box::new(send.clone())];
    for operation in &boxed {
        assert_eq!((path(operation).as_str(), operation.name()), ("/news/messages", "SendNotification"));
        assert!(!Operation::repeatable(operation));
    }
    assert_eq!(path(std::sync::Arc::new(send)), "/news/messages");
    assert!(Operation::repeatable(&&registrations));
    assert_eq!(path(&registrations), "/news/tags/sports/registrations");
}

/// A program keeps tags in its settings and compares them with texts.
#[test]
fn tags_in_settings() {
    let tags: Vec<Tag> = nh_core::serde_json::from_str(r#"["sports", "team:42"]"#).unwrap();
    assert_eq!(tags, ["sports", "team:42"]);
    assert!(tags[0] == *"sports" && tags.iter().any(|tag| tag == "team:42"));
    assert_eq!(nh_core::serde_json::to_string(&tags).unwrap(), r#"["sports","team:42"]"#);
    let error = nh_core::serde_json::from_str::<Tag>(r#""breaking news""#).unwrap_err().to_string();
    assert!(error.contains("' ' at byte 8"), "{error}");

    let expression: TagExpression = nh_core::serde_json::from_str(r#""a && !b""#).unwrap();
    assert_eq!(expression, TagExpression::parse("a && !b").unwrap());
    let error = nh_core::serde_json::from_str::<TagExpression>(r#""a && ""#).unwrap_err().to_string();
    assert!(error.contains("\"a &&\": ends at byte 4"), "{error}");
}

/// What a program keeps, it lends; what it has made for the call, it gives away.
#[test]
fn what_is_kept_is_lent() {
    let phone = Installation::new("8a2c1b7e", Platform::FcmV1, "device-token").unwrap();
    let handle = PnsHandle::gcm("g").unwrap();
    let registration = Registration::new(&handle);
    let (put, again) = (PutInstallation::new(&phone), PutInstallation::new(phone));
    let create = CreateRegistration::new(&registration);
    let upsert = UpsertRegistration::new("1-2-3", &registration).unwrap();
    let list = ListRegistrationsByHandle::new(&handle);
    let now = SystemTime::now();
    let body = |operation: &dyn Operation<Output = ()>| hub().request(operation, now).unwrap().into_body();
    assert_eq!(body(&put), body(&again));
    for operation in [&create as &dyn Operation<Output = Registration>, &upsert] {
        assert!(hub().request(operation, now).is_ok());
    }
    assert!(hub().request(&list, now).is_ok());
    assert_eq!(Hub::from(&hub()).name(), hub().name());
}

/// Names and addresses come from the environment or from settings, as `String`.
#[test]
fn names_are_any_text() {
    let name = String::from("news");
    let namespace = Namespace::from_connection_string(TEXT).unwrap();
    let hubs = [
        Hub::from_connection_string(TEXT, &name),
        Hub::from_connection_string(TEXT, name.clone()),
        Hub::new(String::from("sb://contoso.servicebus.windows.net/"), &name, namespace.credential().clone()),
        namespace.hub(&name),
        namespace.hub(name),
    ];
    assert!(hubs.iter().all(|hub| hub.as_ref().unwrap().name() == "news"));
    let uri: SasUri = String::from("https://acct.blob.core.windows.net/jobs?sig=c2VjcmV0").parse().unwrap();
    assert_eq!(SubmitJob::export(uri).name(), "SubmitJob");
}
