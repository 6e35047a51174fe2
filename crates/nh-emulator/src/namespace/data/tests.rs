use super::committer::Committer;
use super::data::Data;
use super::database::Database;
use super::*;
use crate::documents::hub_description;
use crate::model::demo;
use crate::model::hub_description::HubDescription;
use crate::model::installation;
use crate::model::key::random_key;
use crate::model::notification::Notification;
use crate::model::refusal::Reason;
use crate::model::registration::Registration;
use crate::namespace::hub::Hub;
use crate::namespace::registrations::{Listing, Registrations};
use crate::rules::access_rule::{AccessRule, Claim};
use crate::rules::format::Format;
use nh_core::TagExpression;
use nh_outcome::Platform;
use redb::StorageBackend;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use time::OffsetDateTime;

fn pages(hub: &Hub) -> Vec<Registration> {
    hub.state().registrations.page(&Listing::All, 0, 1000, None).unwrap().0
}

fn hub(data: &Data, name: &str) -> Hub {
    let hub = Hub::new(name, HubDescription::fresh().unwrap(), true);
    hub.keep_in(data);
    hub
}

fn rule() -> AccessRule {
    AccessRule::new(AccessRule::ROOT, &Claim::ALL, [random_key().unwrap(), random_key().unwrap()])
}

fn send(hub: &str, tags: &str) -> KeptSend {
    let headers = BTreeMap::from([("apns-priority".to_owned(), "5".to_owned())]);
    let format = Format::Native(Platform::Apple);
    let notification = Notification::new(format, headers, r#"{"aps":{}}"#.into()).unwrap();
    let at = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_700).unwrap();
    KeptSend { hub: hub.into(), at, notification, audience: Some(TagExpression::parse(tags).unwrap()) }
}

/// The hubs again, as an emulator makes them at its start.
fn again(data: &Data, kept: Kept) -> Vec<Hub> {
    let hub = |(number, hub)| {
        let hub = Hub::with(hub);
        hub.keep_on(data, number);
        hub
    };
    kept.hubs.into_iter().map(hub).collect()
}

#[test]
fn everything_is_there_again() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("made/on/the/way");
    let (data, kept) = Data::open(&place).unwrap();
    assert!(kept.hubs.is_empty() && kept.rule.is_none() && kept.scheduled.is_empty());

    let rule = rule();
    data.keep([Change::rule(&rule)]);
    let (one, two, gone) = (hub(&data, "one"), hub(&data, "Two"), hub(&data, "gone"));
    let document = json!({"installationId": "i", "platform": "apns", "pushChannel": "ab", "tags": ["x"], "templates": {"t t": {"body": "{}"}}});
    let document = installation::read(document.to_string().as_bytes()).unwrap();
    let (document, made) = installation::checked(document, "i", Some(send("one", "a").at)).unwrap();
    one.state().registrations.replace_installation("i", &made);
    one.state().installations.insert("i", document);
    let first = pages(&one)[0].id.clone();
    one.state().registrations.remove(&first);
    gone.state().installations.insert("i", serde_json::Map::new());
    gone.forget();
    gone.state().registrations.insert(&made[0]);
    one.state().gone.insert("1-2-3");
    let status = "<entry xmlns='http://www.w3.org/2005/Atom'><content><NotificationHubDescription \
        xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'><Status>true</Status>\
        </NotificationHubDescription></content></entry>";
    let disabled = hub_description::read(status.as_bytes()).unwrap();
    two.describe(disabled.over(&HubDescription::fresh().unwrap()).unwrap());
    data.keep_scheduled("waits", &send("one", "a || b"));
    data.keep_scheduled("sent", &send("one", "a"));
    data.forget_scheduled("sent");
    data.settle().unwrap();
    let token = one.state().registrations.page(&Listing::All, 0, 3, None).unwrap().1.unwrap();
    let token = percent_encoding::percent_decode_str(&token).decode_utf8().unwrap().into_owned();
    let rest = |hub: &Hub| hub.state().registrations.page(&Listing::All, 0, 99, Some(&token)).unwrap().0;
    data.close();

    let (data, kept) = Data::open(&place).unwrap();
    let keys = |rule: &AccessRule| (rule.name.clone(), rule.key.clone(), rule.secondary_key.clone());
    assert_eq!(kept.rule.as_ref().map(keys), Some(keys(&rule)));
    let [(id, waiting)] = kept.scheduled.as_slice() else { panic!("{} wait", kept.scheduled.len()) };
    assert_eq!((id.as_str(), format!("{waiting:?}")), ("waits", format!("{:?}", send("one", "a || b"))));
    let hubs = super::tests::again(&data, kept);
    let [again, other] = hubs.as_slice() else { panic!("{} hubs", hubs.len()) };
    assert_eq!((again.name.as_str(), other.name.as_str()), ("one", "Two"));
    assert_eq!(pages(again), pages(&one));
    assert_eq!(rest(again), rest(&one), "a token outlives the process");
    assert!(again.state().gone.contains("1-2-3") && !other.state().gone.contains("1-2-3"));
    assert_eq!(again.state().installations.text("i"), one.state().installations.text("i"));
    for (now, before) in [(again, &one), (other, &two)] {
        assert_eq!(now.state().description, before.state().description);
    }
    assert!(other.state().description.is_disabled());

    // And what is changed now is kept too, under numbers of its own.
    again.state().registrations.replace_installation("i", &[]);
    again.state().installations.remove("i");
    hub(&data, "three");
    data.close();
    let (data, kept) = Data::open(&place).unwrap();
    let last = super::tests::again(&data, kept);
    assert_eq!(last.iter().map(|hub| hub.name.as_str()).collect::<Vec<_>>(), ["one", "Two", "three"]);
    assert_eq!(pages(&last[0]), pages(again));
    assert_eq!(last[0].state().installations.text("i"), None);
    data.close();
}

