//! What the control API does, in Rust.

use crate::deliveries::Deliveries;
use crate::emulator::Emulator;
use crate::model::logged_request::LoggedRequest;
use crate::model::refusal::{Reason, Refusal};
use crate::model::scheduled::Scheduled;
use crate::namespace::clock::OutOfRange;
use crate::namespace::operations::device::Device;
use crate::namespace::operations::new_device::NewDevice;
use crate::rejection::Rejection;
use crate::rest::fault::Fault;
use nh_outcome::Platform;
use std::io;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// How much an emulator has done: [`Emulator::served`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Served {
    /// Requests of the data plane.
    pub requests: u64,
    /// Notifications that were sent, whatever became of them.
    pub notifications: u64,
    /// What devices received.
    pub deliveries: u64,
}

impl Emulator {
    /// Forgets what the devices have received.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// emulator.clear_inbox();
    /// assert_eq!(emulator.inbox(), []);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn clear_inbox(&self) {
        self.app.namespace.clear_inbox();
    }

    /// Forgets one delivery, by its [number](crate::Delivery::id). Says whether it was still there.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// for delivery in emulator.inbox() {
    ///     assert!(emulator.forget_delivery(delivery.id) && !emulator.forget_delivery(delivery.id));
    /// }
    /// assert_eq!(emulator.inbox(), []);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn forget_delivery(&self, id: u64) -> bool {
        self.app.namespace.forget_delivery(id)
    }

    /// Watches what devices receive from now on. A send has delivered when it is answered; this is for what comes later, as a
    /// scheduled notification.
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(self.app.namespace.clone())
    }

    /// All devices of all hubs: see [`Device`].
    pub fn devices(&self) -> Vec<Device> {
        self.app.namespace.devices()
    }

    /// Registers a device, as an app does that has its handle from its platform. A [`Device`] out of a list can be given back: see
    /// [`NewDevice`].
    ///
    /// ```
    /// use nh_emulator::{Emulator, NewDevice, Platform};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let phone = emulator.register_device(NewDevice::new(Platform::Apple).pns_handle("00FF").tag("sports"))?;
    /// assert_eq!(emulator.devices(), [phone]);
    /// assert!(emulator.register_device(NewDevice::new(Platform::from("pigeon"))).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// No such hub or platform; a tag or template that the service would refuse; what is not kept in the
    /// [directory](crate::EmulatorBuilder::data).
    pub fn register_device(&self, device: NewDevice) -> io::Result<Device> {
        let device = self.app.namespace.register_device(device).map_err(io_error)?;
        self.app.namespace.data.settle()?;
        Ok(device)
    }

    /// Deletes all registrations with a handle. An installation with it goes as a whole.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// for device in emulator.devices() {
    ///     emulator.delete_device(&device.hub, &device.platform, &device.pns_handle)?;
    /// }
    /// assert_eq!(emulator.devices(), []);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// No such hub, platform or device; what is not kept in the [directory](crate::EmulatorBuilder::data).
    pub fn delete_device(&self, hub: &str, platform: &Platform, pns_handle: &str) -> io::Result<()> {
        self.app.namespace.delete_device(Some(hub), platform, pns_handle).map_err(io_error)?;
        self.app.namespace.data.settle()
    }

    /// Tells a device's push service what to answer from now on; `None`: it takes everything again. On
    /// [`ExpiredChannel`](Rejection::ExpiredChannel) and [`BadChannel`](Rejection::BadChannel) the hub drops the device and
    /// writes feedback.
    ///
    /// ```
    /// use nh_emulator::{Emulator, NewDevice, Rejection, Platform};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let phone = emulator.register_device(NewDevice::new(Platform::Apple))?;
    /// emulator.reject(&phone.hub, &phone.platform, &phone.pns_handle, Some(Rejection::ExpiredChannel))?;
    /// assert_eq!(emulator.devices()[0].rejection, Some(Rejection::ExpiredChannel));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// No such hub or platform.
    pub fn reject(
        &self,
        hub: &str,
        platform: &Platform,
        pns_handle: &str,
        rejection: Option<Rejection>,
    ) -> io::Result<()> {
        self.app.namespace.reject(Some(hub), platform, pns_handle, rejection).map_err(io_error)
    }

    /// The sends that wait for their time, the next one first.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// assert_eq!(emulator.scheduled(), []);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn scheduled(&self) -> Vec<Scheduled> {
        self.app.namespace.scheduled()
    }

    /// The emulator's time: the system's, unless it was moved.
    pub fn now(&self) -> SystemTime {
        self.app.namespace.clock.now().into()
    }

    /// Moves the emulator's time ahead. What is due by then has been sent when this returns. The expiry of tokens goes by the
    /// system's time.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// emulator.advance(Duration::from_secs(3600));
    /// assert!(emulator.now() > SystemTime::now() + Duration::from_secs(3500));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    /// Beyond the year 9999.
    pub fn advance(&self, by: Duration) {
        let moved = by.try_into().map_err(|_| OutOfRange).and_then(|by| self.app.namespace.clock.advance(by));
        assert!(moved.is_ok(), "{}", OutOfRange::MESSAGE);
        self.app.namespace.clock_moved();
    }

    /// Moves the emulator's time to this one, back if need be; otherwise as [`advance`](Emulator::advance).
    ///
    /// ```
    /// use nh_emulator::Emulator;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let new_year_2030 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
    /// emulator.set_now(new_year_2030)?;
    /// assert!(emulator.now() >= new_year_2030);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// A time before 1970 or after 9999.
    pub fn set_now(&self, now: SystemTime) -> io::Result<()> {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).ok().and_then(|since| since.try_into().ok());
        since
            .and_then(|since| OffsetDateTime::UNIX_EPOCH.checked_add(since))
            .and_then(|now| self.app.namespace.clock.set(now).ok())
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, OutOfRange::MESSAGE))?;
        self.app.namespace.clock_moved();
        Ok(())
    }

    /// Makes something go wrong from now on: see [`Fault`]. Says the fault's number. A fault out of [`faults`](Emulator::faults)
    /// keeps the number that it had, and takes the place of the fault that has this number. It counts from the start.
    ///
    /// ```
    /// use nh_emulator::{Emulator, Fault};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let number = emulator.add_fault(Fault::status(500))?;
    /// let saved = emulator.faults();
    /// emulator.clear_faults();
    /// for fault in saved {
    ///     assert_eq!(emulator.add_fault(fault)?, number);
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// A fault that makes no sense, as one whose status is a success or whose operation does not exist.
    pub fn add_fault(&self, fault: Fault) -> io::Result<u64> {
        fault.check().map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        Ok(self.app.add_fault(fault).id())
    }

    /// Takes back the fault with this number. Says whether it was still there.
    ///
    /// ```
    /// use nh_emulator::{Emulator, Fault};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let fault = emulator.add_fault(Fault::status(500))?;
    /// assert_eq!(emulator.faults().len(), 1);
    /// assert!(emulator.remove_fault(fault) && !emulator.remove_fault(fault));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn remove_fault(&self, number: u64) -> bool {
        self.app.remove_fault(number)
    }

    /// What is to go wrong, in the order in which it was added; faults that are over are not among them.
    pub fn faults(&self) -> Vec<Fault> {
        self.app.faults()
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.app.clear_faults();
    }

    /// What the data plane has been asked, oldest first: the newest 1000.
    ///
    /// A request has hints where the real service will surprise: nobody matched, or only devices that this kind of notification
    /// does not reach; a tag that looks like a missing value, as `undefined`; an Apple payload without `aps`; a property that a
    /// template uses and the notification does not have; a header that has no effect.
    ///
    /// A request that is a send says whom it reached: see [`LoggedSend`](crate::LoggedSend).
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.app.logged(usize::MAX, None, |_| true)
    }

    /// Forgets what the data plane has been asked.
    pub fn clear_requests(&self) {
        self.app.clear_requests();
    }

    /// What there has been in all, also if it has been forgotten since.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// assert_eq!(emulator.served().requests, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn served(&self) -> Served {
        Served {
            requests: self.app.count_requests(),
            notifications: self.app.namespace.telemetry.count(),
            deliveries: self.app.namespace.inbox.count(),
        }
    }

    /// Everything is as it was at the start: devices, inbox, schedule, jobs, faults, clock, log.
    ///
    /// ```
    /// use nh_emulator::{Emulator, NewDevice, Platform};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let devices = emulator.devices();
    /// emulator.register_device(NewDevice::new(Platform::Adm))?;
    /// emulator.reset()?;
    /// assert_eq!(emulator.devices(), devices);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// What is not kept in the [directory](crate::EmulatorBuilder::data).
    pub fn reset(&self) -> io::Result<()> {
        self.app.reset().map_err(io_error)?;
        self.app.namespace.data.settle()
    }
}

fn io_error(refusal: Refusal) -> io::Error {
    let kind = match refusal.reason {
        Reason::NotFound => io::ErrorKind::NotFound,
        _ => io::ErrorKind::InvalidInput,
    };
    io::Error::new(kind, refusal.words.unwrap_or_else(|| "the service refuses it".to_owned()))
}
