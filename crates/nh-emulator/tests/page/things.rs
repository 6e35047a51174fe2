//! Devices, ids, the certificate authority, and what two pages show.

use super::browser::ENTER;
use super::desk::{Desk, TOKEN, apple};
use nh_core::{Installation, InstallationTemplate, PutInstallation};
use nh_emulator::{Emulator, Fault};
use nh_outcome::Platform;

#[test]
#[ignore = "needs Chromium"]
fn a_device_shows_its_handle_its_installation_and_its_templates() {
    let desk = Desk::of(Emulator::builder());
    let browser = &desk.browser;
    let handle = "00FC13ADFF785122B4AD28809A3420982341241421348097878E577C991DE8F0";
    let template = InstallationTemplate::new(r#"{"aps":{"alert":"$(greeting)"}}"#);
    let installation = Installation::new("phone-of-alice", Platform::Apple, handle).unwrap();
    let installation = installation.with_tags(["sports"]).unwrap().with_template("greeting", template);
    desk.ask(&PutInstallation::new(installation));
    browser.until("document.querySelectorAll('[role=option]').length === 2");
    browser.watch_the_clipboard();
    browser.get("document.querySelectorAll('[role=option]')[1].click()");
    browser.until("document.querySelector('#device-actions button')");
    browser.get("[...document.querySelectorAll('#device-actions button')].find((it) => it.textContent === 'Details').click()");
    browser.until("document.querySelectorAll('#details .registration').length === 2");
    let shown = browser.text("#details");
    for text in [handle, "phone-of-alice", "greeting", "$(greeting)", "sports", "Registration 2 of 2"] {
        assert!(shown.contains(text), "{text} in {shown}");
    }
    browser.screenshot("device");
    for (label, copied) in [("Copy the handle", handle), ("Copy the installation’s id", "phone-of-alice")] {
        browser.click(&format!("#details [aria-label='{label}']"));
        browser.until(&format!("window.copied === '{copied}'"));
    }
    let registration = desk.emulator.devices()[0].registrations[0].registration_id.clone();
    browser.click("#details [aria-label='Copy the registration’s id']");
    browser.until(&format!("window.copied === '{registration}'"));
    browser.click("#details [aria-label='Copy a link to this']");
    browser.until("window.copied === location.href");

    // To remove it is asked first.
    browser.keys(super::ESCAPE);
    browser.until("!document.querySelector('dialog[open]')");
    let remove = "[...document.querySelectorAll('#device-actions button')].find((it) => it.textContent.startsWith('Remove')).click()";
    browser.get(remove);
    browser.until("document.querySelector('#confirm').open");
    browser.keys(ENTER);
    browser.until("!document.querySelector('#confirm').open");
    assert_eq!(desk.emulator.devices().len(), 1);
    browser.get(remove);
    browser.until("document.querySelector('#confirm').open");
    browser.click("#confirm .danger");
    browser.until("document.querySelectorAll('[role=option]').length === 1");
    assert!(desk.emulator.devices().is_empty());
}

#[test]
#[ignore = "needs Chromium"]
fn ids_and_handles_are_copied() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("Goal"), "sports");
    browser.until("document.querySelector('.row')");
    browser.watch_the_clipboard();
    browser.click(".row");
    browser.until("document.querySelector('#details').open");
    let delivery = desk.emulator.inbox().remove(0);
    for (label, copied) in [
        ("Copy the handle", delivery.pns_handle),
        ("Copy the notification’s id", delivery.notification_id),
        ("Copy the registration’s id", delivery.registration_id.unwrap()),
    ] {
        browser.click(&format!("#details [aria-label='{label}']"));
        browser.until(&format!("window.copied === '{copied}'"));
    }
}

#[test]
#[ignore = "needs Chromium"]
fn the_certificate_authority_is_there_to_download_and_to_copy() {
    // Also with a token: it is no secret.
    let desk = Desk::of(Emulator::builder().control_token(TOKEN));
    let browser = &desk.browser;
    browser.watch_the_clipboard();
    browser.click("#show-connection");
    browser.until("document.querySelector('#download-ca')");
    browser.screenshot("connection");
    let link = browser.get("document.querySelector('#download-ca').href");
    let link = link.as_str().unwrap();
    assert!(link.ends_with("/$emulator/ca.pem"));
    let answer = ureq::get(link).call().unwrap();
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"nh-emulator-ca.pem\"");
    assert_eq!(desk.get(link), desk.emulator.ca_pem());
    browser.until("performance.getEntriesByName(document.querySelector('#download-ca').href).some((it) => it.responseEnd > 0)");
    browser.get("[...document.querySelectorAll('#register button')].find((it) => it.textContent === 'Copy the PEM').click()");
    browser.until("window.copied?.startsWith('-----BEGIN CERTIFICATE-----')");
    assert_eq!(browser.get("window.copied"), desk.emulator.ca_pem());
    for text in [desk.emulator.connection_string(), desk.emulator.namespace_connection_string()] {
        assert!(browser.text("#register").contains(text));
    }
}

#[test]
#[ignore = "needs Chromium"]
fn two_pages_agree_on_faults() {
    let desk = Desk::new();
    let [one, other] = [&desk.browser, &desk.another_page()];
    for page in [one, other] {
        page.keys("r");
        page.click("#faults-section summary");
        page.until("document.querySelector('#faults-section').open");
    }
    let count = |count: usize| {
        for page in [one, other] {
            page.until(&format!("document.querySelectorAll('.fault-list li').length === {count}"));
            page.until(&format!(
                "document.querySelector('#count-faults').textContent === '{}'",
                if count == 0 { String::new() } else { count.to_string() }
            ));
        }
    };
    count(0);
    // What somebody is about to add stays as it is while others come and go.
    other.fill("[aria-label='What goes wrong']", "503");
    one.click("#add-fault");
    count(1);
    assert_eq!(other.get("document.querySelector('[aria-label=\"What goes wrong\"]').value"), "503");
    desk.emulator.add_fault(Fault::status(500).operation("SendNotification").times(1)).unwrap();
    count(2);
    one.screenshot("faults");
    other.click(".fault-list button");
    count(1);
    // What has befallen its last request is over.
    let answer = desk.hub.request(
        &nh_core::SendNotification::new(apple("Goal"), nh_core::Audience::EVERYONE).unwrap(),
        std::time::SystemTime::now(),
    );
    desk.agent.run(answer.unwrap().map(|body| body.to_vec())).unwrap();
    count(0);
    desk.emulator.add_fault(Fault::status(500)).unwrap();
    count(1);
    desk.emulator.clear_faults();
    count(0);
}
