use super::markup::Markup;
use super::payload::Payload;
use crate::BuildError;

/// A toast for Windows: up to three lines of text, an image, buttons and a sound ([Toast content schema]). All texts are escaped.
/// WNS takes 5120 bytes.
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::Toast;
///
/// let toast = Toast::new("Goal!").text("Redmond 2, Bellevue 1").launch("game=42").button("Watch", "watch=42");
/// let notification = Notification::windows(toast)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Toast content schema]: https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/toast-schema
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    texts: Vec<String>,
    launch: Option<String>,
    scenario: Option<Scenario>,
    long: bool,
    image: Option<String>,
    logo: Option<String>,
    buttons: Vec<(String, String)>,
    sound: Option<String>,
    silent: bool,
}

/// The purpose of a toast: the attribute `scenario`. It decides how long the toast stays and how it sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scenario {
    /// `reminder`: the toast stays until the user dismisses it. It needs a button.
    Reminder,
    /// `alarm`: the toast stays until the user dismisses it, and plays an alarm. It needs a button.
    Alarm,
    /// `incomingCall`: the toast fills the screen and rings.
    IncomingCall,
    /// `urgent`: Windows shows the toast also while "do not disturb" is on, if the user allows it.
    Urgent,
}

impl Scenario {
    const fn as_str(self) -> &'static str {
        match self {
            Scenario::Reminder => "reminder",
            Scenario::Alarm => "alarm",
            Scenario::IncomingCall => "incomingCall",
            Scenario::Urgent => "urgent",
        }
    }
}

impl Toast {
    /// A toast with one line of text: the title.
    pub fn new(title: impl Into<String>) -> Toast {
        Toast {
            texts: vec![title.into()],
            launch: None,
            scenario: None,
            long: false,
            image: None,
            logo: None,
            buttons: Vec::new(),
            sound: None,
            silent: false,
        }
    }

    /// Adds a line of text. Windows shows three lines, with the title.
    pub fn text(mut self, text: impl Into<String>) -> Toast {
        self.texts.push(text.into());
        self
    }

    /// Sets `launch`: the text that the app receives when the user taps the toast.
    pub fn launch(mut self, arguments: impl Into<String>) -> Toast {
        self.launch = Some(arguments.into());
        self
    }

    /// Sets `scenario`: the purpose of the toast.
    pub fn scenario(mut self, scenario: Scenario) -> Toast {
        self.scenario = Some(scenario);
        self
    }

    /// Sets `duration` to `long`: the toast stays for 25 seconds instead of 7.
    pub fn long(mut self) -> Toast {
        self.long = true;
        self
    }

    /// Sets the address of an image below the text.
    pub fn image(mut self, url: impl Into<String>) -> Toast {
        self.image = Some(url.into());
        self
    }

    /// Sets the address of an image that replaces the logo of the app (`placement`: `appLogoOverride`).
    pub fn logo(mut self, url: impl Into<String>) -> Toast {
        self.logo = Some(url.into());
        self
    }

    /// Adds a button (`action`): its label, and the text that the app receives when the user presses it. Windows shows five
    /// buttons.
    pub fn button(mut self, content: impl Into<String>, arguments: impl Into<String>) -> Toast {
        self.buttons.push((content.into(), arguments.into()));
        self
    }

    /// Sets `audio`: the address of a sound, such as `ms-winsoundevent:Notification.Mail`.
    pub fn sound(mut self, uri: impl Into<String>) -> Toast {
        self.sound = Some(uri.into());
        self
    }

    /// Sets `silent`: the toast makes no sound.
    pub fn silent(mut self) -> Toast {
        self.silent = true;
        self
    }

    /// The XML.
    ///
    /// # Errors
    /// A text has a character that XML cannot hold.
    pub(super) fn payload(&self) -> Result<Payload, BuildError> {
        let duration = self.long.then_some("long");
        let scenario = self.scenario.map(Scenario::as_str);
        let mut markup = Markup::new()
            .open(
                "toast",
                &[("launch", self.launch.as_deref()), ("scenario", scenario), ("duration", duration)],
            )?
            .open("visual", &[])?
            .open("binding", &[("template", Some("ToastGeneric"))])?;
        for text in &self.texts {
            markup = markup.text("text", text)?;
        }
        if let Some(url) = &self.image {
            markup = markup.empty("image", &[("src", Some(url))])?;
        }
        if let Some(url) = &self.logo {
            markup = markup.empty("image", &[("placement", Some("appLogoOverride")), ("src", Some(url))])?;
        }
        markup = markup.close().close();
        if !self.buttons.is_empty() {
            markup = markup.open("actions", &[])?;
            for (content, arguments) in &self.buttons {
                let button = [("content", Some(content.as_str())), ("arguments", Some(arguments.as_str()))];
                markup = markup.empty("action", &button)?;
            }
            markup = markup.close();
        }
        if self.sound.is_some() || self.silent {
            let silent = self.silent.then_some("true");
            markup = markup.empty("audio", &[("src", self.sound.as_deref()), ("silent", silent)])?;
        }
        Ok(markup.finish().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;
    use nh_outcome::xml::Reader;
    use proptest::prelude::*;

    #[test]
    fn as_the_schema_has_it() {
        let toast = Toast::new("A & B")
            .text("<b>")
            .launch("a=\"1\"&b")
            .scenario(Scenario::Reminder)
            .long()
            .image("https://a/b.png")
            .logo("https://a/l.png")
            .button("OK", "ok=1")
            .sound("ms-winsoundevent:Notification.Mail");
        let xml = "<toast launch=\"a=&quot;1&quot;&amp;b\" scenario=\"reminder\" duration=\"long\"><visual>\
            <binding template=\"ToastGeneric\"><text>A &amp; B</text><text>&lt;b&gt;</text><image src=\"https://a/b.png\"/>\
            <image placement=\"appLogoOverride\" src=\"https://a/l.png\"/></binding></visual><actions>\
            <action content=\"OK\" arguments=\"ok=1\"/></actions><audio src=\"ms-winsoundevent:Notification.Mail\"/></toast>";
        assert_eq!(toast.payload().unwrap(), xml.into());
        assert!(Notification::windows(toast.payload().unwrap()).is_ok());
        assert!(Toast::new("a\0").payload().unwrap_err().to_string().contains("\\u{0}"));
        assert!(Toast::new("a").launch("\u{1}").payload().is_err());
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(title in "[\\PC\r\n\t\"<>&']{0,30}", launch in "[\\PC\r\n\t\"<>&']{0,30}") {
            prop_assume!(![&title, &launch].iter().any(|text| text.contains(['\u{fffe}', '\u{ffff}'])));
            let payload = Toast::new(title.clone()).launch(launch.clone()).payload().unwrap();
            let xml = std::str::from_utf8(payload.as_bytes()).unwrap();
            let mut reader = Reader::new(xml);
            let toast = reader.root().unwrap();
            prop_assert_eq!(toast.attribute("launch"), Some(launch.into()));
            let visual = reader.child(&toast).unwrap().unwrap();
            let binding = reader.child(&visual).unwrap().unwrap();
            let text = reader.child(&binding).unwrap().unwrap();
            prop_assert_eq!(reader.text(&text).unwrap().unwrap(), title);
            reader.end().unwrap();
        }
    }
}
