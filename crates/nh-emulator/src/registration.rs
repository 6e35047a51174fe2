//! The devices that a hub knows.

use nh_outcome::Platform;

/// A device that is registered, natively or with a template.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) id: String,
    pub(crate) platform: Platform,
    pub(crate) pns_handle: String,
    pub(crate) tags: Vec<String>,
    pub(crate) template: Option<Template>,
}

#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) name: String,
    pub(crate) body: String,
}

/// A device of each platform, and two with a template.
pub(crate) fn demo() -> Vec<Registration> {
    let native = [
        (Platform::Apple, "00FC13ADFF785122B4AD28809A3420982341241421348097878E577C991DE8F0"),
        (Platform::FcmV1, "demo-fcm-v1:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx"),
        (Platform::Gcm, "demo-gcm:APA91bGwOhvzVAzWr3Y8Ym8Zz1TJgk5Nnm2a"),
        (Platform::Windows, "https://db5p.notify.windows.com/?token=demo-windows"),
        (Platform::WindowsPhone, "https://s.notify.live.net/u/1/db3/demo-windows-phone"),
        (Platform::Adm, "amzn1.adm-registration.v2.demo-kindle"),
        (Platform::Baidu, "demo-user-demo-channel"),
        (Platform::Browser, "https://fcm.googleapis.com/fcm/send/demo-browser"),
        (Platform::Xiaomi, "demo-xiaomi-registration"),
    ];
    let native = native.map(|(platform, handle)| (platform, handle, None));
    let template = [
        (
            Platform::Apple,
            "7603CF2F5537AADF272DEA23B4FB4D33B56F0F8FE697F57777EC459594910786",
            Some(("greeting", r#"{"aps":{"alert":"$(greeting_en)"}}"#)),
        ),
        (
            Platform::Windows,
            "https://db5p.notify.windows.com/?token=demo-windows-template",
            Some((
                "greeting",
                r#"<toast><visual><binding template="ToastText01"><text id="1">$(greeting_fr)</text></binding></visual></toast>"#,
            )),
        ),
    ];
    let register = |(n, (platform, handle, template)): (usize, (Platform, &str, Option<(&str, &str)>))| {
        let odd = n % 2 == 1;
        let topic = if odd { "politics" } else { "news" };
        let user = if odd { "$UserId:{alice}" } else { "$UserId:{bob@contoso.com}" };
        Registration {
            id: format!(
                "{}-{}-{}",
                8_247_220_326_459_738_000_u64 + n as u64,
                3_156_204_875_216_938_000_u64 + n as u64,
                n % 8 + 1
            ),
            platform,
            pns_handle: handle.to_owned(),
            tags: ["sports", topic, user].map(str::to_owned).to_vec(),
            template: template.map(|(name, body)| Template { name: name.to_owned(), body: body.to_owned() }),
        }
    };
    native.into_iter().chain(template).enumerate().map(register).collect()
}