#[test]
fn what_came_due_meanwhile_is_sent_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let (data, _) = Data::open(directory.path()).unwrap();
    hub(&data, "one");
    data.keep_scheduled("due", &send("ONE", "sports && news"));
    data.keep_scheduled("lost", &send("gone", "sports"));
    data.close();

    let emulator = crate::Emulator::builder().data(directory.path()).start_blocking().unwrap();
    while emulator.inbox().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(emulator.inbox()[0].notification_id, "due");
    drop(emulator);
    let (data, kept) = Data::open(directory.path()).unwrap();
    assert!(kept.scheduled.is_empty());
    data.close();
}

/// The file of a store with a few hundred devices, as a kill leaves it and as an end does; and the devices.
fn filled(directory: &Path) -> (PathBuf, [Vec<u8>; 2], Vec<Registration>) {
    let (data, _) = Data::open(directory).unwrap();
    data.keep([Change::rule(&rule())]);
    let hub = hub(&data, "one");
    for n in 0..300 {
        let mut device = demo::devices().swap_remove(n % 10);
        device.id = format!("{n}-1-1");
        hub.state().registrations.insert(&device);
        if n % 100 == 99 {
            data.settle().unwrap();
        }
    }
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let file = files.swap_remove(0);
    let killed = fs::read(&file).unwrap();
    data.close();
    let ended = fs::read(&file).unwrap();
    (file, [killed, ended], pages(&hub))
}

/// The one bit that nothing vouches for: which of the two newest commits is the newest. Turned over after a kill, it takes back
/// the last commit.
const WHICH: (usize, u8) = (9, 1);

#[test]
fn what_is_damaged_is_reported_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (file, stores, expected) = filled(directory.path());
    let open = |damaged: &[u8], what: &str| {
        fs::write(&file, damaged).unwrap();
        match Data::open(directory.path()) {
            // A page that holds nothing may hold anything.
            Ok((data, kept)) => {
                assert!(pages(&again(&data, kept)[0]) == expected, "{what}");
                data.close();
                0
            }
            Err(why) => {
                let why = why.to_string();
                assert!(why.contains(&*directory.path().to_string_lossy()), "{why}");
                assert!(why.contains("use another directory"), "{why}");
                assert!(fs::read(&file).unwrap() == damaged, "{what}: the file was changed; {why}");
                1
            }
        }
    };
    for whole in stores {
        assert_eq!(open(&whole, "whole"), 0);
        let mut reported = 0;
        // The header byte by byte, the rest here and there.
        let everywhere = (0..320).chain((320..whole.len()).step_by(997));
        let damages = everywhere.flat_map(|place| [(place, 0xFF), (place, 1)]);
        for (place, bits) in damages.filter(|damage| *damage != WHICH) {
            let mut damaged = whole.clone();
            damaged[place] ^= bits;
            reported += open(&damaged, &format!("byte {place} ^ {bits}"));
        }
        assert!(reported > 100, "{reported}");
        for length in [0, 1, 100, 4096, whole.len() / 2] {
            assert_eq!(open(&whole[..length], &format!("{length} bytes")), 1);
        }
        // Of the last page it depends on what went into which commit whether anything is in it.
        open(&whole[..whole.len() - 4096], "all but the last page");
    }
    assert_eq!(open(b"<html>not a store at all</html>", "html"), 1);
}

