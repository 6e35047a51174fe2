//! The inbox page in a real browser: `cargo test -p nh-emulator --test page -- --ignored`. Pictures go to
//! `target/screenshots/`.

#![allow(unreachable_pub, reason = "shared by test binaries")]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

#[path = "page/browser.rs"]
mod browser;

use browser::{Browser, DOWN, END, ENTER, ESCAPE, HOME, TAB};
use nh_core::{
    Audience, CreateRegistration, DeviceHandle, Hub, Notification, Operation, PnsHandle, Registration,
    ScheduleNotification, SendDirectBatch, SendNotification,
};
use nh_emulator::{Emulator, EmulatorBuilder};
use nh_outcome::Platform;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

struct Desk {
    hub: Hub,
    agent: ureq::Agent,
    browser: Browser,
    emulator: Emulator,
}

impl Desk {
    fn new() -> Desk {
        Desk::of(Emulator::builder().demo_devices(true))
    }

    fn of(builder: EmulatorBuilder) -> Desk {
        let emulator = builder.start_blocking().unwrap();
        let authority = Certificate::from_pem(emulator.ca_pem().as_bytes()).unwrap();
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[authority])).build();
        let browser = Browser::open(&emulator.page_url());
        browser.until("document.querySelector('#link').dataset.state === 'live'");
        Desk {
            hub: Hub::from_connection_string(emulator.connection_string(), emulator.hub()).unwrap(),
            agent: ureq::Agent::config_builder()
                .tls_config(tls)
                .http_status_as_error(false)
                .build()
                .new_agent(),
            browser,
            emulator,
        }
    }

    fn ask(&self, operation: &impl Operation) {
        let request = self.hub.request(operation, SystemTime::now()).unwrap();
        let mut response = self.agent.run(request.map(|body| body.to_vec())).unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        assert!(response.status().is_success(), "{body}");
    }

    fn send(&self, notification: impl Into<Notification>, expression: &str) {
        self.ask(&SendNotification::new(notification, Audience::expression(expression).unwrap()).unwrap());
    }

    /// One of everything that is drawn.
    fn send_all_kinds(&self) {
        let scores = r#"{"aps":{"alert":{"title":"Redmond 2, Bellevue 1","subtitle":"Full time","body":"What a match! The winner came in the ninety-second minute."},"badge":3,"sound":"goal.caf"}}"#;
        let reminder = r#"<toast scenario="reminder"><visual><binding template="ToastGeneric"><text>Stand-up in 5 minutes</text><text>Room Cascade</text><image placement="appLogoOverride" hint-crop="circle" src="logo.png"/></binding></visual><actions><action content="Snooze" arguments="s"/><action content="Dismiss" arguments="d"/></actions></toast>"#;
        self.send(Notification::windows(r#"<badge value="12"/>"#).unwrap(), "sports");
        self.send(
            Notification::apple(r#"{"aps":{"content-available":1},"sync":"scores"}"#).unwrap(),
            "sports",
        );
        self.send(
            Notification::browser(r#"{"title":"Your ride is here","message":"Two minutes away"}"#).unwrap(),
            "sports",
        );
        self.send(Notification::fcm_v1(r#"{"message":{"notification":{"title":"Redmond 2, Bellevue 1","body":"Full time"},"data":{"match":"42"}}}"#).unwrap(), "sports");
        self.send(
            Notification::template([("greeting_en", "Hello"), ("greeting_fr", "Salut")]).unwrap(),
            "sports",
        );
        self.send(Notification::windows(reminder).unwrap(), "sports");
        self.send(Notification::apple(scores).unwrap(), "sports");
        self.browser.until("document.querySelectorAll('.row').length >= 7");
    }
}

fn apple(text: &str) -> nh_core::notification::Apple {
    Notification::apple(serde_json::json!({"aps": {"alert": text}}).to_string()).unwrap()
}

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
    browser.until("document.querySelector('#compose .outcome').textContent.includes('Accepted')");
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
fn both_themes_wide_and_narrow() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send_all_kinds();
    let background = "getComputedStyle(document.documentElement).backgroundColor";
    let light_one = |browser: &Browser| {
        let color = browser.get(background).as_str().unwrap().to_owned();
        let channels: Vec<u32> =
            color.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
        channels[0] > 128
    };
    let overflow = "[...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest('#device-list, .sr')).map((it) => `${it.tagName} ${it.className} ${it.getBoundingClientRect().right} of ${innerWidth}`)";
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        assert_eq!(light_one(browser), scheme == "light");
        for (name, width, height) in [("wide", 1440, 900), ("middle", 900, 800), ("narrow", 390, 844)] {
            browser.resize(width, height);
            browser.until("document.querySelectorAll('.row').length > 2");
            assert_eq!(browser.get(overflow), serde_json::json!([]), "{name}");
            browser.screenshot(&format!("inbox-{scheme}-{name}"));
            for key in ["j", HOME, DOWN, DOWN, ENTER] {
                browser.keys(key);
            }
            browser.until("document.querySelector('#details').open");
            browser.screenshot(&format!("details-{scheme}-{name}"));
            browser.keys(ESCAPE);
            browser.keys("n");
            browser.until("document.querySelector('#compose').open");
            browser.screenshot(&format!("compose-{scheme}-{name}"));
            browser.keys(ESCAPE);
            browser.keys("r");
            browser.until("document.querySelectorAll('.request').length > 3");
            browser.screenshot(&format!("requests-{scheme}-{name}"));
            browser.keys("i");
            browser.get("(document.querySelector('#inbox-scroller').scrollTop = 0)");
        }
    }
    // The switch goes against the system, and is remembered.
    browser.resize(1280, 860);
    browser.keys("t");
    assert!(light_one(browser), "the system is dark, the page was told to be light");
    browser.reload();
    browser.until("document.querySelector('.row')");
    assert!(light_one(browser));
    browser.keys("t");
    assert!(!light_one(browser));
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
    browser.keys("goal");
    browser.keys(ENTER);
    desk.send(apple("no match"), "sports");
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
    browser.until("document.querySelector('.row .handle')?.textContent === 'device-9999'");
    let bounded = |when: &str| {
        let nodes = browser.get("document.querySelectorAll('*').length").as_u64().unwrap();
        assert!(nodes < 1500, "{nodes} nodes {when}");
    };
    bounded("at first");
    browser.screenshot("ten-thousand");

    // Older ones come as one goes down, and go as one leaves them.
    browser.keys("j");
    for _ in 0..40 {
        browser.keys(END);
        if browser.get("document.activeElement.textContent.includes('device-0')") == true {
            break;
        }
        let last = browser.get("document.activeElement.ariaPosInSet");
        browser.until(&format!("Number(document.querySelector('#inbox-note').textContent.replace(/\\D/g, '')) > {} || document.querySelector('#inbox-note').textContent.includes('newest first')", last.as_str().unwrap()));
    }
    assert_eq!(browser.get("document.activeElement.ariaPosInSet"), "10000");
    bounded("at the end");

    // Who reads keeps the place; what is new is a click away.
    browser.get("(document.querySelector('#inbox-scroller').scrollTop = 50000)");
    let place = "(() => { const top = document.querySelector('#inbox-scroller').getBoundingClientRect().top; const row = [...document.querySelectorAll('.row')].find((it) => it.getBoundingClientRect().top <= top + 1 && it.getBoundingClientRect().bottom > top + 1); return row ? `${row.dataset.id} at ${Math.round(row.getBoundingClientRect().top)}` : null; })()";
    browser.until("document.querySelectorAll('.row').length > 3 && !document.querySelector('.row').textContent.includes('device-0')");
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
fn the_line_of_curl_is_what_a_shell_makes_of_it() {
    let desk = Desk::new();
    let browser = &desk.browser;
    let payload = "{\"aps\":{\"alert\":\"it's \\\"quoted\\\" $HOME `id` \\\\ done\"}}";
    browser.keys("n");
    browser.until("document.querySelector('#compose').open");
    browser.get(&format!("(document.querySelector('[name=payload]').value = {}, document.querySelector('[name=payload]').dispatchEvent(new Event('input', {{ bubbles: true }})))", serde_json::json!(payload)));
    browser.get("(document.querySelector('[name=headers]').value = 'apns-priority: 5', document.querySelector('[name=headers]').dispatchEvent(new Event('input', { bubbles: true })))");
    assert_eq!(
        browser.text("#rust-code"),
        format!(
            "client.send(Notification::with_headers(Format::Apple, r#\"{payload}\"#, &[(\"apns-priority\", \"5\")])?, \"sports\").await?;"
        )
    );
    browser.get("[...document.querySelectorAll('#compose [role=tab]')].at(-1).click()");
    let shown = browser.text("#curl-code");
    let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}; nhub() {{ echo TOKEN; }}\n{shown}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = words.lines().collect();
    for word in [
        "Authorization: TOKEN",
        "ServiceBusNotification-Format: apple",
        "ServiceBusNotification-Tags: sports",
        "apns-priority: 5",
        payload,
    ] {
        assert!(words.contains(&word), "{word} in {words:?}");
    }
    let url =
        format!("https://localhost:{}/demo-hub/messages?api-version=2020-06", desk.emulator.address().port());
    assert_eq!(words.last(), Some(&url.as_str()));
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
fn accepted_is_green_only_if_a_device_matched_and_no_hint_is_there() {
    let desk = Desk::new();
    let browser = &desk.browser;
    let fill = |name: &str, text: &str| {
        let field = format!("document.querySelector('#compose [name={name}]')");
        let text = serde_json::json!(text);
        browser.get(&format!(
            "({field}.value = {text}, {field}.dispatchEvent(new Event('input', {{ bubbles: true }})))"
        ));
    };
    browser.keys("n");
    browser.until("document.querySelector('#compose').open");
    let shown = r#"{"aps":{"alert":"Goal"}}"#;
    for (tags, payload, class, verdict, hinted) in [
        ("sports", shown, "good", "Accepted. ", false),
        ("nobody-has-this-tag", shown, "fair", "Accepted, but no device matched.", false),
        ("undefined", shown, "fair", "Accepted, but no device matched.", true),
        ("sports", r#"{"score":"2:1"}"#, "fair", "Accepted, with ", true),
    ] {
        fill("tags", tags);
        fill("payload", payload);
        browser.get("document.querySelector('#compose .outcome')?.replaceChildren()");
        browser.control_and(ENTER);
        browser.until(&format!(
            "document.querySelector('#compose .outcome .{class}')?.textContent.startsWith('{verdict}')"
        ));
        let hints = browser.get("document.querySelectorAll('#compose .hints li').length").as_u64().unwrap();
        assert!(hints > 0 || !hinted, "{tags} {payload}");
        // Read aloud, also if a delivery is told at the same time.
        browser.until(&format!(
            "[...document.querySelectorAll('#announcements p')].some((line) => line.textContent.startsWith('{verdict}'))"
        ));
        browser.get("document.querySelector('#announcements').replaceChildren()");
    }
    browser.screenshot("hints");
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
