//! Payload builders as payloads, owned and borrowed.

use super::payload::{Payload, ToPayload};
use super::{AdmPayload, ApplePayload, BaiduPayload, BrowserPayload, FcmV1Payload, Tile, Toast};
use crate::BuildError;

/// Payload builders that cannot fail.
macro_rules! json {
    ($($builder:ty),*) => {$(
        impl From<$builder> for Payload {
            fn from(payload: $builder) -> Payload {
                Payload::of(&payload)
            }
        }

        impl From<&$builder> for Payload {
            fn from(payload: &$builder) -> Payload {
                Payload::of(payload)
            }
        }
    )*};
}
json!(ApplePayload, FcmV1Payload, AdmPayload, BaiduPayload, BrowserPayload);

/// Payload builders that may fail, because XML cannot hold all characters.
macro_rules! fallible {
    ($($builder:ty),*) => {$(
        impl ToPayload for $builder {
            fn into_payload(self) -> Result<Payload, BuildError> {
                self.payload()
            }
        }

        impl ToPayload for &$builder {
            fn into_payload(self) -> Result<Payload, BuildError> {
                self.payload()
            }
        }
    )*};
}
fallible!(Toast, Tile);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;
    use crate::notification::{Badge, TileSize};

    #[test]
    fn every_builder_is_taken_owned_and_borrowed() -> Result<(), BuildError> {
        let toast = Toast::new("Hello");
        Notification::windows(&toast)?;
        Notification::windows(toast)?;
        let tile = Tile::new().binding(TileSize::Medium, ["Hello"]);
        Notification::windows(&tile)?;
        Notification::windows(tile)?;
        let badge: &Badge = &Badge::Number(1);
        Notification::windows(badge)?;
        Notification::windows(*badge)?;
        let apple = ApplePayload::background();
        Notification::apple(&apple)?;
        Notification::apple(apple)?;
        let fcm_v1 = FcmV1Payload::new();
        Notification::fcm_v1(&fcm_v1)?;
        Notification::fcm_v1(fcm_v1)?;
        let adm = AdmPayload::new();
        Notification::adm(&adm)?;
        Notification::adm(adm)?;
        let baidu = BaiduPayload::new("t", "d");
        Notification::baidu(&baidu)?;
        Notification::baidu(baidu)?;
        let browser = BrowserPayload::new("t", "m");
        Notification::browser(&browser)?;
        Notification::browser(browser)?;
        Ok(())
    }
}
