//! The store against the slow, obvious way.

use super::registrations::*;
use crate::model::contract;
use crate::model::handle_filter::HandleFilter;
use crate::model::registration::{Registration, Template};
use crate::template::properties::Properties;
use nh_core::{Tag, TagExpression};
use nh_outcome::Platform;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::BTreeMap;
use std::collections::BTreeSet;

const TAGS: [&str; 8] = ["a", "b", "c", "A", "B", "news", "a b", "$UserId:{bob}"];

/// One of few handles, a few tags, with or without a template: of an installation or not.
fn registration() -> impl Strategy<Value = Registration> {
    let contract = select(contract::CONTRACTS.iter().collect::<Vec<_>>());
    let tags = prop::collection::vec(select(TAGS.as_slice()), 0..5);
    let owner = prop::option::of(select(vec!["i1", "I1", "i2"]));
    let ends = prop::option::of(1..9i64);
    (contract, 0..6u8, tags, any::<bool>(), owner, 0..40u8, ends).prop_map(
        |(contract, handle, tags, template, owner, id, ends)| {
            let handle = format!("Handle{handle}");
            let mut made = Registration::new(contract, &[&handle, "second", "third"]);
            made.id = format!("{id}-1-1");
            made.tags = tags.into_iter().map(str::to_owned).collect();
            made.installation = owner.map(str::to_owned);
            made.expires = ends.map(end);
            if template {
                made.template = Some(Template { headers: vec![("N".into(), "v".into())] });
                made.texts.insert("BodyTemplate", "{}".into());
                made.push_variables = Properties::parse(br#"{"Name":"\u0000"}"#).unwrap();
            }
            made
        },
    )
}

fn end(second: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(second).unwrap()
}

fn expression() -> impl Strategy<Value = TagExpression> {
    let tag = select(vec!["a", "b", "c", "NEWS", "$UserId:{bob}", "none"]);
    tag.prop_map(|tag| TagExpression::from(Tag::new(tag).unwrap())).prop_recursive(
        4,
        12,
        3,
        |inner: BoxedStrategy<TagExpression>| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(l, r)| l & r),
                (inner.clone(), inner.clone()).prop_map(|(l, r)| l | r),
                inner.prop_map(|e| !e),
            ]
        },
    )
}

