//! What is sent from the page: to whom, whom it reached, and the code that does the same.

use super::browser::{Browser, ENTER};
use super::desk::{Desk, apple};
use nh_core::Notification;
use nh_emulator::Emulator;
use serde_json::json;
use std::process::Command;

const SHOWN: &str = r#"{"aps":{"alert":"Goal"}}"#;

fn open(browser: &Browser) {
    browser.keys("n");
    browser.until("document.querySelector('#compose').open");
}

fn to(browser: &Browser, whom: &str) {
    let radio = format!("#compose [name=to][value={whom}]");
    browser.click(&radio);
    browser.get(&format!("document.querySelector('{radio}').focus()"));
}

fn field(browser: &Browser, name: &str, text: &str) {
    browser.fill(&format!("#compose [name={name}]"), text);
}

#[test]
#[ignore = "needs Chromium"]
fn an_empty_field_is_never_everyone() {
    let desk = Desk::new();
    let browser = &desk.browser;
    open(browser);
    for (whom, name, says) in [
        ("device", "device", "Which device? Give its PNS handle."),
        ("tags", "tags", "Which devices? Give a tag expression, or choose “every device”."),
    ] {
        to(browser, whom);
        for empty in ["", "   "] {
            field(browser, name, empty);
            assert_eq!(browser.text("#compose .problem"), says);
            assert_eq!(browser.text("#rust-code"), format!("// {says}"));
            browser.get("[...document.querySelectorAll('#compose [role=tab]')].at(-1).click()");
            assert_eq!(browser.text("#curl-code"), format!("# {says}"));
            browser.get("document.querySelector('#compose [role=tab]').click()");
            browser.control_and(ENTER);
            browser.until(&format!("document.activeElement.name === '{name}'"));
            browser.until(&format!(
                "document.querySelector('#announcements').textContent.includes({})",
                json!(says)
            ));
            browser.get("document.querySelector('#announcements').replaceChildren()");
        }
        browser.screenshot(&format!("nobody-meant-{whom}"));
    }
    assert_eq!(desk.emulator.served().notifications, 0);

    // Everyone is a choice of its own.
    to(browser, "everyone");
    assert_eq!(browser.text("#compose [type=submit]"), "Send to every device");
    assert!(browser.text("#rust-code").contains(", Audience::EVERYONE).await?;"));
    assert!(!browser.text("#curl-code").contains("ServiceBusNotification-Tags"));
    browser.control_and(ENTER);
    browser.until("document.querySelector('#compose .outcome .good')?.textContent === '1 device got it.'");
    assert_eq!(desk.emulator.inbox().len(), 1);
}

