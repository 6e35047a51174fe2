//! A registration as bytes: in memory, where tags are numbers, and in a store, where they are texts.

use crate::model::contract::CONTRACTS;
use crate::model::packed::{Packer, Unpacker};
use crate::model::registration::{Registration, Template};
use crate::template::properties::Properties;
use time::OffsetDateTime;

const TEMPLATE: u64 = 1;
const INSTALLATION: u64 = 2;
const EXPIRES: u64 = 4;

/// Writes a registration with these for its tags; how one is written is the caller's affair.
pub(super) fn write<T>(registration: &Registration, tags: &[T], tag: impl Fn(&mut Packer, &T)) -> Box<[u8]> {
    let Registration { id, etag, contract, tags: _, push_variables, texts, template, installation, expires } =
        registration;
    let mut to = Packer::default();
    to.text(id);
    to.number(contract.number() as u64);
    let flag = |is: bool, flag: u64| if is { flag } else { 0 };
    to.number(
        flag(template.is_some(), TEMPLATE)
            | flag(installation.is_some(), INSTALLATION)
            | flag(expires.is_some(), EXPIRES),
    );
    to.number(*etag);
    to.number(tags.len() as u64);
    for each in tags {
        tag(&mut to, each);
    }
    let named = contract.names().zip(0..).filter_map(|(name, number)| Some((number, texts.get(name)?)));
    to.number(named.clone().count() as u64);
    for (number, text) in named {
        to.number(number);
        to.text(text);
    }
    to.text(&if push_variables.is_empty() { String::new() } else { push_variables.to_json() });
    if let Some(installation) = installation {
        to.text(installation);
    }
    if let Some(template) = template {
        to.number(template.headers.len() as u64);
        for (name, value) in &template.headers {
            to.text(name);
            to.text(value);
        }
    }
    if let Some(expires) = expires {
        to.number(ticks(*expires));
    }
    to.end()
}

/// Since 1970 in the smallest steps that the service's documents can tell, ten millionths of a second.
fn ticks(time: OffsetDateTime) -> u64 {
    u64::try_from(time.unix_timestamp_nanos() / 100).unwrap_or_default()
}

/// A time as a record tells it.
pub(super) fn told(time: OffsetDateTime) -> OffsetDateTime {
    time_of(ticks(time)).unwrap_or(time)
}

fn time_of(ticks: u64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ticks) * 100).ok()
}

/// Reads what [`write`] has written, and nothing else.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    tag: impl FnMut(&mut Unpacker<'a>) -> Option<String>,
) -> Option<Registration> {
    let mut from = Unpacker::new(bytes);
    let id = from.text()?.to_owned();
    let contract = CONTRACTS.get(usize::try_from(from.number()?).ok()?)?;
    let kind = from.number()?;
    let etag = from.number()?;
    let tags = from.list(tag)?;
    let texts = from.list(|from| {
        let number = usize::try_from(from.number()?).ok()?;
        Some((contract.names().nth(number)?, from.text()?.to_owned()))
    })?;
    let push_variables = match from.text()? {
        "" => Properties::default(),
        json => Properties::parse(json.as_bytes())?,
    };
    let installation = if kind & INSTALLATION != 0 { Some(from.text()?.to_owned()) } else { None };
    let template = if kind & TEMPLATE != 0 {
        let headers = from.list(|from| Some((from.text()?.to_owned(), from.text()?.to_owned())))?;
        Some(Template { headers })
    } else {
        None
    };
    let expires = if kind & EXPIRES != 0 { Some(time_of(from.number()?)?) } else { None };
    let texts = texts.into_iter().collect();
    from.is_at_end().then_some(Registration {
        id,
        etag,
        contract,
        tags,
        push_variables,
        texts,
        template,
        installation,
        expires,
    })
}

/// The id alone.
pub(super) fn id(bytes: &[u8]) -> &str {
    Unpacker::new(bytes).text().expect("a record begins with its id")
}

/// The tags alone, by their numbers.
pub(super) fn tags(bytes: &[u8]) -> Vec<u32> {
    let mut from = Unpacker::new(bytes);
    let mut tags = || {
        from.text()?;
        (0..3).try_for_each(|_| from.number().map(drop))?;
        from.list(tag)
    };
    tags().expect("tags follow three numbers")
}

/// The number of a tag, as records in memory have it.
pub(super) fn tag(from: &mut Unpacker<'_>) -> Option<u32> {
    from.number().and_then(|number| u32::try_from(number).ok())
}

/// The form of records in a store; another form gets another number.
const FORM: u64 = 2;

/// A registration as a store keeps it.
pub(super) fn kept(registration: &Registration) -> Box<[u8]> {
    let mut to = Packer::default();
    to.number(FORM);
    to.bytes(&write(registration, &registration.tags, |to, tag| to.text(tag)));
    to.end()
}

/// Reads what [`kept`] has written.
pub(super) fn read_kept(bytes: &[u8]) -> Option<Registration> {
    let mut from = Unpacker::new(bytes);
    match from.number()? {
        FORM => read(from.bytes()?, |from| from.text().map(str::to_owned)),
        _ => None,
    }
}
