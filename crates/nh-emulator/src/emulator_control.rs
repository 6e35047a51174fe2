//! What the control API does, in Rust.

use crate::clock::OutOfRange;
use crate::control::{Device, NewDevice};
use crate::deliveries::Deliveries;
use crate::emulator::Emulator;
use crate::fault::Fault;
use crate::request_log::LoggedRequest;
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
        self.service.clear_inbox();
    }

    /// Watches what devices receive from now on. A send has delivered when it is answered; this is for what comes later, as a
    /// scheduled notification.
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(self.service.events.watch())
    }

    /// All devices of all hubs: see [`Device`].
    pub fn devices(&self) -> Vec<Device> {
        self.service.devices()
    }

    /// Registers a device, as an app does that has its handle from its platform.
    ///
    /// ```
    /// use nh_emulator::{Emulator, NewDevice};
    ///
    /// let emulator = Emulator::builder().demo_devices(false).start_blocking()?;
    /// let phone = emulator.register_device(NewDevice::new("apple").pns_handle("00FF").tag("sports"))?;
    /// assert_eq!(emulator.devices(), [phone]);
    /// assert!(emulator.register_device(NewDevice::new("pigeon")).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// No such hub or platform; a tag or template that the service would refuse; what is not kept in the
    /// [directory](crate::EmulatorBuilder::data).
    pub fn register_device(&self, device: NewDevice) -> io::Result<Device> {
        let device = self.service.register_device(device)?;
        self.service.data.settle()?;
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
    pub fn delete_device(&self, hub: &str, platform: &str, pns_handle: &str) -> io::Result<()> {
        self.service.delete_device(Some(hub), platform, pns_handle)?;
        self.service.data.settle()
    }

    /// Tells a device what its push service answers from now on: an outcome of telemetry as `Throttled`, or `None` to take
    /// everything again. On `ExpiredChannel` and `BadChannel` the hub drops the device and writes feedback.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let phone = emulator.devices().swap_remove(0);
    /// emulator.reject(&phone.hub, &phone.platform, &phone.pns_handle, Some("ExpiredChannel"))?;
    /// assert_eq!(emulator.devices()[0].rejection.as_deref(), Some("ExpiredChannel"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// No such hub or platform, or what is no outcome of telemetry.
    pub fn reject(
        &self,
        hub: &str,
        platform: &str,
        pns_handle: &str,
        outcome: Option<&str>,
    ) -> io::Result<()> {
        Ok(self.service.reject(Some(hub), platform, pns_handle, outcome)?)
    }

    /// The emulator's time: the system's, unless it was moved.
    pub fn now(&self) -> SystemTime {
        self.service.clock.now().into()
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
        let moved = by.try_into().map_err(|_| OutOfRange).and_then(|by| self.service.clock.advance(by));
        assert!(moved.is_ok(), "{}", OutOfRange::MESSAGE);
        self.service.clock_moved();
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
            .and_then(|now| self.service.clock.set(now).ok())
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, OutOfRange::MESSAGE))?;
        self.service.clock_moved();
        Ok(())
    }

    /// Makes something go wrong from now on: see [`Fault`]. Says the fault's number.
    ///
    /// # Errors
    /// A fault that makes no sense, as one whose status is a success or whose operation does not exist.
    pub fn add_fault(&self, fault: Fault) -> io::Result<u64> {
        fault.check().map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        Ok(self.service.faults.add(fault).id())
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
        self.service.faults.remove(number)
    }

    /// What is to go wrong, in the order in which it was added; faults that are over are not among them.
    pub fn faults(&self) -> Vec<Fault> {
        self.service.faults.all()
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.service.faults.clear();
    }

    /// What the data plane has been asked, oldest first: the newest 1000.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.service.requests.all().iter().map(|request| (**request).clone()).collect()
    }

    /// Forgets what the data plane has been asked.
    pub fn clear_requests(&self) {
        self.service.requests.clear();
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
            requests: self.service.requests.count(),
            notifications: self.service.telemetry.count(),
            deliveries: self.service.inbox.count(),
        }
    }

    /// Everything is as it was at the start: devices, inbox, schedule, jobs, faults, clock, log.
    ///
    /// ```
    /// use nh_emulator::{Emulator, NewDevice};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let devices = emulator.devices();
    /// emulator.register_device(NewDevice::new("adm"))?;
    /// emulator.reset()?;
    /// assert_eq!(emulator.devices(), devices);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// What is not kept in the [directory](crate::EmulatorBuilder::data).
    pub fn reset(&self) -> io::Result<()> {
        self.service.reset();
        self.service.data.settle()
    }
}
