use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::fmt;
use testcontainers::Image;
use testcontainers::core::{ContainerPort, WaitFor};

/// Where the emulator listens in its container. TLS and plain HTTP.
pub(crate) const PORT: ContainerPort = ContainerPort::Tcp(8443);

/// The variables by which the emulator takes its keys.
const KEY: &str = "NHUB_EMULATOR_KEY";
const NAMESPACE_KEY: &str = "NHUB_EMULATOR_NAMESPACE_KEY";

/// The image `nhub-emulator`, and how its container is set up. [`EmulatorContainer::start`](crate::EmulatorContainer::start) starts
/// it.
///
/// Each value has keys of its own. Two containers that are started from clones have the same.
///
/// ```
/// use nh_testcontainers::EmulatorImage;
/// use nh_testcontainers::testcontainers::{Image, ImageExt};
///
/// let image = EmulatorImage::default().hub("news").hub("sports");
/// assert_eq!((image.name(), image.tag()), ("nhub-emulator", env!("CARGO_PKG_VERSION")));
/// // Whatever Testcontainers can set is set by its own trait.
/// let request = image.with_network("tests").with_container_name("push");
/// # let _ = request;
/// ```
#[derive(Clone)]
#[must_use]
pub struct EmulatorImage {
    name: String,
    tag: String,
    hubs: Vec<String>,
    host: Option<String>,
    demo_devices: bool,
    args: Vec<String>,
    pub(crate) key: String,
    pub(crate) namespace_key: String,
}

impl Default for EmulatorImage {
    /// The image of this version, with one hub, `demo-hub`, that has no devices.
    fn default() -> EmulatorImage {
        EmulatorImage {
            name: "nhub-emulator".to_owned(),
            tag: env!("CARGO_PKG_VERSION").to_owned(),
            hubs: Vec::new(),
            host: None,
            demo_devices: false,
            args: Vec::new(),
            key: random_key(),
            namespace_key: random_key(),
        }
    }
}

impl EmulatorImage {
    /// The image under another name and tag, as in a registry of your own.
    ///
    /// ```
    /// use nh_testcontainers::EmulatorImage;
    /// use nh_testcontainers::testcontainers::Image;
    ///
    /// let image = EmulatorImage::default().image("registry.example/nhub-emulator", "0.1.0");
    /// assert_eq!(image.name(), "registry.example/nhub-emulator");
    /// ```
    pub fn image(mut self, name: impl Into<String>, tag: impl Into<String>) -> EmulatorImage {
        (self.name, self.tag) = (name.into(), tag.into());
        self
    }

    /// Adds a hub. Without any there is one, `demo-hub`. A name that the service would refuse ends the container at once:
    /// [`EmulatorContainer::start`](crate::EmulatorContainer::start) fails.
    ///
    /// ```
    /// use nh_testcontainers::EmulatorImage;
    /// use nh_testcontainers::testcontainers::Image;
    ///
    /// let args: Vec<String> = EmulatorImage::default().hub("news").cmd().into_iter().map(|arg| arg.into().into_owned()).collect();
    /// assert_eq!(args, ["--json", "--hub", "news"]);
    /// ```
    pub fn hub(mut self, name: impl Into<String>) -> EmulatorImage {
        self.hubs.push(name.into());
        self
    }

    /// Gives each hub a few demo devices: false unless set.
    ///
    /// ```
    /// use nh_testcontainers::EmulatorImage;
    /// use nh_testcontainers::testcontainers::Image;
    ///
    /// assert_eq!(EmulatorImage::default().demo_devices(true).cmd().into_iter().count(), 2);
    /// ```
    pub fn demo_devices(mut self, yes: bool) -> EmulatorImage {
        self.demo_devices = yes;
        self
    }

    /// Another name by which it is reached, for its certificate: the one that other containers call it by, or the machine of a remote
    /// container engine. `localhost` and `127.0.0.1` are in the certificate anyway.
    ///
    /// ```
    /// use nh_testcontainers::EmulatorImage;
    /// use nh_testcontainers::testcontainers::Image;
    ///
    /// assert_eq!(EmulatorImage::default().host("push").cmd().into_iter().count(), 3);
    /// ```
    pub fn host(mut self, name: impl Into<String>) -> EmulatorImage {
        self.host = Some(name.into());
        self
    }

