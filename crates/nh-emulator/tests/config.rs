//! What a file declares is there at the start, after a reset, and after a second start over what is kept.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_core::DeclaredHub;
use nh_emulator::{Config, Emulator, NewDevice, Platform, Rejection};
use std::collections::BTreeSet;

const EXAMPLE: &str = include_str!("../docs/emulator.toml");

#[test]
fn the_example_of_the_guide_starts() {
    let guide = include_str!("../docs/config.md");
    assert!(guide.contains(EXAMPLE), "docs/config.md shows docs/emulator.toml as it is");
    let config = Config::parse(EXAMPLE).unwrap();
    let shown = format!("{config:?} {:?}", Emulator::builder().config(config.clone()));
    assert!(!shown.contains("AAECAwQF") && !shown.contains("c2VjcmV0"), "{shown}");
    let emulator = Emulator::builder().config(config).start_blocking().unwrap();
    let check = || {
        let mut devices = emulator.devices();
        devices.sort_by(|a, b| a.pns_handle.cmp(&b.pns_handle));
        let handles: Vec<_> = devices.iter().map(|device| &*device.pns_handle).collect();
        assert_eq!(handles, ["phone", "reader", "tablet"]);
        assert_eq!(devices[0].registrations[0].installation_id.as_deref(), Some("i1"));
        assert_eq!(devices[1].rejection, Some(Rejection::WrongToken));
        assert_eq!(devices[2].registrations[0].tags, ["sports"]);
        assert_eq!(emulator.faults().len(), 1);
        assert!(emulator.now() > std::time::SystemTime::now());
    };
    check();
    assert_eq!(emulator.hubs(), ["news"]);
    assert!(emulator.connection_string().contains("SharedAccessKeyName=backend;SharedAccessKey=AAECAwQF"));
    assert!(emulator.namespace_connection_string().contains("SharedAccessKey=AAECAwQF"));
    emulator.register_device(NewDevice::new(Platform::Adm)).unwrap();
    emulator.clear_faults();
    emulator.reset().unwrap();
    check();
}

#[test]
fn over_what_is_kept_it_is_applied_again_and_adds_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let start = |text: &str| {
        let config = Config::parse(text).unwrap();
        Emulator::builder().config(config).data(directory.path()).start_blocking()
    };
    let first = "[[hubs]]\nname = \"news\"\nuser_metadata = \"one\"\n\
         [[devices]]\nplatform = \"adm\"\npns_handle = \"tablet\"\ntags = [\"a\"]\n\
         [[installations]]\ninstallationId = \"i1\"\nplatform = \"adm\"\npushChannel = \"phone\"";
    let emulator = start(first).unwrap();
    emulator.register_device(NewDevice::new(Platform::Adm).pns_handle("other")).unwrap();
    // Nobody declares this template: it stays, though its handle is declared.
    emulator.register_device(NewDevice::new(Platform::Adm).pns_handle("tablet").template("t", "{}")).unwrap();
    let ids = |emulator: &Emulator| {
        let devices = emulator.devices().into_iter().filter(|device| device.pns_handle == "tablet");
        devices
            .flat_map(|device| device.registrations)
            .map(|one| one.registration_id)
            .collect::<BTreeSet<_>>()
    };
    let before = ids(&emulator);
    assert_eq!(before.len(), 2);
    let key = emulator.connection_string().rsplit_once(';').unwrap().1.to_owned();
    drop(emulator);
    for tag in ["a", "b"] {
        let text = first.replace("\"a\"", &format!("\"{tag}\""));
        let emulator = start(&text).unwrap();
        let mut devices = emulator.devices();
        devices.sort_by(|a, b| a.pns_handle.cmp(&b.pns_handle));
        let handles: Vec<_> = devices.iter().map(|device| &*device.pns_handle).collect();
        assert_eq!(handles, ["other", "phone", "tablet"]);
        assert_eq!(ids(&emulator), before);
        let native = devices[2].registrations.iter().find(|one| one.template.is_none()).unwrap();
        assert_eq!(native.tags, [tag]);
        // A section that is not declared stays.
        assert!(emulator.connection_string().ends_with(&key));
    }
    // Who is refused lets go of the directory.
    for (wrong, says) in [
        ("[[devices]]\nplatform = \"adm\"", "line 1: it has no pns_handle"),
        ("[[devices]]\nplatform = \"apple\"\npns_handle = \"no hex\"", "line 1: "),
        ("[[hubs]]\nname = \"news\"\nuser_metadata = \"LONG\"", "line 1: "),
    ] {
        let error = start(&wrong.replace("LONG", &"x".repeat(1025))).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    start("").unwrap();
}

#[test]
fn what_the_service_refuses_is_refused_with_its_reason_and_place() {
    for (text, says) in [
        ("[[hubs]]\nname = \"n\"\n[hubs.credentials.adm]\nClientId = \"sesame\"", "line 1: hub 'n'"),
        (
            "[[hubs]]\nname = \"n\"\n[[hubs.authorization_rules]]\nkey_name = \"r\"\nrights = [\"Send\"]\n\
             primary_key = \"sesame\"\nsecondary_key = \"sesame\"",
            "only supports keys of size 44 bytes",
        ),
        ("\n[[devices]]\nplatform = \"apple\"\npns_handle = \"no hex\"", "line 2"),
        ("[[devices]]\nplatform = \"adm\"\nhub = \"none\"", "there is no hub 'none'"),
        ("[[installations]]\ninstallationId = \"i\"\nplatform = \"adm\"", "'PushChannel' is required"),
    ] {
        let config = Config::parse(text).unwrap();
        let error = Emulator::builder().config(config).start_blocking().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        let error = error.to_string();
        assert!(error.contains(says) && !error.contains("sesame"), "{error}");
    }
    for (text, says) in [
        ("[[faults]]\nstatus = 200", "line 1: 'status' is not from 400 to 599"),
        ("[[devices]]\nplatfrom = \"adm\"", "line 2: platfrom: unknown field"),
        ("now = 5", "line 1: now"),
        ("colour = 1", "line 1: colour: unknown field `colour`, expected one of `tier`"),
        (
            "namespace_key = \"env:NHUB_TEST_NOT_SET\"",
            "namespace_key: the environment variable NHUB_TEST_NOT_SET",
        ),
    ] {
        let error = Config::parse(text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_file_of_secrets_is_found_beside_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("emulator.toml");
    std::fs::write(directory.path().join("adm"), "sesame\n").unwrap();
    let text =
        "[[hubs]]\nname = \"n\"\n[hubs.credentials.adm]\nClientId = \"i\"\nClientSecret = \"file:adm\"";
    std::fs::write(&path, text).unwrap();
    let config = Config::read(&path).unwrap();
    let secret =
        config.hubs().next().and_then(DeclaredHub::credentials).map(|all| all[0].property("ClientSecret"));
    assert_eq!(secret, Some(Some("sesame")));
}

#[test]
fn no_error_repeats_a_line_of_a_secret() {
    for text in [
        "namespace_key = \"\"\"\nc2VzYW1lc2VzYW1l==\\q\n\"\"\"",
        "namespace_key = c2VzYW1lc2VzYW1l==",
        "hubs = \"c2VzYW1lc2VzYW1l\"",
    ] {
        let error = Config::parse(text).unwrap_err().to_string();
        assert!(error.starts_with("configuration, line ") && !error.contains("c2VzYW1l"), "{error}");
    }
}
