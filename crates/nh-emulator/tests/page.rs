//! The inbox page in a real browser: `cargo test -p nh-emulator --test page -- --ignored`. Pictures go to
//! `target/screenshots/`.

#![allow(unreachable_pub, reason = "shared by test binaries")]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

#[path = "page/browser.rs"]
mod browser;
#[path = "page/code.rs"]
mod code;
#[path = "page/desk.rs"]
mod desk;
#[path = "page/looks.rs"]
mod looks;
#[path = "page/places.rs"]
mod places;
#[path = "page/rows.rs"]
mod rows;
#[path = "page/sends.rs"]
mod sends;
#[path = "page/things.rs"]
mod things;

use browser::{Browser, DOWN, END, ENTER, ESCAPE, RIGHT, TAB, UP};
use desk::{Desk, apple};
use nh_core::{
    Audience, CreateRegistration, DeviceHandle, Notification, PnsHandle, Registration, ScheduleNotification,
    SendDirectBatch,
};
use nh_emulator::Emulator;
use nh_outcome::Platform;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

const FIRST: &str = "document.querySelector('.row')?.textContent";

/// A file is taken away once all that it imports is gone; what is never taken away imports itself in a circle.
#[test]
fn no_script_of_the_page_imports_itself_in_a_circle() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
    let mut left = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "js") {
            let script = fs::read_to_string(&path).unwrap();
            let imports = script.split(" from './").skip(1).filter_map(|rest| rest.split('\'').next());
            let imports: Vec<String> = imports.map(str::to_owned).collect();
            left.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), imports);
        }
    }
    assert!(left["app.js"].len() > 10, "the imports of the page were not found");
    loop {
        let waiting: Vec<String> = left.keys().cloned().collect();
        left.retain(|_, imports| imports.iter().any(|import| waiting.contains(import)));
        if left.len() == waiting.len() {
            break;
        }
    }
    assert!(left.is_empty(), "a circle is among {:?}", left.keys());
}