#[derive(Clone, Debug)]
enum Change {
    Insert(Registration),
    Remove(Index),
    Install(&'static str, Vec<Registration>),
}

fn change() -> impl Strategy<Value = Change> {
    let install = (select(vec!["i1", "I1", "i2"]), prop::collection::vec(registration(), 0..3));
    prop_oneof![
        6 => registration().prop_map(Change::Insert),
        2 => any::<Index>().prop_map(Change::Remove),
        1 => install.prop_map(|(installation, registrations)| Change::Install(installation, registrations)),
    ]
}

type Model = BTreeMap<String, Registration>;

/// Makes the changes in a store and in a map.
fn made(changes: Vec<Change>) -> (Registrations, Model) {
    let (mut store, mut model) = (Registrations::default(), Model::new());
    for change in changes {
        match change {
            Change::Insert(registration) => {
                store.insert(&registration);
                model.insert(registration.id.clone(), registration);
            }
            Change::Remove(index) if !model.is_empty() => {
                let id = index.get(&model.keys().cloned().collect::<Vec<_>>()).clone();
                assert_eq!(store.remove(&id), model.remove(&id));
                assert_eq!(store.remove(&id), None);
            }
            Change::Remove(_) => {}
            Change::Install(installation, mut registrations) => {
                for registration in &mut registrations {
                    registration.installation = Some(installation.to_owned());
                }
                store.replace_installation(installation, &registrations);
                model.retain(|_, known| known.installation.as_deref() != Some(installation));
                model.extend(registrations.into_iter().map(|made| (made.id.clone(), made)));
            }
        }
    }
    (store, model)
}

fn same(
    found: impl IntoIterator<Item = Registration>,
    expected: &Model,
    fits: impl Fn(&Registration) -> bool,
) {
    let found: Vec<_> = found.into_iter().collect();
    let by_id: Model = found.iter().map(|known| (known.id.clone(), known.clone())).collect();
    assert_eq!(found.len(), by_id.len(), "one was found twice");
    let expected: Model = expected
        .iter()
        .filter(|(_, known)| fits(known))
        .map(|(id, known)| (id.clone(), known.clone()))
        .collect();
    assert_eq!(by_id, expected);
}

/// What is found when the store is let go after every second one.
fn in_pieces<I: Iterator<Item = (u32, Registration)>>(found: impl Fn(u32) -> I) -> Vec<Registration> {
    let mut all = Vec::new();
    let mut from = 0;
    loop {
        let piece: Vec<_> = found(from).take(2).collect();
        let Some((last, _)) = piece.last() else { return all };
        from = last + 1;
        all.extend(piece.into_iter().map(|(_, registration)| registration));
    }
}

/// All pages of a list; after each, `between` may change the store.
fn pages(
    store: &mut Registrations,
    listing: &Listing,
    top: usize,
    mut between: impl FnMut(&mut Registrations, &[Registration]),
) -> Vec<Registration> {
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let (page, next) = store.page(listing, 0, top, token.as_deref()).unwrap();
        assert!(page.len() == top || next.is_none());
        between(store, &page);
        all.extend(page);
        let Some(next) = next else { return all };
        token = Some(percent_decode_str(&next).decode_utf8().unwrap().into_owned());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_send_reaches_what_matches(
        changes in prop::collection::vec(change(), 0..60),
        expression in expression(),
        contract in select(contract::CONTRACTS.iter().collect::<Vec<_>>()),
    ) {
        let (store, model) = made(changes);
        for audience in [None, Some(&expression)] {
            let fits = |known: &Registration| audience.is_none_or(|expression| expression.matches(&known.tags));
            let matching = |platform| in_pieces(|from| store.matching(audience, platform, from));
            same(matching(None), &model, |known| fits(known) && known.template.is_some());
            same(matching(Some(&contract.platform)), &model, |known| {
                fits(known) && known.template.is_none() && known.platform() == &contract.platform
            });
        }
    }

    #[test]
    fn everything_is_found_again(
        changes in prop::collection::vec(change(), 0..60),
        tag in select(vec!["a", "NEWS", "A B", "none"]),
        handle in 0..6u8,
        top in 1..9usize,
    ) {
        let (mut store, model) = made(changes);
        same(in_pieces(|from| store.all(from)), &model, |_| true);
        for (id, known) in &model {
            assert_eq!(store.get(id).as_ref(), Some(known));
        }
        let handle = format!("handle{handle}");
        same(store.of_handle(&handle), &model, |known| {
            known.platform() == &Platform::Apple && known.pns_handle().eq_ignore_ascii_case(&handle)
        });

        same(pages(&mut store, &Listing::All, top, |_, _| {}), &model, |_| true);
        let filter = || HandleFilter::new(vec![("ChannelUri".to_owned(), handle.replace('h', "H"))]).unwrap();
        same(pages(&mut store, &Listing::Handle(filter()), top, |_, _| {}), &model, |known| filter().fits(known));
        let has = |known: &Registration| known.tags.iter().any(|known| known.eq_ignore_ascii_case(tag));
        same(pages(&mut store, &Listing::Tag(tag.to_owned()), top, |_, _| {}), &model, has);
    }

    #[test]
    fn a_place_in_a_list_outlives_its_registration(
        changes in prop::collection::vec(change(), 0..60),
        top in 1..5usize,
        all in any::<bool>(),
    ) {
        let (mut store, model) = made(changes);
        let listing = if all { Listing::All } else { Listing::Tag("a".into()) };
        let seen = pages(&mut store, &listing, top, |store, page| {
            for known in page {
                store.remove(&known.id);
            }
        });
        same(seen, &model, |known| all || known.tags.iter().any(|tag| tag.eq_ignore_ascii_case("a")));
    }

    #[test]
    fn what_has_ended_is_taken_out(changes in prop::collection::vec(change(), 0..60), now in 0..10i64) {
        let (mut store, model) = made(changes);
        let now = end(now);
        let ended = |known: &Registration| known.expires.is_some_and(|ends| ends <= now);
        same(std::iter::from_fn(|| store.take_ended(now)), &model, ended);
        same(in_pieces(|from| store.all(from)), &model, |known| !ended(known));
    }

    #[test]
    fn an_emptied_store_holds_nothing(changes in prop::collection::vec(change(), 0..60)) {
        let (mut store, model) = made(changes);
        let owners: BTreeSet<_> = model.values().filter_map(|known| known.installation.clone()).collect();
        owners.iter().for_each(|owner| store.replace_installation(owner, &[]));
        model.keys().for_each(|id| drop(store.remove(id)));
        prop_assert!(store.holds_nothing());
    }
}

#[test]
fn an_end_finer_than_a_record_tells() {
    let mut store = Registrations::default();
    let mut phone = Registration::new(&contract::CONTRACTS[0], &["phone"]);
    phone.expires = Some(end(1) + time::Duration::nanoseconds(1));
    store.insert(&phone);
    assert_eq!(store.take_ended(end(2)).unwrap().id, phone.id);
    assert!(store.holds_nothing());
}

#[test]
fn tokens() {
    let store = Registrations::default();
    assert!(store.page(&Listing::All, 0, 3, Some("")).is_some());
    for bad in ["not a token", "LTE=", "NDI5NDk2NzI5NQ=="] {
        assert!(store.page(&Listing::All, 0, 3, Some(bad)).is_none(), "{bad}");
    }
}
