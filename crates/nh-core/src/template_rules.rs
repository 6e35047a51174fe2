//! The rules that templates of registrations and of installations share.

use crate::BuildError;
use crate::notification::{MpnsType, WnsType};
use crate::platform_rules::{PlatformRules, Typed};
use crate::text::quoted;

/// .NET SDK: `RegistrationSDKHelper.TemplateMaxLength`.
pub(crate) const MAX_NAME_CHARACTERS: usize = 200;

pub(crate) const WNS_TYPE: &str = "X-WNS-Type";
const MPNS_TARGET: &str = "X-WindowsPhone-Target";
const MPNS_CLASS: &str = "X-NotificationClass";

/// What the rules look at.
pub(crate) struct Template<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) body: &'a str,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
}

/// The headers that a template lacks, with the values that its body tells.
pub(crate) type Lacking = Result<Vec<(&'static str, &'static str)>, BuildError>;

/// Checks the name of a template.
///
/// # Errors
/// Fails if the name is empty or has more than 200 characters.
pub(crate) fn check_name(name: &str) -> Result<(), BuildError> {
    let characters = name.chars().count();
    if (1..=MAX_NAME_CHARACTERS).contains(&characters) {
        return Ok(());
    }
    Err(BuildError::new(
        format_args!("template name {}", quoted(name)),
        format_args!("has {characters} characters"),
        format_args!("use 1 to {MAX_NAME_CHARACTERS}"),
    ))
}

/// Checks the body of a template.
///
/// # Errors
/// Fails if the body is blank.
pub(crate) fn check_body(name: Option<&str>, body: &str) -> Result<(), BuildError> {
    if !body.trim().is_empty() {
        return Ok(());
    }
    Err(BuildError::new(subject(name), "has no body", "give it the payload that its device is sent"))
}

/// Checks a header of a template.
///
/// # Errors
/// Fails if the name is no header name, if the value is blank or has a control character, or if a type of WNS or MPNS is
/// unknown. The value may be a template expression (.NET SDK: `WindowsTemplateRegistrationDescription`).
pub(crate) fn check_header(name: &str, value: &str) -> Result<(), BuildError> {
    let refuse = |problem: &str, remedy: &str| {
        Err(BuildError::new(format_args!("template header {}", quoted(name)), problem, remedy))
    };
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        return refuse("is no header name", "use letters, digits and -, as in X-WNS-Type");
    }
    if value.chars().any(char::is_control) {
        return refuse("has a control character in its value", "remove it");
    }
    if value.trim().is_empty() {
        return refuse("has no value", "leave it out or give it a value");
    }
    if is_expression(value) {
        return Ok(());
    }
    if name.eq_ignore_ascii_case(WNS_TYPE) {
        value.parse::<WnsType>()?;
    } else if name.eq_ignore_ascii_case(MPNS_TARGET) {
        MpnsType::of_target(value)?;
    } else if name.eq_ignore_ascii_case(MPNS_CLASS) {
        MpnsType::of_class(value)?;
    }
    Ok(())
}

/// Template expressions begin so (.NET SDK: `ExpressionEvaluator`).
pub(crate) fn is_expression(value: &str) -> bool {
    value.trim_start().starts_with(['$', '.', '%', '#', '{'])
}

