//! The devices that a hub is given to begin with.

use super::contract::Contract;
use super::registration::{Registration, Template};
use nh_outcome::Platform;

/// Platform, parts of the handle, and the name and body of a template.
type Demo = (Platform, &'static str, Option<(&'static str, &'static str)>);

const ALERT: &str = r#"{"aps":{"alert":"$(greeting_en)"}}"#;
const TOAST: &str = r#"<toast><visual><binding template="ToastText01"><text id="1">$(greeting_fr)</text></binding></visual></toast>"#;

const DEMO: [Demo; 10] = [
    (Platform::Apple, "00FC13ADFF785122B4AD28809A3420982341241421348097878E577C991DE8F0", None),
    (Platform::FcmV1, "demo-fcm-v1:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx", None),
    (Platform::Gcm, "demo-gcm:APA91bGwOhvzVAzWr3Y8Ym8Zz1TJgk5Nnm2a", None),
    (Platform::Windows, "https://db5p.notify.windows.com/?token=demo-windows", None),
    (Platform::WindowsPhone, "https://s.notify.live.net/u/1/db3/demo-windows-phone", None),
    (Platform::Adm, "amzn1.adm-registration.v2.demo-kindle", None),
    (Platform::Baidu, "demo-user demo-channel", None),
    (Platform::Browser, "https://fcm.googleapis.com/fcm/send/demo-browser demo-p256dh demo-auth", None),
    (
        Platform::Apple,
        "7603CF2F5537AADF272DEA23B4FB4D33B56F0F8FE697F57777EC459594910786",
        Some(("greeting", ALERT)),
    ),
    (
        Platform::Windows,
        "https://db5p.notify.windows.com/?token=demo-windows-template",
        Some(("greeting", TOAST)),
    ),
];

/// A device of each platform but Xiaomi, and two with a template. The official Java SDK cannot read a list with a Xiaomi
/// registration: its reader knows none, and sets what belongs to it on the list.
pub(crate) fn devices() -> Vec<Registration> {
    let register = |(n, (platform, handle, template)): (u64, Demo)| {
        let odd = n % 2 == 1;
        let topic = if odd { "politics" } else { "news" };
        let user = if odd { "$UserId:{alice}" } else { "$UserId:{bob@contoso.com}" };
        let contract = Contract::of(&platform).expect("demo devices are of known platforms");
        let mut registration = Registration::new(contract, &handle.split(' ').collect::<Vec<_>>());
        registration.id =
            format!("{}-{}-{}", 8_247_220_326_459_738_000 + n, 3_156_204_875_216_938_000 + n, n % 8 + 1);
        registration.tags = ["sports", topic, user].map(str::to_owned).to_vec();
        if let Some((name, body)) = template {
            registration.texts.extend([("TemplateName", name.to_owned()), ("BodyTemplate", body.to_owned())]);
            let headers = match platform {
                Platform::Windows => vec![("X-WNS-Type".to_owned(), "wns/toast".to_owned())],
                _ => Vec::new(),
            };
            registration.template = Some(Template { headers });
        }
        registration
    };
    (0..).zip(DEMO).map(register).collect()
}