#[test]
#[ignore = "needs Chromium"]
fn a_notification_appears_without_reload() {
    let desk = Desk::of(Emulator::builder());
    let browser = &desk.browser;
    browser.until("!document.querySelector('#inbox-empty').hidden");
    browser.screenshot("empty");
    browser.get("(window.here = true)");

    let phone = PnsHandle::apple("00FC13ADFF785122").unwrap();
    desk.ask(&CreateRegistration::new(Registration::new(phone).with_tags(["sports"]).unwrap()));
    browser.until("document.querySelectorAll('[role=option]').length === 2");

    desk.send(apple("Redmond scores"), "sports");
    browser.until(&format!("{FIRST}.includes('Redmond scores')"));
    desk.send(apple("Bellevue draws level"), "sports");
    browser.until(&format!("{FIRST}.includes('Bellevue draws level')"));
    browser.until("document.querySelector('#announcements').textContent.includes('Bellevue draws level')");
    assert_eq!(browser.get("window.here"), true, "the page was loaded anew");
    assert_eq!(browser.get("document.querySelectorAll('.row').length"), 2);

    desk.emulator.clear_inbox();
    browser.until("document.querySelectorAll('.row').length === 0");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
#[ignore = "needs Chromium"]
fn a_payload_is_text() {
    let desk = Desk::new();
    let browser = &desk.browser;
    browser.get("(window.violations = [], document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.effectiveDirective)), true)");

    let attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    desk.send(Notification::template([("greeting_en", attack), ("greeting_fr", attack)]).unwrap(), "sports");
    let toast = "<toast><visual><binding template=\"ToastGeneric\"><text>&lt;img src=x onerror=alert(1)&gt;</text><image src=\"http://127.0.0.1:9/x.png\"/></binding></visual></toast>";
    desk.send(Notification::windows(toast).unwrap(), "sports");
    desk.send(
        Notification::gcm("{\"notification\":\"no object\",\"data\":[\"<img src=x>\"]}").unwrap(),
        "sports",
    );
    desk.send(
        Notification::fcm_v1(
            r#"{"message":{"notification":{"title":"<b>","body":"<img src=x>","image":"x"}}}"#,
        )
        .unwrap(),
        "sports",
    );
    desk.send(apple(attack), "sports");
    browser.until("document.querySelectorAll('.row').length === 6");
    assert!(browser.text(".row").contains(attack));
    browser.screenshot("a-payload-is-text");

    let tags = "[...document.querySelectorAll('#feed *, dialog *')].filter((it) => ['IMG', 'SCRIPT', 'IFRAME', 'OBJECT', 'B'].includes(it.tagName)).length";
    for _ in 0..6 {
        browser.keys("j");
        browser.keys(ENTER);
        browser.until("document.querySelector('#details').open");
        assert_eq!(browser.get(tags), 0);
        browser.keys(ESCAPE);
    }
    assert_eq!(browser.get("document.title"), "Inbox · Notification Hubs emulator");
    assert_eq!(browser.get("window.violations.length"), 0, "nothing of the page is inline");

    // Should text ever become markup, the policy stops it.
    browser.get("(document.body.insertAdjacentHTML('beforeend', '<img src=\"http://127.0.0.1:9/x\" onerror=\"document.title=1\">'), document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = 2' })), document.body.setAttribute('data-tried', ''), true)");
    browser.get("(window.poll = setInterval(() => document.body.toggleAttribute('data-tick'), 20), true)");
    browser.until(
        "['img-src', 'script-src-elem', 'script-src-attr'].every((it) => window.violations.includes(it))",
    );
    assert_eq!(browser.get("document.title"), "Inbox · Notification Hubs emulator");
}

#[test]
#[ignore = "needs Chromium"]
fn by_keyboard_alone() {
    let desk = Desk::of(Emulator::builder());
    let browser = &desk.browser;
    let focus = "document.activeElement";

    browser.keys("d");
    browser.until(&format!("{focus}.name === 'platform'"));
    browser.keys("w"); // Windows is the first that begins with it
    browser.keys(TAB);
    browser.control_and("a");
    browser.keys("news");
    browser.screenshot("register");
    browser.keys(ENTER);
    browser.until("document.querySelectorAll('[role=option]').length === 2");
    assert_eq!(desk.emulator.devices()[0].platform, Platform::Windows);

    browser.keys("n");
    browser.until(&format!("{focus}.name === 'format'"));
    browser.keys("w");
    browser.until("document.querySelector('[name=payload]').value.startsWith('<toast>')");
    browser.keys(TAB);
    browser.keys(TAB);
    browser.until(&format!("{focus}.name === 'tags'"));
    browser.control_and("a");
    browser.keys("news && !sports");
    browser.until("document.querySelector('#rust-code').textContent.endsWith(`</toast>\"#)?, \"news && !sports\").await?;`)");
    browser.control_and(ENTER);
    browser.until("document.querySelector('#compose .outcome').textContent.includes('1 device got it.')");
    browser.screenshot("compose");
    browser.keys(ESCAPE);
    browser.until("!document.querySelector('dialog[open]')");

    browser.until("document.querySelectorAll('.row').length === 1");
    browser.keys("j");
    browser.until(&format!("{focus}.matches('.row')"));
    browser.screenshot("focus");
    browser.keys(ENTER);
    browser.until("document.querySelector('#details').open && document.querySelector('#details').textContent.includes('Highlights')");
    browser.keys(ESCAPE);
    browser.until(&format!("!document.querySelector('dialog[open]') && {focus}.matches('.row')"));

    browser.keys("l");
    browser.until(&format!("{focus}.matches('[role=option]')"));
    browser.keys(DOWN);
    browser.keys(ENTER);
    browser.until("document.querySelector('#inbox-title').textContent.startsWith('Windows PC')");
    browser.keys("?");
    browser.until("document.querySelector('#help').open");
    browser.screenshot("keyboard");
    browser.keys(ESCAPE);
    browser.keys("r");
    browser.until("!document.querySelector('#requests-view').hidden");
    browser.keys("i/");
    browser.until(&format!("{focus}.id === 'search'"));

    // Whatever can be reached says what it is.
    let nameless = "[...document.querySelectorAll('button, input, select, textarea, [role=option], [role=feed], [role=listbox]')]
        .filter((it) => !(it.textContent.trim() || it.getAttribute('aria-label') || it.getAttribute('aria-labelledby') || it.labels?.length || it.offsetParent === null))
        .map((it) => it.outerHTML)";
    assert_eq!(browser.get(nameless), serde_json::json!([]));
}

#[test]
#[ignore = "needs Chromium"]
fn searched_by_tag_device_platform_and_text() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("Redmond scores"), "sports");
    desk.send(apple("Elections near"), "$UserId:{bob@contoso.com}");
    desk.send(Notification::windows("<toast><visual><binding template=\"ToastText01\"><text id=\"1\">Redmond wins</text></binding></visual></toast>").unwrap(), "sports");
    desk.send(
        Notification::template([("greeting_en", "Hello"), ("greeting_fr", "Salut")]).unwrap(),
        "sports",
    );
    browser.until("document.querySelectorAll('.row').length === 5");
    for (search, found) in [
        ("redmond", 2),
        ("wins redmond", 1),
        ("\"redmond wins\"", 1),
        ("\"wins redmond\"", 0),
        ("sports GREETING hello", 1),
        ("template:greeting", 2),
        ("template:", 2),
        ("template:other", 0),
        ("tag:sports tag:politics", 2),
        ("platform:apple", 3),
        ("platform:apple redmond", 1),
        ("tag:politics", 2),
        ("tag:\"$UserId:{bob@contoso.com}\" elections", 1),
        ("device:7603CF", 1),
        ("nowhere", 0),
    ] {
        browser.keys("/");
        browser.control_and("a");
        browser.keys(search);
        browser.keys(ENTER);
        browser.until(&format!("document.querySelectorAll('.row').length === {found} && document.querySelector('#feed').ariaBusy === 'false'"));
        browser.keys(TAB);
        browser.get("document.activeElement.blur()");
    }
    browser.screenshot("nothing-matches");

    // What arrives is held against the search as well.
    browser.keys("/");
    browser.control_and("a");
    browser.keys("goal a");
    browser.keys(ENTER);
    browser.until("document.querySelector('#inbox-note').textContent === ''");
    desk.send(apple("a draw"), "sports");
    desk.send(apple("a goal"), "sports");
    browser.until("document.querySelectorAll('.row').length === 1 && document.querySelector('.row').textContent.includes('a goal')");
}

