//! Data directories that cannot be used, or hold what is damaged: said, with the way out, and nothing lost without a word.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use nh_emulator::{Device, Emulator, NewDevice, Platform};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use support::Caller;

fn start(directory: &Path) -> io::Result<Emulator> {
    Emulator::builder().data(directory).start_blocking()
}

/// Permissions do not bind root, under which tests may run: these directories cannot be written for other reasons. A file
/// system that is mounted for reading only has a test of its own, in `nh-cli`.
#[test]
fn a_directory_that_cannot_be_written() {
    let directory = tempfile::tempdir().unwrap();
    let here = |name: &str| directory.path().join(name);
    fs::write(here("file"), "a file").unwrap();
    fs::create_dir_all(here("taken").join("emulator.redb")).unwrap();
    fs::create_dir_all(here("unfinished").join("emulator.redb.new").join("not empty")).unwrap();
    let mut places = vec![
        here("file"),
        here("file").join("below"),
        here("taken"),
        here("unfinished"),
        here(&"long".repeat(100)),
        PathBuf::from("a\0b"),
    ];
    if cfg!(target_os = "linux") {
        places.extend(["/proc/emulator", "/proc/self", "/sys/emulator"].map(PathBuf::from));
    }
    for place in places {
        let why = start(&place).expect_err("it cannot be written").to_string();
        assert!(why.contains(&*place.to_string_lossy()), "{why}");
        assert!(why.contains("cannot be used") && why.contains("se another directory"), "{why}");
    }
    assert_eq!(fs::read_to_string(here("file")).unwrap(), "a file");
}

/// A store with devices, as a kill leaves it and as an end does.
fn stores() -> ([Vec<u8>; 2], Vec<Device>) {
    let directory = tempfile::tempdir().unwrap();
    let emulator = Emulator::builder().demo_devices(true).data(directory.path()).start_blocking().unwrap();
    for n in 0..200 {
        let device =
            NewDevice::new(Platform::FcmV1).pns_handle(format!("phone-{n}")).tag(format!("tag-{}", n % 7));
        emulator.register_device(device).unwrap();
    }
    let devices = emulator.devices();
    let file = directory.path().join("emulator.redb");
    let killed = fs::read(&file).unwrap();
    drop(emulator);
    ([killed, fs::read(&file).unwrap()], devices)
}

/// What a bad disk or a bad copy does to a file.
fn damage(store: &[u8], random: &mut fastrand::Rng) -> (Vec<u8>, String) {
    const SECTOR: usize = 512;
    let mut damaged = store.to_vec();
    let sector = random.usize(..store.len() / SECTOR) * SECTOR;
    let what = match random.u8(..6) {
        0..3 => {
            let places: Vec<usize> = (0..random.usize(1..20)).map(|_| random.usize(..store.len())).collect();
            places.iter().for_each(|place| damaged[*place] ^= 1 << random.u8(..8));
            format!("bits at {places:?}")
        }
        3 => {
            damaged[sector..sector + SECTOR].fill(0);
            format!("nothing at {sector}")
        }
        4 => {
            let from = random.usize(..store.len() / SECTOR) * SECTOR;
            damaged.copy_within(from..from + SECTOR, sector);
            format!("{from} at {sector}")
        }
        _ => {
            damaged.truncate(random.usize(..store.len()));
            format!("the first {} bytes", damaged.len())
        }
    };
    (damaged, what)
}

/// One bit nothing vouches for: which of the two newest commits is the newest (see the tests of `namespace/data`). No seed hits
/// it.
#[test]
fn whatever_is_damaged_is_said_or_does_no_harm() {
    let (stores, expected) = stores();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.redb");
    let (mut refused, mut whole) = (0, 0);
    for seed in 0..120 {
        let mut random = fastrand::Rng::with_seed(seed);
        let store = &stores[random.usize(..2)];
        let (damaged, what) = damage(store, &mut random);
        fs::write(&file, &damaged).unwrap();
        match start(directory.path()) {
            Ok(emulator) => {
                assert!(emulator.devices() == expected, "seed {seed}, {what}: devices are missing");
                let caller = Caller::of(emulator);
                assert_eq!(caller.control("GET", "status", "").1["data"]["problem"], serde_json::Value::Null);
                whole += 1;
            }
            Err(why) => {
                let why = why.to_string();
                assert!(
                    why.contains("emulator.redb") && why.contains(&*directory.path().to_string_lossy()),
                    "{why}"
                );
                assert!(why.contains("Nothing has been changed in it: use another directory"), "{why}");
                assert!(fs::read(&file).unwrap() == damaged, "seed {seed}, {what}: the file was changed");
                refused += 1;
            }
        }
    }
    assert!(refused > 20 && whole > 20, "{refused} refused, {whole} whole");
}