#[test]
fn anothers_store_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.redb");
    let table = redb::TableDefinition::<u64, u64>::new("theirs");
    let database = redb::Database::create(&file).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert(1, 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let why = Data::open(directory.path()).err().unwrap().to_string();
    assert!(why.contains("of another program") && why.contains("theirs"), "{why}");
    let database = redb::Database::open(&file).unwrap();
    let read = redb::ReadableDatabase::begin_read(&database).unwrap().open_table(table).unwrap();
    assert_eq!(read.get(1).unwrap().unwrap().value(), 2);

    // And one that is in use.
    let why = Data::open(directory.path()).err().unwrap();
    assert_eq!(why.kind(), io::ErrorKind::ResourceBusy);
    assert!(why.to_string().contains("in use by another emulator"), "{why}");
}

/// A disk that is full once it is told to be.
#[derive(Debug)]
struct Disk {
    inner: redb::backends::InMemoryBackend,
    full: Arc<AtomicBool>,
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.inner.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.full.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.inner.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.inner.write(offset, data)
    }
}

#[test]
fn what_cannot_be_kept_is_not_acknowledged() {
    let full = Arc::new(AtomicBool::new(false));
    let disk = Disk { inner: redb::backends::InMemoryBackend::new(), full: full.clone() };
    let database = Database::over(redb::Database::builder().create_with_backend(disk).unwrap());
    let data = Data::over(Committer::start(database, "/full".into()).unwrap());
    let one = hub(&data, "one");
    assert!(data.settle().is_ok());

    full.store(true, Ordering::Relaxed);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 0..2 {
        one.state().registrations.insert(&demo::devices()[0]);
        let refusal = runtime.block_on(data.settled()).unwrap_err();
        assert_eq!(refusal.reason, Reason::Broken);
        let detail = refusal.words.unwrap();
        assert!(detail.contains("could not be kept in /full"), "{detail}");
        assert!(data.settle().is_err());
        // Making room does not bring back what has been lost on the way.
        full.store(false, Ordering::Relaxed);
    }
    data.close();
}

/// What stores of this form hold: a change of the form needs another number.
#[test]
fn the_form_of_what_is_kept() {
    let mut device = demo::devices().swap_remove(9);
    device.installation = Some("i".into());
    let mut store = Registrations::default();
    store.note_changes(true);
    store.insert(&device);
    let (slot, kept) = store.take_changes().swap_remove(0);
    let kept = kept.unwrap();
    let hex: String = kept.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(slot, 0);
    let expected = concat!(
        "029e0229383234373232303332363435393733383030392d333135363230343837353231363933383030392d32070301",
        "030673706f72747308706f6c69746963730f245573657249643a7b616c6963657d03003c68747470733a2f2f64623570",
        "2e6e6f746966792e77696e646f77732e636f6d2f3f746f6b656e3d64656d6f2d77696e646f77732d74656d706c617465",
        "026c3c746f6173743e3c76697375616c3e3c62696e64696e672074656d706c6174653d22546f61737454657874303122",
        "3e3c746578742069643d2231223e24286772656574696e675f6672293c2f746578743e3c2f62696e64696e673e3c2f76",
        "697375616c3e3c2f746f6173743e04086772656574696e67000169010a582d574e532d5479706509776e732f746f6173",
        "74",
    );
    assert_eq!(hex, expected);
    assert_eq!(Registrations::default().restore(7, &kept), Some(()));
}