#[test]
#[ignore = "needs Chromium"]
fn ten_thousand_notifications() {
    let desk = Desk::of(Emulator::builder());
    let browser = &desk.browser;
    for batch in 0..10 {
        let devices = (0..1000).map(|n| DeviceHandle::new(format!("device-{}", batch * 1000 + n)).unwrap());
        desk.ask(
            &SendDirectBatch::new(apple(&format!("batch {batch}")), devices.collect::<Vec<_>>()).unwrap(),
        );
    }
    // One row for each thousand of the same; unfolded, a row for each.
    browser.until(
        "document.querySelector('#inbox-note').textContent.startsWith('10,000 notifications, newest first')",
    );
    assert_eq!(browser.get("document.querySelector('.row').ariaSetSize"), "10");
    assert!(browser.text(".row").contains("1,000 × iPhone"));
    let bounded = |when: &str| {
        let nodes = browser.get("document.querySelectorAll('*').length").as_u64().unwrap();
        assert!(nodes < 1500, "{nodes} nodes {when}");
    };
    bounded("at first");
    browser.screenshot("ten-thousand");
    // Unfolded from the last one up, each has its thousand rows below it.
    browser.keys("j");
    browser.keys(END);
    for row in 1..=10 {
        browser.keys(RIGHT);
        browser.until(&format!("document.querySelector('.row').ariaSetSize === '{}'", 10 + row * 1000));
        browser.keys(UP);
    }
    bounded("unfolded");
    browser.keys(END);
    browser.until("document.activeElement.ariaPosInSet === '10010'");
    assert!(browser.get("document.activeElement.textContent").as_str().unwrap().starts_with("device-0"));
    bounded("at the end");

    // Who reads keeps the place; what is new is a click away.
    browser.get("(document.querySelector('#inbox-scroller').scrollTop = 50000)");
    let place = "(() => { const top = document.querySelector('#inbox-scroller').getBoundingClientRect().top; const row = [...document.querySelectorAll('.row, .row-part')].find((it) => it.getBoundingClientRect().top <= top + 1 && it.getBoundingClientRect().bottom > top + 1); return row ? `${row.dataset.id} at ${Math.round(row.getBoundingClientRect().top)}` : null; })()";
    browser.until("document.querySelectorAll('.row-part').length > 3 && ![...document.querySelectorAll('.row-part')].at(-1).textContent.startsWith('device-0')");
    let before = browser.until(place);
    desk.ask(&SendDirectBatch::new(apple("late"), [DeviceHandle::new("late-device").unwrap()]).unwrap());
    browser.until("!document.querySelector('#newer').hidden");
    assert_eq!(browser.get(place), before);
    browser.get("document.querySelector('#newer').click()");
    browser.until("document.querySelector('.row').textContent.includes('late-device')");
    bounded("after all");
}