impl Template<'_> {
    /// Checks a template, and returns the headers that it lacks. `rules` is `None` if the platform is not known here.
    ///
    /// # Errors
    /// Fails if the body is blank, a header is illegal or the platform has no such header, or if the platform wants a type
    /// that neither a header nor the body tells.
    pub(crate) fn check(&self, rules: Option<&PlatformRules>) -> Lacking {
        check_body(self.name, self.body)?;
        self.headers.iter().try_for_each(|(name, value)| check_header(name, value))?;
        let Some(rules) = rules else { return Ok(Vec::new()) };
        let Some((name, _)) = self.headers.iter().find(|(name, _)| !fits(rules, name)) else {
            return match rules.typed {
                None => Ok(Vec::new()),
                Some(Typed::Wns) => wns(self),
                Some(Typed::Mpns) => mpns(self),
            };
        };
        let remedy = match rules.header_prefix {
            "" => "only templates for apple, windows and windowsphone have headers".to_owned(),
            prefix => format!("names of {} headers begin with {prefix}", rules.platform),
        };
        let problem = format!("is none of the platform {}", rules.platform);
        Err(BuildError::new(format_args!("template header {}", quoted(name)), problem, remedy))
    }

    /// Returns the headers that a template lacks, if its body tells them whatever the platform is. Only WNS and MPNS have
    /// such bodies.
    pub(crate) fn lacking_by_body(&self) -> Vec<(&'static str, &'static str)> {
        [wns, mpns].iter().find_map(|lacking| lacking(self).ok()).unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

fn fits(rules: &PlatformRules, header: &str) -> bool {
    let prefix = header.get(..rules.header_prefix.len());
    rules.headers.is_some() && prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(rules.header_prefix))
}

fn subject(name: Option<&str>) -> String {
    name.map_or("template".to_owned(), |name| format!("template {}", quoted(name)))
}

/// .NET SDK: a `WindowsTemplateRegistrationDescription` must have the header X-WNS-Type.
fn wns(template: &Template<'_>) -> Lacking {
    if template.header(WNS_TYPE).is_some() {
        return Ok(Vec::new());
    }
    match WnsType::of_payload(template.body.as_bytes()) {
        Ok(wns_type) => Ok(vec![(WNS_TYPE, wns_type.as_str())]),
        Err(problem) => Err(BuildError::new(
            subject(template.name),
            format_args!("tells no type of WNS: its body {problem}"),
            "begin the body with <toast>, <tile> or <badge>, or add the header X-WNS-Type",
        )),
    }
}

