use super::*;
use futures_lite::future::block_on;
use std::collections::BTreeMap;

fn run() -> RunIdentity {
    RunIdentity { hub: "a.test/news".into(), recipients: "1000 devices".into(), content: "5e1f".into() }
}

fn digest(part: u64) -> [u8; 16] {
    [part as u8; 16]
}

/// What happens to the parts of a run, in order: `None` begins a part.
fn events() -> Vec<(u64, Option<End>)> {
    let sent = |id: &str| End::Sent { notification_id: Some(id.to_owned()), tracking_id: None };
    let reason = || "a reason\nwith\ttwo lines, and é".to_owned();
    vec![
        (1, None),
        (2, None),
        (2, Some(sent("NH-2"))),
        (4, None),
        (1, Some(End::NotSent { reason: reason() })),
        (1, None),
        (4, Some(End::Refused { reason: reason() })),
        (5, None),
        (1, Some(End::Sent { notification_id: None, tracking_id: Some("t-1".to_owned()) })),
        (5, Some(End::Unknown { reason: reason() })),
        (6, None),
    ]
}

/// As it is read: a text has one line.
fn kept(end: Option<End>) -> Option<End> {
    let line = |reason: String| reason.replace(['\n', '\t'], " ");
    end.map(|end| match end {
        End::Refused { reason } => End::Refused { reason: line(reason) },
        End::Unknown { reason } => End::Unknown { reason: line(reason) },
        End::NotSent { reason } => End::NotSent { reason: line(reason) },
        sent => sent,
    })
}

/// Writes a journal, and tells where each of its lines ends.
fn write(path: &Path) -> Vec<usize> {
    let journal = FileJournal::open(path).unwrap();
    let mut ends = Vec::new();
    block_on(async {
        journal.open(&run()).await.unwrap();
        ends.push(std::fs::read(path).unwrap().len());
        for (part, end) in events() {
            match end {
                None => journal.begin(part, digest(part)).await.unwrap(),
                Some(end) => journal.end(part, digest(part), &end).await.unwrap(),
            }
            ends.push(std::fs::read(path).unwrap().len());
        }
    });
    ends
}

fn records(journal: &FileJournal) -> BTreeMap<u64, Recorded> {
    let all = (0..9).map(|part| (part, block_on(journal.recorded(part)).unwrap()));
    all.filter_map(|(part, recorded)| Some((part, recorded?))).collect()
}

/// A kill may leave any prefix. Each holds all that was written whole, and can be written on.
#[test]
fn every_prefix_tells_what_it_holds() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let ends = write(&path);
    let whole = std::fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let journal = FileJournal::open(&path).unwrap();
        let lines = ends.iter().filter(|end| **end <= length).count();
        let expected: BTreeMap<u64, Recorded> = events()
            .into_iter()
            .take(lines.saturating_sub(1))
            .map(|(part, end)| (part, Recorded { digest: digest(part), end: kept(end) }))
            .collect();
        assert_eq!(records(&journal), expected, "{length}");
        let opened = block_on(journal.open(&run())).unwrap();
        assert_eq!(
            opened,
            Opened { run: run(), last_part: expected.keys().next_back().copied().unwrap_or(0) }
        );
        // To write takes a call to the disk.
        if length % 7 > 0 {
            continue;
        }
        block_on(journal.begin(8, digest(8))).unwrap();
        drop(journal);
        let journal = FileJournal::open(&path).unwrap();
        assert_eq!(records(&journal).len(), expected.len() + 1, "{length}");
    }
}

/// Of a line before the last, every byte counts.
#[test]
fn damage_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let ends = write(&path);
    let whole = std::fs::read(&path).unwrap();
    for at in 0..*ends.last().unwrap() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        let is_last_line_break = at + 1 == whole.len();
        let opened = FileJournal::open(&path);
        assert_eq!(opened.is_err(), !is_last_line_break, "{at}");
        let Err(error) = opened else { continue };
        let error = error.to_string();
        let line = ends.iter().copied().rev().find(|end| *end <= at).unwrap_or(0);
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        // A line break that is no more makes one line of two.
        assert!(
            at < ends[0] || error.contains(&format!("the line at byte {line} is damaged")),
            "{at}: {error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), damaged, "a damaged file stays as it is");
    }
    // A line that is gone, or stands there twice.
    for (from, to) in [(ends[1], ends[2]), (ends[0], ends[1])] {
        let gone = [&whole[..from], &whole[to..]].concat();
        let twice = [&whole[..to], &whole[from..]].concat();
        for damaged in [gone, twice] {
            std::fs::write(&path, damaged).unwrap();
            assert!(FileJournal::open(&path).unwrap_err().to_string().contains("is damaged"));
        }
    }
}

#[test]
fn what_is_no_journal_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("devices.txt");
    for text in ["00fc13ad\n7603cf2f\n".to_owned(), "00fc13ad".to_owned(), "n".repeat(10_000), "\0".repeat(9)]
    {
        std::fs::write(&path, &text).unwrap();
        let error = FileJournal::open(&path).unwrap_err().to_string();
        assert!(error.ends_with("devices.txt: it is no journal of a bulk run"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    assert!(
        FileJournal::open(directory.path().join("no/such/directory"))
            .unwrap_err()
            .to_string()
            .contains("no/such")
    );
}

#[test]
fn long_texts_are_cut() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let journal = FileJournal::open(&path).unwrap();
    let long = "é".repeat(3000);
    let sent = End::Sent { notification_id: Some(long.clone()), tracking_id: Some(long) };
    block_on(async {
        journal.open(&run()).await.unwrap();
        journal.end(1, digest(1), &sent).await.unwrap();
    });
    drop(journal);
    let recorded = block_on(FileJournal::open(&path).unwrap().recorded(1)).unwrap().unwrap();
    let id = Some("é".repeat(500));
    assert_eq!(recorded.end, Some(End::Sent { notification_id: id.clone(), tracking_id: id }));
}

#[test]
fn many_write_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let journal = FileJournal::open(&path).unwrap();
    block_on(journal.open(&run())).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let journal = &journal;
            scope.spawn(move || {
                (1..=20).for_each(|i| block_on(journal.begin(thread * 20 + i, digest(i))).unwrap());
            });
        }
    });
    drop(journal);
    assert_eq!(block_on(FileJournal::open(&path).unwrap().open(&run())).unwrap().last_part, 160);
}

/// A resumed run reads what earlier parts became while it records new ones. A part that looked unknown would be sent twice.
#[test]
fn what_is_recorded_is_read_while_others_write() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    write(&path);
    let journal = FileJournal::open(&path).unwrap();
    let expected = records(&journal);
    assert_eq!(expected.keys().copied().collect::<Vec<_>>(), [1, 2, 4, 5, 6]);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let end = End::Sent { notification_id: None, tracking_id: None };
            (10..3000).for_each(|part| block_on(journal.end(part, digest(part), &end)).unwrap());
        });
        while !writing.is_finished() {
            assert_eq!(records(&journal), expected);
        }
    });
}

/// The file was whole when it was opened. Whoever changes it afterwards must not make a part look as if it was never sent.
#[test]
fn a_line_that_is_gone_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let ends = write(&path);
    let journal = FileJournal::open(&path).unwrap();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(ends[1] as u64).unwrap();
    let error = block_on(journal.recorded(2)).unwrap_err().to_string();
    let place = ends[2];
    assert!(error.contains(&format!("the line at byte {place} is damaged")), "{error}");
    assert!(error.contains("journal"), "{error}");
}