#[test]
#[ignore = "needs Chromium"]
fn the_request_log_shows_no_signature_and_the_clock_moves() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("Hello"), "sports");
    browser.keys("r");
    browser.until("document.querySelectorAll('.request').length === 1");
    browser.keys(TAB);
    browser.get("document.querySelector('.request').focus()");
    browser.keys(ENTER);
    browser.until("document.querySelector('#details').open");
    let shown = browser.text("#details");
    assert!(shown.contains("SendNotification") && shown.contains("sr="), "{shown}");
    assert!(
        !shown.contains("sig=")
            || shown.contains("sig=REDACTED")
            || shown.to_lowercase().contains("redacted"),
        "{shown}"
    );
    browser.screenshot("request");
    browser.keys(ESCAPE);

    browser.keys("c");
    browser.until("document.querySelector('#clock').matches(':popover-open')");
    browser.get(
        "[...document.querySelectorAll('#clock button')].find((it) => it.textContent === '+1 day').click()",
    );
    browser.until("document.querySelector('#clock').textContent.includes('+1 d')");
    browser.screenshot("clock");
}

#[test]
#[ignore = "needs Chromium"]
fn a_request_with_hints_is_marked_and_tells_them() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("Hello"), "sports");
    desk.send(apple("Hello"), "undefined");
    browser.keys("r");
    browser.until("document.querySelectorAll('.request').length === 2");
    assert!(browser.text(".request .hint-mark").contains("hint"));
    assert_eq!(browser.get("document.querySelectorAll('.hint-mark').length"), 1);
    assert_eq!(browser.get("document.querySelector('.request').ariaLabel.includes('hint')"), true);
    browser.get("document.querySelector('.request').focus()");
    browser.keys(ENTER);
    browser.until("document.querySelector('#details').open");
    assert!(browser.text("#details .hints").contains("undefined"));
    browser.keys(ESCAPE);
    browser.get("(document.querySelector('#request-status').value = 'hints', document.querySelector('#request-status').dispatchEvent(new Event('change')))");
    browser.until("document.querySelectorAll('.request').length === 1");
}

#[test]
#[ignore = "needs Chromium"]
fn what_is_scheduled_is_listed_and_can_be_cancelled() {
    let desk = Desk::new();
    let browser = &desk.browser;
    let count = |number: usize| {
        let condition = match number {
            0 => "document.querySelector('#scheduled-section').hidden".to_owned(),
            _ => format!("document.querySelectorAll('#scheduled li').length === {number}"),
        };
        browser.until(&condition);
    };
    count(0);
    let hour = Duration::from_secs(3600);
    for (text, hours) in [("Second", 2), ("First", 1), ("Third", 3)] {
        let everyone = Audience::expression("sports && !politics").unwrap();
        let at = SystemTime::now() + hour * hours;
        desk.ask(&ScheduleNotification::new(apple(text), everyone, at).unwrap());
    }
    count(3);
    browser.until("document.querySelector('#announcements').textContent.includes('scheduled')");
    let first = browser.text("#scheduled li");
    assert!(
        first.contains("First") && first.contains("Apple") && first.contains("sports && !politics"),
        "{first}"
    );

    // By keyboard: unfold, go to the first button, cancel; the next one has the focus then.
    browser.get("document.querySelector('#scheduled-section summary').focus()");
    browser.keys(ENTER);
    browser.until("document.querySelector('#scheduled-section').open");
    browser.screenshot("scheduled");
    browser.keys(TAB);
    browser.keys(ENTER);
    count(2);
    browser.until("document.activeElement.ariaLabel?.includes('Second')");

    // What falls due goes, without a reload.
    desk.emulator.advance(hour * 2 + hour / 2);
    browser.until(&format!("{FIRST}.includes('Second')"));
    count(1);
    browser.get("document.querySelector('#scheduled button').focus()");
    browser.keys(ENTER);
    count(0);
    browser.until("document.activeElement.id === 'inbox-title'");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
#[ignore = "needs Chromium"]
fn without_the_token_it_says_what_is_missing() {
    let emulator =
        Emulator::builder().demo_devices(true).control_token("open sesame").start_blocking().unwrap();
    let browser = Browser::open(emulator.page_url().split('?').next().unwrap());
    browser.until("document.querySelector('#locked').open");
    browser.screenshot("locked");
    drop(browser);

    let address = emulator.page_url();
    let address = address.split('?').next().unwrap();
    let browser = Browser::open(&format!("{address}?token=open%20sesame"));
    browser.until("document.querySelectorAll('[role=option]').length > 5");
    assert_eq!(browser.get("location.search"), "", "the token does not stay in the address");
}
