//! How the page looks: wide and narrow, light and dark. Nothing sticks out, and all text can be read.

use super::browser::{Browser, DOWN, ENTER, ESCAPE, HOME};
use super::desk::{Desk, apple};
use nh_core::{Notification, SendDirectBatch};
use nh_emulator::Fault;
use std::cell::RefCell;

/// In an address: a device with a template.
const DEMO_PHONE: &str =
    "device=demo-hub/apple/7603CF2F5537AADF272DEA23B4FB4D33B56F0F8FE697F57777EC459594910786";

/// What sticks out to the right.
const OVERFLOW: &str = "[...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest('#device-list, .sr')).map((it) => `${it.tagName} ${it.className} ${it.getBoundingClientRect().right} of ${innerWidth}`)";

/// Text with less than 4.5 to 1 to what it stands on (WCAG 2.2, 1.4.3). What stands on a picture is left out.
const FAINT: &str = r#"(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [R, G, B] = [r, g, b].map((it) => (it / 255 <= 0.04045 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const ground = (it) => {
    for (let at = it; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== 'none') return null;
      const color = rgba(style.backgroundColor);
      if (color[3] > 250) return color;
    }
    return rgba(getComputedStyle(document.documentElement).backgroundColor);
  };
  const faint = new Set();
  const dialog = document.querySelector('dialog[open]');
  for (const it of (dialog ?? document.body).querySelectorAll('*')) {
    const says = [...it.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim());
    if (!says || !it.checkVisibility({ opacityProperty: true }) || it.closest('.sr, .skip, :disabled, .drawn, option')) continue;
    const on = ground(it);
    if (!on) continue;
    const [one, other] = [light(rgba(getComputedStyle(it).color)), light(on)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) faint.add(`${it.tagName}.${it.className} "${it.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return [...faint];
})()"#;

/// A state of the page, with its name: it is looked at in each width and theme.
fn look(browser: &Browser, name: &str) -> Vec<String> {
    browser.screenshot(name);
    let wrong = [OVERFLOW, FAINT].map(|wrong| browser.get(wrong));
    let wrong = wrong.iter().flat_map(|all| all.as_array().unwrap());
    wrong.map(|one| format!("{name}: {}", one.as_str().unwrap())).collect()
}

fn prepare(desk: &Desk) {
    let devices = (0..40).map(|n| nh_core::DeviceHandle::new(format!("{n:064X}")).unwrap());
    desk.ask(&SendDirectBatch::new(apple("To forty phones"), devices.collect::<Vec<_>>()).unwrap());
    desk.send_all_kinds();
    desk.send(apple("Nobody"), "sports && (nobody || anybody) && !politics");
    desk.send(Notification::template([("greeting_fr", "Salut,\nça va ?")]).unwrap(), "sports");
    desk.emulator.add_fault(Fault::status(503).operation("SendNotification").every(2)).unwrap();
    desk.browser.until("document.querySelectorAll('.row').length >= 4");
}

#[test]
#[ignore = "needs Chromium"]
fn both_themes_wide_and_narrow() {
    let desk = Desk::new();
    let browser = &desk.browser;
    prepare(&desk);
    let background = "getComputedStyle(document.documentElement).backgroundColor";
    let light_one = |browser: &Browser| {
        let color = browser.get(background).as_str().unwrap().to_owned();
        let channels: Vec<u32> =
            color.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
        channels[0] > 128
    };
    let wrong = RefCell::new(Vec::new());
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        assert_eq!(light_one(browser), scheme == "light");
        for (width_name, width, height) in [("wide", 1440, 900), ("middle", 900, 800), ("narrow", 390, 844)] {
            browser.resize(width, height);
            let look = |what: &str| {
                let found = look(browser, &format!("{what}-{scheme}-{width_name}"));
                wrong.borrow_mut().extend(found);
            };
            browser.until("document.querySelectorAll('.row').length > 2");
            look("inbox");
            for key in ["j", HOME, DOWN, ENTER] {
                browser.keys(key);
            }
            browser.until("document.querySelector('#details').open && document.querySelector('#to-request')");
            look("details");
            browser.keys(ESCAPE);
            browser.until("!document.querySelector('dialog[open]')");
            compose(browser, &look);
            log(browser, &look);
            for (panel, shown) in [
                ("device", ".registration"),
                ("connection", "#download-ca"),
                ("keys", ".keys"),
                ("register", ".register"),
            ] {
                browser.get(&format!("(location.hash = '#inbox?{DEMO_PHONE}&panel={panel}')"));
                browser.until(&format!("document.querySelector('dialog[open] {shown}')"));
                look(panel);
            }
            browser.get("(location.hash = '#inbox?q=forty')");
            browser.until(
                "!document.querySelector('dialog[open]') && document.querySelectorAll('.row').length === 1",
            );
            browser.click(".fold-button");
            browser.until("document.querySelector('.row-part')");
            look("unfolded");
            browser.click(".fold-button");
            browser.until("!document.querySelector('.row-part')");
            browser.click("#clear-inbox");
            browser.until("document.querySelector('#confirm').open");
            look("asked");
            browser.keys(ENTER);
            browser.get("(location.hash = '#inbox')");
            browser.until("document.querySelectorAll('.row').length > 2");
            browser.get("(document.querySelector('#inbox-scroller').scrollTop = 0)");
        }
    }
    assert!(wrong.borrow().is_empty(), "{:#?}", wrong.borrow());
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

fn compose(browser: &Browser, look: &impl Fn(&str)) {
    browser.keys("n");
    browser.until("document.querySelector('#compose').open");
    browser.fill("#compose [name=format]", "apple");
    browser.fill("#compose [name=tags]", "sports && nobody");
    look("compose");
    browser.control_and(ENTER);
    browser.until("document.querySelector('#compose .outcome .bad')");
    look("compose-nobody");
    browser.fill("#compose [name=format]", "template");
    browser.fill("#compose [name=properties]", "greeting_en = Hello");
    browser.until("document.querySelectorAll('#compose .stage .unfilled').length === 1");
    browser.get("document.querySelector('#compose .sheet-body').scrollTo(0, 0)");
    look("compose-template");
    browser.keys(ESCAPE);
    browser.until("!document.querySelector('dialog[open]')");
}

fn log(browser: &Browser, look: &impl Fn(&str)) {
    browser.keys("r");
    browser.until("document.querySelectorAll('.request').length > 3");
    look("requests");
    browser.click("#faults-section summary");
    browser.until("document.querySelector('.fault-list')?.checkVisibility()");
    look("faults");
    browser.click("#faults-section summary");
    browser.get(
        "[...document.querySelectorAll('.request')].find((it) => it.textContent.includes('Nobody')).click()",
    );
    browser.until("document.querySelector('#request-send')");
    look("request");
    browser.keys(ESCAPE);
    browser.until("!document.querySelector('dialog[open]')");
    browser.keys("i");
}
