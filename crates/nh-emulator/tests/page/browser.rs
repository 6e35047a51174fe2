//! A headless Chromium, driven by WebDriver: <https://www.w3.org/TR/webdriver2/>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

pub const ENTER: &str = "\u{E007}";
pub const ESCAPE: &str = "\u{E00C}";
pub const TAB: &str = "\u{E004}";
pub const LEFT: &str = "\u{E012}";
pub const UP: &str = "\u{E013}";
pub const RIGHT: &str = "\u{E014}";
pub const DOWN: &str = "\u{E015}";
pub const HOME: &str = "\u{E011}";
pub const END: &str = "\u{E010}";
const CONTROL: &str = "\u{E009}";

/// What a page has to become true within, on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Browser {
    driver: Child,
    // Closing it would end the driver at its next line.
    _output: BufReader<ChildStdout>,
    session: String,
    agent: ureq::Agent,
}

impl Browser {
    /// At an address, 1280 by 860.
    pub fn open(url: &str) -> Browser {
        // A free port may be taken again before the driver has it.
        let (driver, output, port) =
            (0..5).find_map(|_| Browser::driver()).expect("chromedriver found no port");
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE * 2))
            .build();
        let mut browser = Browser {
            driver,
            _output: output,
            session: format!("http://127.0.0.1:{port}/session"),
            agent: config.new_agent(),
        };
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--window-size=1280,860",
        ];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": PATIENCE.as_millis() as u64},
        }}});
        let answer = browser.ask("POST", "", &capabilities).unwrap();
        browser.session = format!("{}/{}", browser.session, answer["sessionId"].as_str().unwrap());
        browser.ask("POST", "/url", &json!({"url": url})).unwrap();
        browser
    }

    fn driver() -> Option<(Child, BufReader<ChildStdout>, u16)> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver: install Debian's chromium and chromium-driver");
        let mut output = BufReader::new(driver.stdout.take().unwrap());
        let mut line = String::new();
        while output.read_line(&mut line).unwrap() > 0 {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                let port = port.trim().trim_end_matches('.').parse().unwrap();
                return Some((driver, output, port));
            }
            line.clear();
        }
        driver.wait().unwrap();
        None
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.session))
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let mut response = self.agent.run(request).unwrap();
        let text = response.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        match response.status().is_success() {
            true => Ok(answer["value"].clone()),
            false => Err(answer["value"]["message"].as_str().unwrap_or_default().to_owned()),
        }
    }

    pub fn reload(&self) {
        self.ask("POST", "/refresh", &json!({})).unwrap();
    }

    /// As the button of the browser.
    pub fn back(&self) {
        self.ask("POST", "/back", &json!({})).unwrap();
    }

    pub fn click(&self, selector: &str) {
        self.get(&format!("document.querySelector({}).click()", json!(selector)));
    }

    /// Writes into a field, or chooses in a list, as somebody does who types.
    pub fn fill(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        self.get(&format!(
            "(() => {{ const field = document.querySelector({selector}); field.value = {text};
              for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{ bubbles: true }})); }})()"
        ));
    }

    /// What is copied from now on is kept in `window.copied`.
    pub fn watch_the_clipboard(&self) {
        self.get(
            "(Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => (window.copied = text) } }), true)",
        );
    }

    /// What an expression is.
    pub fn get(&self, expression: &str) -> Value {
        let script = format!("return {expression};");
        self.ask("POST", "/execute/sync", &json!({"script": script, "args": []})).expect(expression)
    }

    pub fn text(&self, selector: &str) -> String {
        let text = self.get(&format!("document.querySelector({})?.textContent ?? ''", json!(selector)));
        text.as_str().unwrap().to_owned()
    }

    /// Waits until an expression is true, and is told of each change of the document: it never sleeps.
    pub fn until(&self, condition: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const check = () => {{ try {{ return {condition}; }} catch {{ return null; }} }};
             const at_once = check();
             if (at_once) return done(at_once);
             const look = () => {{
               const is = check();
               if (!is) return;
               observer.disconnect();
               done(is);
             }};
             const observer = new MutationObserver(look);
             observer.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
             document.addEventListener('focusin', look);"
        );
        self.ask("POST", "/execute/async", &json!({"script": script, "args": []})).unwrap_or_else(|why| {
            self.screenshot(&format!("failed-{}", std::thread::current().name().unwrap_or_default()));
            let focus = self.get("document.activeElement.outerHTML.slice(0, 300)");
            panic!(
                "this did not become true: {condition}\n{why}\nfocus: {focus}\nconsole: {:?}",
                self.console()
            )
        })
    }

    /// Presses keys one after the other.
    pub fn keys(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})))
            .collect();
        self.press(&strokes);
    }

    pub fn control_and(&self, key: &str) {
        let stroke = |kind: &str, key: &str| json!({"type": kind, "value": key});
        self.press(&[
            stroke("keyDown", CONTROL),
            stroke("keyDown", key),
            stroke("keyUp", key),
            stroke("keyUp", CONTROL),
        ]);
    }

    fn press(&self, strokes: &[Value]) {
        let keyboard = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        self.ask("POST", "/actions", &keyboard).unwrap();
    }

    /// The system's theme.
    pub fn prefers(&self, scheme: &str) {
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", &feature);
    }

    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    fn devtools(&self, command: &str, parameters: &Value) {
        self.ask("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": parameters})).unwrap();
    }

    /// What the browser complained of since it was last asked.
    pub fn console(&self) -> Vec<String> {
        let lines = self.ask("POST", "/se/log", &json!({"type": "browser"})).unwrap();
        let complaints = lines.as_array().unwrap().iter().filter(|line| line["level"] == "SEVERE");
        complaints.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }

    /// `target/screenshots/{name}.png`, for a person to look at. Animations are over.
    pub fn screenshot(&self, name: &str) {
        let over = "Promise.all(document.getAnimations().map((it) => it.finished.catch(() => {})))";
        let script = format!("const done = arguments[0]; {over}.then(() => done(true));");
        let _ = self.ask("POST", "/execute/async", &json!({"script": script, "args": []}));
        let png = self.ask("GET", "/screenshot", &Value::Null).unwrap();
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        fs::create_dir_all(&directory).unwrap();
        let png = STANDARD.decode(png.as_str().unwrap()).unwrap();
        fs::write(directory.join(format!("{name}.png")), png).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.ask("DELETE", "", &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
