//! The inbox's rows, and those of the log.

use super::browser::{ENTER, ESCAPE, LEFT, RIGHT};
use super::desk::{Desk, apple};
use nh_core::{Audience, Notification, ScheduleNotification, SendNotification};
use nh_emulator::{Emulator, NewDevice, Rejection};
use nh_outcome::Platform;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

#[test]
#[ignore = "needs Chromium"]
fn five_hundred_of_the_same_are_one_row() {
    let desk = Desk::of(Emulator::builder());
    let browser = &desk.browser;
    let register = |platform: Platform, n: usize| {
        let device = NewDevice::new(platform).pns_handle(format!("{n:064X}")).tag("sports");
        desk.emulator.register_device(device).unwrap();
    };
    (0..500).for_each(|n| register(Platform::Apple, n));
    desk.send(apple("Goal"), "sports");
    browser.until("document.querySelector('.row')?.textContent.includes('500 × iPhone')");
    assert_eq!(browser.get("document.querySelectorAll('.row, .row-part').length"), 1);
    assert!(browser.text("#inbox-note").starts_with("500 notifications"));

    // By keyboard it unfolds, and folds.
    browser.keys("j");
    browser.keys(RIGHT);
    browser
        .until("document.querySelector('.row').ariaSetSize === '501' && document.querySelector('.row-part')");
    assert_eq!(browser.get("document.activeElement.matches('.row')"), true);
    assert!(browser.get("document.querySelectorAll('.row-part').length").as_u64().unwrap() < 100);
    browser.screenshot("unfolded");
    // One of them has details of its own, with the next ones.
    browser.keys("j");
    browser.keys(ENTER);
    browser.until("document.querySelector('#details').open");
    let newest = format!("{:064X}", 499);
    assert!(browser.text("#details .facts").contains(&newest));
    browser.keys("j");
    let next = format!("{:064X}", 498);
    browser.until(&format!("document.querySelector('#details .facts').textContent.includes('{next}')"));
    browser.keys(ESCAPE);
    browser.until("!document.querySelector('dialog[open]')");
    browser.get("document.querySelector('.row').focus()");
    browser.keys(LEFT);
    browser.until("document.querySelectorAll('.row, .row-part').length === 1");
    browser.screenshot("five-hundred");

    // What looks another way has a row of its own; what looks the same joins, also from another notification.
    desk.send(apple("Another"), "sports");
    browser.until("document.querySelectorAll('.row').length === 2");
    desk.send(apple("Another"), "sports");
    browser.until("document.querySelector('.row')?.textContent.includes('1,000 times')");
    assert_eq!(browser.get("document.querySelectorAll('.row').length"), 2);
    // One send can look different on different devices, which take their turns: one row for each look.
    for n in 0..6 {
        let (platform, body) = match n % 2 {
            0 => (Platform::Apple, r#"{"aps":{"alert":"$(news)"}}"#),
            _ => (Platform::FcmV1, r#"{"message":{"notification":{"title":"$(news)"}}}"#),
        };
        let device =
            NewDevice::new(platform).pns_handle(format!("{n:064x}")).tag("mixed").template("t", body);
        desk.emulator.register_device(device).unwrap();
    }
    desk.send(Notification::template([("news", "Mixed")]).unwrap(), "mixed");
    browser.until("document.querySelector('#inbox-note').textContent.startsWith('1,506')");
    assert_eq!(browser.get("document.querySelectorAll('.row').length"), 4);
    assert_eq!(
        browser.get("[...document.querySelectorAll('.row strong')].map((it) => it.textContent).slice(0, 2)"),
        json!(["3 × Android", "3 × iPhone"])
    );
    // The button says the same, and is told to a screen reader.
    browser.click(".fold-button");
    browser.until("document.querySelector('.fold-button').ariaExpanded === 'true'");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
#[ignore = "needs Chromium"]
fn a_row_of_the_log_says_whom_it_reached_and_leads_there_and_back() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("Goal"), "sports || news");
    desk.send(Notification::template([("greeting_en", "Hi"), ("greeting_fr", "Salut")]).unwrap(), "sports");
    desk.send(apple("Nobody"), "sports && nobody");
    browser.keys("r");
    browser.until("document.querySelectorAll('.request').length === 3");
    let row = |n: usize, part: &str| {
        let text =
            format!("document.querySelectorAll('.request')[{n}].querySelector('{part}')?.textContent ?? ''");
        browser.get(&text).as_str().unwrap().to_owned()
    };
    for (n, format, tags, numbers, said) in [
        (0, "apple", "sports && nobody", "matched 0 · delivered 0", "Nobody got it: no device matched."),
        (1, "template", "sports", "matched 2 · delivered 2", ""),
        (2, "apple", "sports || news", "matched 1 · delivered 1", ""),
    ] {
        let shown = [".send-format", ".send-tags", ".send-numbers", ".send-said"].map(|part| row(n, part));
        assert_eq!(shown, [format, tags, numbers, said]);
    }
    // 201 is not green if nobody got it.
    assert_eq!(browser.get("document.querySelector('.request .status').className"), "status bad");
    let label = browser.get("document.querySelector('.request').ariaLabel");
    assert!(label.as_str().unwrap().contains("Nobody got it"), "{label}");
    browser.screenshot("log");
    browser.fill("#request-status", "unreached");
    browser.until("document.querySelectorAll('.request').length === 1");
    browser.fill("#request-status", "");
    browser.fill("#request-search", "template sports");
    browser.until("document.querySelectorAll('.request').length === 1");

    // To its deliveries, from one of them back to the request, and from there to the deliveries again.
    browser.click("a.send-numbers");
    browser.until(
        "!document.querySelector('#inbox-view').hidden && document.querySelectorAll('.row').length === 2",
    );
    browser.click(".row");
    browser.until("document.querySelector('#to-request')");
    browser.click("#to-request");
    browser
        .until("!document.querySelector('#requests-view').hidden && document.querySelector('#request-send')");
    let shown = browser.text("#request-send");
    assert!(
        shown.contains("2 devices got it.") && shown.contains("template") && shown.contains("sports"),
        "{shown}"
    );
    browser.screenshot("request-of-a-send");
    browser.click("#to-deliveries");
    browser
        .until("!document.querySelector('dialog[open]') && document.querySelectorAll('.row').length === 2");
    assert!(
        browser
            .get("document.querySelector('#search').value")
            .as_str()
            .unwrap()
            .starts_with("notification:NH-")
    );
}

#[test]
#[ignore = "needs Chromium"]
fn a_send_that_waited_tells_later_whom_it_reached() {
    let desk = Desk::new();
    let browser = &desk.browser;
    let hour = Duration::from_secs(3600);
    let audience = Audience::expression("sports && nobody").unwrap();
    desk.ask(&ScheduleNotification::new(apple("Later"), audience, SystemTime::now() + hour).unwrap());
    browser.keys("r");
    browser.until("document.querySelector('.send-said')?.textContent === 'Waits for its time.'");
    assert_eq!(desk.emulator.requests()[0].send.as_ref().unwrap().matched, None);
    let audience = Audience::expression("sports").unwrap();
    desk.ask(&ScheduleNotification::new(apple("Later"), audience, SystemTime::now() + hour).unwrap());
    desk.emulator.advance(hour * 2);
    browser.until("document.querySelectorAll('.send-numbers').length === 2");
    assert_eq!(browser.text(".send-numbers"), "matched 1 · delivered 1");
    assert!(browser.text(".send-said").starts_with("Nobody got it"));
    assert_eq!(desk.emulator.requests()[0].send.as_ref().unwrap().matched, Some(0));
    assert_eq!(desk.emulator.requests()[1].send.as_ref().unwrap().delivered, Some(1));
}

#[test]
#[ignore = "needs Chromium"]
fn some_of_the_devices_is_not_all_of_them() {
    let desk = Desk::new();
    let browser = &desk.browser;
    let other = desk.emulator.register_device(NewDevice::new(Platform::Apple).tag("sports")).unwrap();
    desk.emulator
        .reject(&other.hub, &other.platform, &other.pns_handle, Some(Rejection::ChannelThrottled))
        .unwrap();
    desk.ask(&SendNotification::new(apple("Goal"), Audience::expression("sports").unwrap()).unwrap());
    browser.keys("r");
    browser.until("document.querySelector('.send-said')?.textContent === '1 of 2 devices got it.'");
    assert_eq!(browser.text(".send-numbers"), "matched 2 · delivered 1");
    assert_eq!(browser.get("document.querySelector('.request .status').className"), "status fair");
}

#[test]
#[ignore = "needs Chromium"]
fn one_is_deleted_and_to_clear_is_asked_first() {
    let desk = Desk::new();
    let browser = &desk.browser;
    let other = desk.another_page();
    for text in ["First", "Second", "Third"] {
        desk.send(apple(text), "sports");
    }
    browser.until("document.querySelectorAll('.row').length === 3");
    browser.get("document.querySelectorAll('.row')[1].click()");
    browser.until("document.querySelector('#forget-delivery')");
    browser.click("#forget-delivery");
    browser.until("document.querySelector('#confirm').open");
    // The answer that loses nothing has the focus.
    browser.keys(ENTER);
    browser.until("!document.querySelector('#confirm').open");
    assert_eq!(desk.emulator.inbox().len(), 3);
    browser.click("#forget-delivery");
    browser.until("document.querySelector('#confirm').open");
    browser.screenshot("delete-one");
    browser.click("#confirm .danger");
    browser
        .until("!document.querySelector('dialog[open]') && document.querySelectorAll('.row').length === 2");
    let left: Vec<String> = desk.emulator.inbox().into_iter().map(|delivery| delivery.payload).collect();
    assert!(left[0].contains("First") && left[1].contains("Third") && left.len() == 2, "{left:?}");
    // Another page sees it go.
    other.until("document.querySelectorAll('.row').length === 2");

    for (view, button, question, left) in [
        ("i", "#clear-inbox", "Clear the inbox?", "document.querySelectorAll('.row').length"),
        (
            "r",
            "#clear-requests",
            "Clear the log of requests?",
            "document.querySelectorAll('.request').length",
        ),
    ] {
        browser.keys(view);
        other.keys(view);
        other.until(&format!("{left} > 0"));
        browser.click(button);
        browser.until("document.querySelector('#confirm').open");
        assert_eq!(browser.text("#confirm h2"), question);
        browser.keys(ENTER);
        browser.until("!document.querySelector('#confirm').open");
        assert_ne!(browser.get(left), 0);
        browser.click(button);
        browser.until("document.querySelector('#confirm').open");
        browser.screenshot(&format!("ask-{}", button.trim_start_matches('#')));
        browser.click("#confirm .danger");
        for page in [browser, &other] {
            page.until(&format!("{left} === 0"));
        }
    }
    assert!(desk.emulator.inbox().is_empty() && desk.emulator.requests().is_empty());
}

#[test]
#[ignore = "needs Chromium"]
fn what_is_found_is_saved_as_json_lines() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("Redmond wins"), "sports");
    desk.send(apple("Bellevue wins"), "sports");
    desk.send(Notification::template([("greeting_en", "Hi"), ("greeting_fr", "Salut")]).unwrap(), "sports");
    browser.until("document.querySelectorAll('.row').length === 4");
    let lines = |link: &str| -> Vec<Value> {
        let href = browser.get(&format!("document.querySelector('{link}').href"));
        let text = desk.get(href.as_str().unwrap());
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert_eq!(lines("#export-inbox").len(), 4);
    for (search, found) in [
        ("wins redmond", &["Redmond wins"][..]),
        ("template:greeting hi", &["Hi"]),
        ("tag:sports tag:politics", &["Salut"]),
        ("device:7603cf", &["Hi"]),
        ("\"wins redmond\"", &[]),
    ] {
        browser.fill("#search", search);
        let asked =
            format!("new URLSearchParams(location.hash.split('?')[1]).get('q') === {}", json!(search));
        browser.until(&asked);
        browser.until(&format!("document.querySelectorAll('.row').length === {} && document.querySelector('#feed').ariaBusy === 'false'", found.len()));
        let lines = lines("#export-inbox");
        assert_eq!(lines.len(), found.len(), "{search}");
        for (line, says) in lines.iter().zip(found) {
            assert!(line["payload"].as_str().unwrap().contains(says), "{search}: {line}");
        }
    }
    browser.keys("r");
    browser.until("document.querySelectorAll('.request').length === 3");
    assert_eq!(lines("#export-requests").len(), 3);
    browser.fill("#request-search", "sports template");
    let saved = lines("#export-requests");
    assert_eq!((saved.len(), &saved[0]["send"]["format"]), (1, &json!("template")));
    browser.fill("#request-search", "");
    browser.fill("#request-status", "4xx");
    assert_eq!(lines("#export-requests"), Vec::<Value>::new());
}