#[test]
#[ignore = "needs Chromium"]
fn green_is_only_what_reached_all_that_it_was_for() {
    let desk = Desk::new();
    let browser = &desk.browser;
    let phone =
        desk.emulator.devices().into_iter().find(|device| device.pns_handle.starts_with("00FC")).unwrap();
    open(browser);
    let try_out = |tags: &str, payload: &str, class: &str, verdict: &str, hinted: bool| {
        field(browser, "tags", tags);
        field(browser, "payload", payload);
        browser.get("document.querySelector('#compose .outcome').replaceChildren()");
        browser.control_and(ENTER);
        browser.until(&format!(
            "document.querySelector('#compose .outcome .{class} strong')?.textContent === {}",
            json!(verdict)
        ));
        let hints = browser.get("document.querySelectorAll('#compose .hints li').length").as_u64().unwrap();
        assert_eq!(hints > 0, hinted, "{tags} {payload}");
        // Read aloud, also if a delivery is told at the same time.
        browser.until(&format!(
            "[...document.querySelectorAll('#announcements p')].some((line) => line.textContent.startsWith({}))",
            json!(verdict)
        ));
        browser.get("document.querySelector('#announcements').replaceChildren()");
    };
    try_out("sports", SHOWN, "good", "1 device got it.", false);
    try_out("sports && nobody", SHOWN, "bad", "Nobody got it: no device matched sports && nobody.", true);
    browser.screenshot("nobody");
    try_out("undefined", SHOWN, "bad", "Nobody got it: no device matched undefined.", true);
    try_out("sports", r#"{"score":"2:1"}"#, "fair", "1 device got it.", true);
    browser.screenshot("hints");
    desk.emulator
        .reject(
            &phone.hub,
            &phone.platform,
            &phone.pns_handle,
            Some(nh_emulator::Rejection::ChannelThrottled),
        )
        .unwrap();
    try_out(
        "sports",
        SHOWN,
        "bad",
        "Nobody got it: 1 device matched, and each push service refused it.",
        false,
    );
}

#[test]
#[ignore = "needs Chromium"]
fn the_curl_that_is_shown_works_when_it_is_pasted() {
    let desk = Desk::new();
    let browser = &desk.browser;
    let payload = "{\"aps\":{\"alert\":\"it's \\\"quoted\\\" $HOME `id` \\\\ done\"}}";
    let shown = || {
        browser.get("[...document.querySelectorAll('#compose [role=tab]')].at(-1).click()");
        browser.until("document.querySelector('#curl-code').textContent.includes('SharedAccessSignature')");
        browser.text("#curl-code")
    };
    let paste = |line: &str| {
        let directory = tempfile::tempdir().unwrap();
        let output = Command::new("sh").args(["-c", line]).current_dir(directory.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{line}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.starts_with("HTTP/2 201") || text.starts_with("HTTP/1.1 201"), "{line}\n{text}");
        assert_eq!(
            std::fs::read_to_string(directory.path().join("nh-emulator-ca.pem")).unwrap(),
            desk.emulator.ca_pem()
        );
    };
    let last = || desk.emulator.inbox().pop().unwrap();
    open(browser);
    field(browser, "payload", payload);
    field(browser, "headers", "apns-priority: 5");
    paste(&shown());
    let delivery = last();
    assert_eq!((delivery.payload.as_str(), delivery.headers["apns-priority"].as_str()), (payload, "5"));
    assert_eq!(desk.emulator.requests()[0].send.as_ref().unwrap().tags.as_deref(), Some("sports"));
    assert_eq!(browser.text("#rust-code"), "", "only the tab that is shown is in the page");
    browser.get("document.querySelector('#compose [role=tab]').click()");
    assert_eq!(
        browser.text("#rust-code"),
        format!(
            "client.send(Notification::with_headers(Platform::Apple, r#\"{payload}\"#, &[(\"apns-priority\", \"5\")])?, \"sports\").await?;"
        )
    );

    // To one device, and of each kind.
    to(browser, "device");
    field(browser, "device", "00FF'$(id)");
    field(browser, "headers", "");
    field(browser, "payload", SHOWN);
    paste(&shown());
    assert_eq!((last().pns_handle.as_str(), last().registration_id), ("00FF'$(id)", None));
    for format in ["windows", "browser", "fcmv1", "windowsphone"] {
        field(browser, "format", format);
        field(browser, "device", &format!("handle-of-{format}"));
        paste(&shown());
        assert_eq!(last().pns_handle, format!("handle-of-{format}"));
    }
    to(browser, "tags");
    field(browser, "format", "template");
    field(browser, "tags", "sports && !news");
    field(browser, "properties", "greeting_fr = Ça va ?\ngreeting_en = 'Hi'");
    paste(&shown());
    assert!(last().payload.contains("Ça va ?"), "{}", last().payload);
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
#[ignore = "needs Chromium"]
fn what_a_template_asks_for_in_vain_is_marked() {
    let desk = Desk::new();
    let browser = &desk.browser;
    // Before it is sent: as the emulator fills it in.
    open(browser);
    field(browser, "format", "template");
    field(browser, "properties", "greeting_en = Hello");
    browser.until("document.querySelectorAll('#compose .stage-one').length === 2");
    assert_eq!(browser.get("document.querySelectorAll('#compose .stage .unfilled').length"), 1);
    assert!(browser.text("#compose .stage .unfilled").contains("greeting_fr"));
    assert_eq!(browser.text("#compose .ios-body"), "Hello");
    // What is asked for late does not come back over another format.
    field(browser, "properties", "greeting_en = Late");
    field(browser, "format", "apple");
    field(browser, "tags", "nobody");
    browser.control_and(ENTER);
    browser.until("document.querySelector('#compose .outcome .bad')");
    assert_eq!(browser.get("document.querySelectorAll('#compose .stage > *').length"), 1);
    assert_eq!(browser.get("document.querySelectorAll('#compose .stage-one').length"), 0);
    field(browser, "format", "template");
    field(browser, "tags", "sports");
    field(browser, "properties", "greeting_en = Hello");
    browser.until("document.querySelectorAll('#compose .stage-one').length === 2");
    browser.screenshot("unfilled-compose");
    browser.control_and(ENTER);
    browser.until(
        "document.querySelector('#compose .hints')?.textContent.includes(\"no property 'greeting_fr'\")",
    );
    browser.until("document.querySelector('#compose .outcome .fair')");

    // Where it has arrived: in the row, and in the template.
    browser.keys(super::ESCAPE);
    browser.until("document.querySelectorAll('.row').length === 2");
    assert_eq!(browser.get("document.querySelectorAll('.row .unfilled').length"), 1);
    let row = "document.querySelector('.row .unfilled').closest('.row')";
    assert_eq!(browser.get(&format!("{row}.dataset.platform")), "windows");
    browser.screenshot("unfilled");
    browser.get(&format!("{row}.click()"));
    browser.until("document.querySelector('#details mark')");
    assert_eq!(browser.text("#details mark"), "$(greeting_fr)");
    assert!(browser.text("#details .stage .unfilled").contains("greeting_fr"));
    browser.screenshot("unfilled-details");
}

#[test]
#[ignore = "needs Chromium"]
fn line_breaks_are_shown_as_the_devices_show_them() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("one\ntwo\nthree"), "sports");
    let fcm = json!({"message": {"notification": {"title": "Title", "body": "one\ntwo"}}}).to_string();
    desk.send(Notification::fcm_v1(fcm).unwrap(), "sports");
    let web = json!({"title": "Title", "message": "one\ntwo"}).to_string();
    desk.send(Notification::browser(web).unwrap(), "sports");
    let toast = "<toast><visual><binding template=\"ToastText01\"><text id=\"1\">one&#10;two</text></binding></visual></toast>";
    desk.send(Notification::windows(toast).unwrap(), "sports");
    browser.until("document.querySelectorAll('.row').length === 4");
    for (selector, count) in [(".ios-body", 3), (".android-body", 2), (".web-body", 2), (".win-line", 2)] {
        let lines = format!(
            "(() => {{ const range = document.createRange(); range.selectNodeContents(document.querySelector('{selector}'));
              return new Set([...range.getClientRects()].map((it) => it.top)).size; }})()"
        );
        assert_eq!(browser.get(&lines), count, "{selector}");
    }
    browser.screenshot("line-breaks");
}

#[test]
#[ignore = "needs Chromium"]
fn the_control_api_sends_to_nobody_who_is_not_meant() {
    let emulator = Emulator::builder().demo_devices(true).start_blocking().unwrap();
    let url = format!("{}send", emulator.page_url());
    for (whom, says) in [
        (json!({"device": ""}), "'device' is empty"),
        (json!({"device": " "}), "'device' is empty"),
        (json!({"tags": ""}), "'tags' is empty"),
        (json!({"device": null}), "never null"),
        (json!({"tags": null}), "never null"),
    ] {
        let mut send = json!({"format": "apple", "payload": SHOWN});
        send.as_object_mut().unwrap().extend(whom.as_object().unwrap().clone());
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let request = agent.post(&url).content_type("application/json");
        let mut answer = request.send(send.to_string()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        assert!(answer.status() == 400 && text.contains(says), "{whom}: {text}");
    }
    assert_eq!(emulator.inbox(), []);
}
