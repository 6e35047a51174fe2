//! Each place of the page has an address.

use super::browser::{Browser, ENTER, ESCAPE};
use super::desk::{Desk, apple};

fn hash(browser: &Browser) -> String {
    browser.get("location.hash").as_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs Chromium"]
fn back_closes_a_panel_and_a_link_opens_it() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("Redmond scores"), "sports");
    browser.until("document.querySelectorAll('.row').length === 1");
    let closed = "!document.querySelector('dialog[open]')";
    for (open, panel, shown, says) in [
        ("document.querySelector('.row').click()", "panel=delivery&id=1", "#details", "Redmond scores"),
        (
            "document.querySelector('#compose-button').click()",
            "panel=send",
            "#compose",
            "Send a notification",
        ),
        (
            "document.querySelector('#register-button').click()",
            "panel=register",
            "#register",
            "Register a demo device",
        ),
        ("document.querySelector('#help-button').click()", "panel=keys", "#help", "Keyboard"),
        (
            "document.querySelector('#show-connection').click()",
            "panel=connection",
            "#register",
            "How programs connect",
        ),
    ] {
        let is_open = format!(
            "document.querySelector('{shown}').open && document.querySelector('{shown} h2').textContent.includes('{says}')"
        );
        browser.get(open);
        browser.until(&is_open);
        assert_eq!(hash(browser), format!("#inbox?{panel}"));
        // A reload keeps it open.
        browser.reload();
        browser.until(&is_open);
        // Whoever gets the link sees the same.
        let link = browser.get("location.href");
        let other = Browser::open(link.as_str().unwrap());
        other.until(&is_open);
        // There Esc closes it, and here Back.
        other.keys(ESCAPE);
        other.until(closed);
        other.until("location.hash === '#inbox'");
        browser.back();
        browser.until(closed);
        browser.until("!location.hash.includes('panel')");
        // Closed by hand, it leaves nothing behind: Back does not open it again.
        let entries = browser.get("history.length");
        browser.get(open);
        browser.until(&is_open);
        browser.keys(ESCAPE);
        browser.until(closed);
        browser.until("!location.hash.includes('panel')");
        assert_eq!(browser.get("history.length"), entries);
    }
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
#[ignore = "needs Chromium"]
fn a_filter_chosen_while_a_panel_closes_stays() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("Redmond scores"), "sports");
    desk.send(apple("Redmond scores"), "undefined");
    browser.keys("r");
    browser.until("document.querySelectorAll('.request').length === 2");
    browser.click(".request");
    browser.until("document.querySelector('#details').open");
    // Both in one turn: the dialog tells afterwards that it is closed.
    browser.get(
        "(() => { const status = document.querySelector('#request-status'); document.querySelector('#details').close();
          status.value = 'hints'; status.dispatchEvent(new Event('change')); })()",
    );
    browser.until("document.querySelectorAll('.request').length === 1");
    browser.until("location.hash === '#requests?status=hints'");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
#[ignore = "needs Chromium"]
fn a_reload_keeps_the_search_the_device_and_the_view() {
    let desk = Desk::new();
    let browser = &desk.browser;
    desk.send(apple("Redmond scores"), "sports");
    desk.send(apple("Bellevue draws"), "sports");
    browser.until("document.querySelectorAll('.row').length === 2");
    browser.keys("/");
    browser.keys("scores tag:sports");
    browser.keys(ENTER);
    browser.until("document.querySelectorAll('.row').length === 1");
    browser.fill("#platform-filter", "apple");
    browser.get(
        "[...document.querySelectorAll('[role=option]')].find((it) => it.title.startsWith('00FC')).click()",
    );
    let same = "document.querySelector('#inbox-title').textContent.startsWith('iPhone') && document.querySelectorAll('.row').length === 1
        && document.querySelector('#search').value === 'scores tag:sports' && document.querySelector('#platform-filter').value === 'apple'";
    browser.until(same);
    browser.reload();
    browser.until(same);
    assert_eq!(browser.get("document.querySelectorAll('[role=option][aria-selected=true]').length"), 1);

    // Back leads to where one was: to all devices, with the search.
    browser.back();
    browser.until("document.querySelector('#inbox-title').textContent === 'All devices' && document.querySelector('#search').value === 'scores tag:sports'");
    browser.get("document.activeElement.blur()");
    browser.keys("r");
    browser.until("!document.querySelector('#requests-view').hidden && document.querySelectorAll('.request').length === 2");
    browser.fill("#request-search", "nowhere");
    browser.until("document.querySelectorAll('.request').length === 0");
    assert_eq!(hash(browser), "#requests?q=nowhere");
    browser.reload();
    browser.until("!document.querySelector('#requests-view').hidden && document.querySelector('#request-search').value === 'nowhere'");
    browser.until("!document.querySelector('#requests-empty').hidden");
    // Each view has its own search.
    browser.get("document.activeElement.blur()");
    browser.keys("i");
    browser.until(
        "document.querySelectorAll('.row').length === 2 && document.querySelector('#search').value === ''",
    );
    browser.keys("r");
    browser.until("document.querySelector('#request-search').value === 'nowhere'");
    browser.click("#faults-section summary");
    browser.until("location.hash.includes('unfolded=faults-section')");
    browser.reload();
    browser.until("document.querySelector('#faults-section').open");
    // Where nothing is any more, the page says so.
    browser.get("(location.hash = '#inbox?panel=delivery&id=77')");
    browser.until("document.querySelector('#details h2')?.textContent === 'This notification is gone'");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
#[ignore = "needs Chromium"]
fn what_was_typed_is_there_after_a_reload() {
    let desk = Desk::new();
    let browser = &desk.browser;
    browser.keys("n");
    browser.until("document.querySelector('#compose').open");
    browser.fill("#compose [name=tags]", "sports && drafts");
    browser.fill("#compose [name=payload]", r#"{"aps":{"alert":"Draft"}}"#);
    browser.reload();
    browser.until("document.querySelector('#compose').open");
    assert_eq!(browser.get("document.querySelector('#compose [name=tags]').value"), "sports && drafts");
    assert!(browser.text("#compose .stage").contains("Draft"));
    browser.keys(ESCAPE);
    // Again what somebody has received, to the same device.
    desk.send(apple("Once more"), "sports");
    browser.until("document.querySelectorAll('.row').length === 1");
    browser.click(".row");
    browser.until("document.querySelector('#details').open");
    browser.get("[...document.querySelectorAll('#details .buttons button')].find((it) => it.textContent.includes('again')).click()");
    browser.until("document.querySelector('#compose').open && !document.querySelector('#details').open");
    assert!(browser.text("#compose .stage").contains("Once more"));
    assert!(
        browser
            .get("document.querySelector('#compose [name=device]').value")
            .as_str()
            .unwrap()
            .starts_with("00FC")
    );
    browser.back();
    browser.until("document.querySelector('#details').open && !document.querySelector('#compose').open");
}