    /// One more argument of `nhub emulator`, which `nhub emulator --help` describes.
    ///
    /// ```
    /// use nh_testcontainers::EmulatorImage;
    /// use nh_testcontainers::testcontainers::Image;
    ///
    /// assert_eq!(EmulatorImage::default().arg("--tier").arg("free").cmd().into_iter().count(), 3);
    /// ```
    pub fn arg(mut self, arg: impl Into<String>) -> EmulatorImage {
        self.args.push(arg.into());
        self
    }

    /// The hub that is meant where none is named.
    pub(crate) fn first_hub(&self) -> &str {
        self.hubs.first().map_or("demo-hub", String::as_str)
    }

    /// Is it in the certificate?
    pub(crate) fn is_reached_by(&self, host: &str) -> bool {
        ["localhost", "127.0.0.1", "[::1]"].contains(&host) || self.host.as_deref() == Some(host)
    }
}

impl Image for EmulatorImage {
    fn name(&self) -> &str {
        &self.name
    }

    fn tag(&self) -> &str {
        &self.tag
    }

    fn ready_conditions(&self) -> Vec<WaitFor> {
        // With --json it is one line, when it can be asked.
        vec![WaitFor::message_on_stdout("\"connection_string\"")]
    }

    fn env_vars(&self) -> impl IntoIterator<Item = (impl Into<Cow<'_, str>>, impl Into<Cow<'_, str>>)> {
        [(KEY, &*self.key), (NAMESPACE_KEY, &*self.namespace_key)]
    }

    fn cmd(&self) -> impl IntoIterator<Item = impl Into<Cow<'_, str>>> {
        let hubs = self.hubs.iter().flat_map(|hub| ["--hub", hub]);
        let host = self.host.iter().flat_map(|host| ["--host", host]);
        let demo = self.demo_devices.then_some("--demo");
        ["--json"].into_iter().chain(hubs).chain(host).chain(demo).chain(self.args.iter().map(String::as_str))
    }

    fn expose_ports(&self) -> &[ContainerPort] {
        &[PORT]
    }
}

impl fmt::Debug for EmulatorImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No key.
        f.debug_struct("EmulatorImage")
            .field("name", &self.name)
            .field("tag", &self.tag)
            .field("hubs", &self.hubs)
            .field("host", &self.host)
            .field("demo_devices", &self.demo_devices)
            .field("args", &self.args)
            .finish_non_exhaustive()
    }
}

/// 256 bits in base64. It opens a container that ends with its test.
fn random_key() -> String {
    STANDARD.encode([(); 32].map(|()| fastrand::u8(..)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]
mod tests {
    use super::*;

    #[test]
    fn what_the_container_is_given() {
        let image = EmulatorImage::default()
            .hub("news")
            .hub("sports")
            .host("push")
            .demo_devices(true)
            .arg("--tier")
            .arg("free");
        let args: Vec<Cow<'_, str>> = image.cmd().into_iter().map(Into::into).collect();
        let wanted =
            ["--json", "--hub", "news", "--hub", "sports", "--host", "push", "--demo", "--tier", "free"];
        assert_eq!(args, wanted);
        let variables: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            image.env_vars().into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        assert_eq!(variables[0], (KEY.into(), Cow::from(&image.key)));
        assert_eq!(variables[1], (NAMESPACE_KEY.into(), Cow::from(&image.namespace_key)));
        assert_eq!((image.first_hub(), image.expose_ports()), ("news", &[PORT][..]));
    }

    #[test]
    fn keys_are_of_the_services_length_and_are_shown_nowhere() {
        let [one, other] = [EmulatorImage::default(), EmulatorImage::default()];
        assert_eq!(one.key.len(), 44);
        assert!(one.key != one.namespace_key && one.key != other.key);
        let debug = format!("{one:?}");
        assert!(!debug.contains(&one.key) && !debug.contains(&one.namespace_key), "{debug}");
    }

    #[test]
    fn a_name_that_the_certificate_has() {
        let image = EmulatorImage::default();
        assert!(image.is_reached_by("localhost") && !image.is_reached_by("docker"));
        assert!(image.host("docker").is_reached_by("docker"));
    }
}
