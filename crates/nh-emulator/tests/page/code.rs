//! The Rust that the page shows: it is the code that is compiled here.

use super::desk::Desk;
use nh_core::{
    Audience, BuildError, DeviceHandle, IntoAudience, IntoDevice, Notification, Operation, Platform,
    PushSubscription, SendDirect,
};

/// The methods of nh-hyper's client that the code calls, with their types.
struct Client;

struct Receipt;

impl Client {
    async fn send(&self, _: impl Into<Notification>, _: impl IntoAudience) -> Result<Receipt, BuildError> {
        Ok(Receipt)
    }

    async fn test_send(
        &self,
        _: impl Into<Notification>,
        _: impl IntoAudience,
    ) -> Result<Receipt, BuildError> {
        Ok(Receipt)
    }

    async fn send_direct(
        &self,
        _: impl Into<Notification>,
        _: impl IntoDevice,
    ) -> Result<Receipt, BuildError> {
        Ok(Receipt)
    }

    async fn execute(&self, _: &impl Operation) -> Result<Receipt, BuildError> {
        Ok(Receipt)
    }
}

/// Compiles code, and gives its text.
macro_rules! compiled {
    ($client:ident, $($code:tt)*) => {{
        #[allow(unused_variables, reason = "what the code makes is for who pastes it")]
        let _ = async |$client: Client| -> Result<(), BuildError> {
            $($code)*
            Ok(())
        };
        stringify!($($code)*)
    }};
}

fn squashed(code: &str) -> String {
    code.split_whitespace().collect()
}

#[test]
#[ignore = "needs Chromium"]
fn the_rust_that_is_shown_compiles() {
    let desk = Desk::new();
    let browser = &desk.browser;
    browser.keys("n");
    browser.until("document.querySelector('#compose').open");
    let shown = |to: &str, test: bool, fields: &[(&str, &str)]| {
        browser.click(&format!("#compose [name=to][value={to}]"));
        browser.get(&format!("(document.querySelector('#compose [name=test]').checked = {test})"));
        for (name, text) in fields {
            browser.fill(&format!("#compose [name={name}]"), text);
        }
        squashed(&browser.text("#rust-code"))
    };
    let alert = r#"{"aps":{"alert":"Hi"}}"#;
    let alert = [("format", "apple"), ("payload", alert), ("tags", "a && !b"), ("device", "00FF")];
    for (is_shown, code) in [
        (
            shown("tags", false, &alert),
            compiled!(client, client.send(Notification::apple(r#"{"aps":{"alert":"Hi"}}"#)?, "a && !b").await?;),
        ),
        (
            shown("everyone", false, &alert),
            compiled!(client, client.send(Notification::apple(r#"{"aps":{"alert":"Hi"}}"#)?, Audience::EVERYONE).await?;),
        ),
        (
            shown("tags", true, &alert),
            compiled!(client, let receipt = client.test_send(Notification::apple(r#"{"aps":{"alert":"Hi"}}"#)?, "a && !b").await?;),
        ),
        (
            shown("device", false, &alert),
            compiled!(client, client.send_direct(Notification::apple(r#"{"aps":{"alert":"Hi"}}"#)?, "00FF").await?;),
        ),
        (
            shown("device", true, &alert),
            compiled!(client, let direct = SendDirect::new(Notification::apple(r#"{"aps":{"alert":"Hi"}}"#)?, DeviceHandle::new("00FF")?)?;
                let receipt = client.execute(&direct.test()).await?;),
        ),
        (
            shown("device", false, &[("headers", "apns-priority: 5")]),
            compiled!(client, client.send_direct(Notification::with_headers(Platform::Apple, r#"{"aps":{"alert":"Hi"}}"#, &[("apns-priority", "5")])?, "00FF").await?;),
        ),
        (
            shown(
                "device",
                false,
                &[("format", "browser"), ("payload", "{}"), ("device", "https://push.example/1")],
            ),
            compiled!(client, client.send_direct(Notification::browser("{}")?, DeviceHandle::browser(PushSubscription { endpoint: "https://push.example/1".into(), p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".into(), auth: "BTBZMqHH6r4Tts7J_aSIgg".into() })?).await?;),
        ),
        (
            shown("tags", false, &[("format", "template"), ("properties", "a = 1\nb = \"x\"")]),
            compiled!(client, client.send(Notification::template([("a", "1"), ("b", r#""x""#)])?, "a && !b").await?;),
        ),
        (
            shown("tags", false, &[("properties", "")]),
            compiled!(client, client.send(Notification::template([] as [(&str, &str); 0])?, "a && !b").await?;),
        ),
        (
            shown("tags", false, &[("format", "windows"), ("payload", "\u{7}\"bytes\"")]),
            compiled!(client, client.send(Notification::windows_raw("\x07\"bytes\"")?, "a && !b").await?;),
        ),
        (
            shown("tags", false, &[("format", "windowsphone"), ("payload", "bytes")]),
            compiled!(client, client.send(Notification::windows_phone_raw("bytes")?, "a && !b").await?;),
        ),
        (
            shown("tags", false, &[("format", "fcmv1"), ("payload", "{}")]),
            compiled!(client, client.send(Notification::fcm_v1("{}")?, "a && !b").await?;),
        ),
        (
            shown("tags", false, &[("format", "gcm"), ("payload", "{}")]),
            compiled!(client, client.send(Notification::gcm("{}")?, "a && !b").await?;),
        ),
        (
            shown("tags", false, &[("format", "adm"), ("payload", "{}")]),
            compiled!(client, client.send(Notification::adm("{}")?, "a && !b").await?;),
        ),
        (
            shown("tags", false, &[("format", "baidu"), ("payload", "{}")]),
            compiled!(client, client.send(Notification::baidu("{}")?, "a && !b").await?;),
        ),
        (
            shown("tags", false, &[("format", "xiaomi"), ("payload", "{}")]),
            compiled!(client, client.send(Notification::xiaomi("{}")?, "a && !b").await?;),
        ),
    ] {
        assert_eq!(is_shown, squashed(code));
    }
}