/// A template for MPNS has the headers that a native notification has.
fn mpns(template: &Template<'_>) -> Lacking {
    let (target, class) = (template.header(MPNS_TARGET), template.header(MPNS_CLASS));
    let of_target = target.and_then(|target| MpnsType::of_target(target).ok());
    let of_class = class.and_then(|class| MpnsType::of_class(class).ok());
    if let (Some(target), Some(class), Some(by_target), Some(by_class)) = (target, class, of_target, of_class)
        && by_target != by_class
    {
        return Err(BuildError::new(
            format_args!("template header {MPNS_CLASS} {}", quoted(class)),
            format_args!("contradicts {MPNS_TARGET} {}", quoted(target)),
            "leave out one of them",
        ));
    }
    if target.is_some() && class.is_some() {
        return Ok(Vec::new());
    }
    let found = match of_target.or(of_class) {
        Some(found) => found,
        None => MpnsType::of_payload(template.body.as_bytes()).map_err(|problem| {
            BuildError::new(
                subject(template.name),
                format_args!("tells no type of MPNS: its body {problem}"),
                format_args!(
                    "send wp:Notification with wp:Toast or wp:Tile in it, or add the header {MPNS_CLASS}: 3"
                ),
            )
        })?,
    };
    let target = found.target().filter(|_| target.is_none()).map(|target| (MPNS_TARGET, target));
    let class = class.is_none().then(|| (MPNS_CLASS, found.class()));
    Ok(target.into_iter().chain(class).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Platform;

    const TOAST: &str = "<wp:Notification xmlns:wp='WPNotification'><wp:Toast/></wp:Notification>";

    fn lacking(platform: &Platform, body: &str, headers: &[(&str, &str)]) -> Result<String, String> {
        let template = Template { name: Some("n"), body, headers: headers.to_vec() };
        let lacking = template.check(PlatformRules::of(platform)).map_err(|error| error.to_string())?;
        Ok(lacking.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn a_windows_template_gets_its_type_from_its_root() {
        for (body, headers, added) in [
            ("<toast>$(m)</toast>", &[][..], "X-WNS-Type: wns/toast"),
            ("<?xml version='1.0'?><tile/>", &[], "X-WNS-Type: wns/tile"),
            ("<badge value='$(n)'/>", &[("X-WNS-Tag", "$(t)")], "X-WNS-Type: wns/badge"),
            ("<toast/>", &[("x-wns-type", "wns/raw")], ""),
            // Recorded as accepted.
            ("{\"a\":\"$(m)\"}", &[("X-WNS-Type", "wns/toast")], ""),
            ("<toast/>", &[("X-WNS-Type", "$(type)")], ""),
        ] {
            assert_eq!(lacking(&Platform::Windows, body, headers).as_deref(), Ok(added), "{body}");
        }
        for (body, headers, names) in [
            ("{}", &[][..], "add the header X-WNS-Type"),
            ("<toaster/>", &[], "\"toaster\""),
            ("<toast/>", &[("X-WNS-Type", "toast")], "wns/toast, wns/tile"),
            (" ", &[], "no body"),
        ] {
            let error = lacking(&Platform::Windows, body, headers).unwrap_err();
            assert!(error.contains(names), "{error}");
        }
    }

    #[test]
    fn an_mpns_template_gets_target_and_class() {
        const TARGET: &str = "X-WindowsPhone-Target";
        const CLASS: &str = "X-NotificationClass";
        for (body, headers, added) in [
            (TOAST, &[][..], "X-WindowsPhone-Target: toast, X-NotificationClass: 2"),
            (&*TOAST.replace("Toast", "Tile"), &[], "X-WindowsPhone-Target: token, X-NotificationClass: 1"),
            (TOAST, &[(TARGET, "toast")], "X-NotificationClass: 2"),
            (TOAST, &[(CLASS, "12")], "X-WindowsPhone-Target: toast"),
            ("raw", &[(CLASS, "3")], ""),
            (TOAST, &[(TARGET, "tile"), (CLASS, "21")], ""),
            (TOAST, &[(CLASS, "$(class)")], "X-WindowsPhone-Target: toast"),
        ] {
            assert_eq!(lacking(&Platform::WindowsPhone, body, headers).as_deref(), Ok(added), "{headers:?}");
        }
        for (body, headers, names) in [
            ("raw", &[][..], "X-NotificationClass: 3"),
            (TOAST, &[(CLASS, "4")], "X-NotificationClass \"4\": is not known"),
            (TOAST, &[(TARGET, "badge")], "toast or token"),
            (TOAST, &[(TARGET, "toast"), (CLASS, "1")], "contradicts"),
        ] {
            let error = lacking(&Platform::WindowsPhone, body, headers).unwrap_err();
            assert!(error.contains(names), "{error}");
        }
    }

    #[test]
    fn headers_are_those_of_the_platform() {
        for (platform, header, names) in [
            (Platform::Gcm, ("X-A", "1"), "none of the platform gcm"),
            (Platform::Apple, ("X-Apns-Priority", "1"), "begin with apns-"),
            (Platform::Apple, ("é", "1"), "no header name"),
            (Platform::Apple, ("apns-topic", "a\r\nX-Evil: 1"), "control character"),
            (Platform::Apple, ("apns-topic", " "), "no value"),
        ] {
            let error = lacking(&platform, "{}", &[header]).unwrap_err();
            assert!(error.contains(names), "{error}");
        }
        assert_eq!(lacking(&Platform::Apple, "{}", &[("APNS-Topic", "$(t)")]).as_deref(), Ok(""));
        assert_eq!(lacking(&Platform::from("pigeon"), "{}", &[("X-A", "1")]).as_deref(), Ok(""));
    }

    #[test]
    fn names() {
        assert!(check_name(&"é".repeat(200)).is_ok());
        for bad in ["", &"n".repeat(201)] {
            assert!(check_name(bad).unwrap_err().to_string().contains("use 1 to 200"));
        }
    }
}
