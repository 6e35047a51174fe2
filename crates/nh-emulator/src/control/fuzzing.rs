//! Fuzz targets: the bodies of the control API.

use super::clock::ClockSetting;
use super::devices::NewRejection;
use super::render::NewRendering;
use super::send::{NewSend, notification, target};
use super::storage::NewContainer;
use crate::namespace::clock::Clock;
use crate::namespace::operations::new_device::NewDevice;
use crate::rest::fault::Fault;
use serde::de::DeserializeOwned;

/// A body of each kind: a fault that is read is written, and read back equal; a send is judged.
pub fn control_body(bytes: &[u8]) {
    if let Some(fault) = read::<Fault>(bytes) {
        let written = serde_json::to_value(&fault).expect("a fault is JSON");
        assert_eq!(serde_json::from_value::<Fault>(written).expect("it was written"), fault);
        let _ = fault.check().is_ok();
    }
    if let Some(send) = read::<NewSend>(bytes) {
        let _ = target(send.device, send.tags).is_ok();
        let _ = notification(&send.format, send.payload, send.properties, send.headers).is_ok();
    }
    let _ = (read::<NewDevice>(bytes), read::<NewRejection>(bytes), read::<NewContainer>(bytes));
    let _ = read::<NewRendering>(bytes).map(|new| new.carry_out().is_ok());
    if let Some(setting) = read::<ClockSetting>(bytes) {
        let clock = Clock::default();
        let _ = setting.carry_out(&clock).is_ok();
        assert!((1970..=9999).contains(&clock.now().year()));
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}
