//! Bitsight's words and ours: a user to an [`Account`], an [`Action`] to a request body. Pure.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::spec::{ADMIN, SPEC};
use crate::connector::rest::attributes;
use crate::connector::rest::row::Row;
use crate::model::account::{Account, Shield};
use crate::model::action::Action;
use crate::model::current::{Allowance, Directory};
use crate::model::value::{ObservedAttributes, Value};

/// `total_active_quota` of an account without a limit (vendor's OpenAPI).
const UNLIMITED: i64 = 99_999;

/// What a create or an edit sends: only what is to be set.
pub(super) type Body = Map<String, Json>;

/// A user in our words. `None`: the pseudo-user of a company token without an e-mail, which no
/// roster could name.
///
/// # Errors
/// A user without an e-mail who is not such a pseudo-user.
pub(super) fn account(user: &Row, groups: &Directory) -> Result<Option<Account>, String> {
    let guid = user.text("guid").unwrap_or_default();
    let email = match user.text("email").map(str::trim) {
        Some(email) if !email.is_empty() => email,
        _ if is_token(user) => return Ok(None),
        _ => return Err("has no email".into()),
    };
    let mut account = Account::new(email);
    account.id = Some(guid.into());
    account.active = active(user);
    account.last_login = user.moment("last_login_time");
    account.attributes = attributes(user, groups);
    if is_token(user) {
        account.shield = Some(Shield {
            what: "company API token",
            always: true,
        });
    }
    let slugs = role_slugs(user);
    if slugs.len() > 1 {
        let reason = format!(
            "the user holds several roles ({}) and the API takes one",
            slugs.join(", ")
        );
        account.cautions.push(reason.as_str().into());
        account.fixed.push(("role".into(), reason.into()));
    }
    for (slug, feature) in features(user) {
        if let Some(why) = lock(feature) {
            let name = format!("features.{slug}");
            account.fixed.push((name.into(), why.into()));
        }
    }
    Ok(Some(account))
}

/// Whether a user is the pseudo-user of a company token.
pub(super) fn is_token(user: &Row) -> bool {
    user.flag("is_company_api_token") == Some(true)
}

/// `Created` and `Activated` both mean access. So does a status that is missing or new: a leaver
/// with such a status has to be looked at, not passed over.
pub(super) fn active(user: &Row) -> bool {
    user.text("status") != Some("Deactivated")
}

fn attributes(user: &Row, groups: &Directory) -> ObservedAttributes {
    let mut shown = attributes::shown(&SPEC, |key| user.told(key));
    if user.shows("roles") {
        shown.insert("role", role(user).map(Value::text));
    }
    if user.shows("group") {
        let name = group(user).map(|(guid, _)| Value::text(groups.display_id(guid)));
        shown.insert("group", name);
    }
    if user.shows("features") {
        shown.insert("features", None);
        for (slug, feature) in features(user) {
            let flag = feature.get("value").and_then(Json::as_bool);
            shown.insert(format!("features.{slug}"), flag.map(Value::Flag));
        }
    }
    shown
}

/// The role to compare. Of several the admin role counts, so that the last administrator is known
/// as one; any other mixture is shown as it is and equals no single slug.
fn role(user: &Row) -> Option<String> {
    let slugs = role_slugs(user);
    match slugs.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        several if several.contains(&ADMIN) => Some(ADMIN.to_owned()),
        several => Some(several.join(", ")),
    }
}

/// The slugs of a user's roles, each once.
pub(super) fn role_slugs(user: &Row) -> Vec<&str> {
    let roles = user.list("roles");
    let slugs = roles.filter_map(|role| role.get("slug").or_else(|| role.get(" slug"))?.as_str());
    let mut slugs: Vec<&str> = slugs.collect();
    slugs.sort_unstable();
    slugs.dedup();
    slugs
}

/// A user's group: its guid, and its name where it is given.
pub(super) fn group(user: &Row) -> Option<(&str, Option<&str>)> {
    named(user.json("group")?)
}

/// The guid and, where it is given, the name of a group.
pub(super) fn named(group: &Json) -> Option<(&str, Option<&str>)> {
    let guid = group.get("guid").unwrap_or(group).as_str()?;
    Some((guid, group.get("name").and_then(Json::as_str)))
}

fn features(user: &Row) -> impl Iterator<Item = (&str, &Json)> {
    let features = user.list("features");
    features.filter_map(|feature| Some((feature.get("slug")?.as_str()?, feature)))
}

fn updatable(feature: &Json) -> bool {
    feature.get("can_update") != Some(&Json::Bool(false))
}

/// Why a feature is left as it is, if it is.
fn lock(feature: &Json) -> Option<&'static str> {
    match feature.get("value") {
        _ if !updatable(feature) => {
            Some("Bitsight does not let this feature be changed on this user")
        }
        None | Some(Json::Null | Json::Bool(_)) => None,
        Some(_) => Some("Bitsight shows something else than true or false"),
    }
}

/// Whether an action changes features; the write then needs the user's other features.
pub(super) fn changes_features(action: &Action) -> bool {
    let mut changes = action.changes.iter();
    changes.any(|change| change.attribute.starts_with("features."))
}

/// The body of a create. It has no `status`: the person activates the account.
///
/// # Errors
/// A value that cannot be sent, in one clause.
pub(super) fn create_body(action: &Action, groups: &Directory) -> Result<Body, String> {
    let mut body = update_body(action, groups, None)?;
    body.insert("email".into(), json!(action.email));
    Ok(body)
}

/// The body of an edit: what changes, and with a feature all others that can be changed, as they
/// are in `fresh`, since the API does not say whether it merges or replaces.
///
/// # Errors
/// A value that cannot be sent, in one clause.
pub(super) fn update_body(
    action: &Action,
    groups: &Directory,
    fresh: Option<&Row>,
) -> Result<Body, String> {
    let mut body = Body::new();
    let mut values: Vec<(&str, Json)> = Vec::new();
    for change in &action.changes {
        if change.after == Value::text("") {
            return Err(format!("{} needs a text", change.attribute));
        }
        let text = || attributes::text(change);
        match &*change.attribute {
            "email" => _ = body.insert("email".into(), text()?.into()),
            // Exactly one entry is accepted.
            "role" => _ = body.insert("roles".into(), json!([{ "slug": text()? }])),
            // A guid, never `null`.
            "group" => _ = body.insert("group".into(), groups.resolve(text()?)?.id.as_ref().into()),
            name => match name.strip_prefix("features.") {
                Some(slug) => values.push((slug, attributes::flag(change)?.into())),
                None => attributes::put(&mut body, &SPEC, change)?,
            },
        }
    }
    if values.is_empty() {
        return Ok(body);
    }
    let mut seen: HashSet<&str> = values.iter().map(|(slug, _)| *slug).collect();
    for (slug, feature) in fresh.into_iter().flat_map(features) {
        let wanted = !seen.insert(slug);
        if wanted && lock(feature).is_some() {
            return Err(format!(
                "the feature {slug} cannot be changed on this user any more"
            ));
        }
        // What is no flag goes back as it came.
        let value = feature
            .get("value")
            .filter(|it| !it.is_null() && updatable(feature));
        values.extend(value.filter(|_| !wanted).map(|value| (slug, value.clone())));
    }
    values.sort_by_key(|(slug, _)| *slug);
    let values = values.into_iter();
    let features = values.map(|(slug, value)| json!({ "slug": slug, "value": value }));
    body.insert("features".into(), features.collect());
    Ok(body)
}

/// `GET /ratings/v1/users/quota`.
/// <https://help.bitsighttech.com/hc/en-us/articles/13740355653143-GET-User-Quota>
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Quota {
    /// All users; whether those of company tokens count is not documented.
    pub(super) total_user_count: Option<i64>,
    /// Users that count.
    active_user_count: Option<i64>,
    /// Users that do not.
    inactive_user_count: Option<i64>,
    /// Active users allowed; 99999 means without limit (vendor's OpenAPI).
    total_active_quota: Option<i64>,
    /// Active users that may still be added.
    remaining_active_quota: Option<i64>,
}

/// How many users may still be created; `None`: there is no limit.
///
/// # Errors
/// The vendor's numbers do not tell, in one clause.
pub(super) fn allowance(quota: &Quota) -> Result<Option<Allowance>, String> {
    let Quota {
        total_user_count: _,
        active_user_count: active,
        inactive_user_count: inactive,
        total_active_quota: total,
        remaining_active_quota: remaining,
    } = *quota;
    if total.is_some_and(|total| total >= UNLIMITED) {
        return Ok(None);
    }
    let left = remaining
        .or_else(|| total?.checked_sub(active?))
        .ok_or("the vendor's quota has no numbers")?;
    let number = |count: Option<i64>| count.map_or_else(|| "?".to_owned(), |n| n.to_string());
    Ok(Some(Allowance {
        creates: u64::try_from(left).unwrap_or(0),
        text: format!(
            "{} of {} active users, {left} left, {} inactive",
            number(active),
            number(total),
            number(inactive),
        ),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::spec::{USER, USERS};
    use super::*;
    use crate::model::action::{ActionKind, Change};
    use crate::model::current::Entry;

    fn groups() -> Directory {
        let entry = |id: &str, name: &str| Entry {
            id: id.into(),
            name: name.into(),
            admin: false,
        };
        let entries = [("g1", "Europe"), ("g2", "Asia"), ("g3", "Asia")];
        Directory::new("group", entries.map(|(id, name)| entry(id, name)).into())
    }

    fn user(json: serde_json::Value) -> Row {
        Row::of(&json, &USER).unwrap()
    }

    fn action(changes: &[(&'static str, Value)]) -> Action {
        Action {
            vendor: "bitsight".into(),
            kind: ActionKind::Update,
            email: "Ada@example.com".into(),
            account_email: None,
            id: Some("u1".into()),
            changes: changes
                .iter()
                .map(|(attribute, after)| Change {
                    attribute: (*attribute).into(),
                    before: None,
                    after: after.clone(),
                })
                .collect(),
            reason: String::new(),
            current: None,
        }
    }

    fn sent(body: &Body) -> serde_json::Value {
        Json::Object(body.clone())
    }

    #[test]
    fn the_documented_user_becomes_an_account() {
        let user = user(json!({
            "guid": "u1", "email": "ada@example.com", "formal_name": "Ada Lovelace",
            "friendly_name": "Ada", "status": "Created",
            "group": {"guid": "g1", "name": "Europe"},
            "roles": [{"name": "User", "slug": "customer_user"}],
            "last_login_time": null, "joined_time": "2026-01-05T09:00:00Z",
            "is_available_for_contact": false, "is_company_api_token": false,
            "features": [{"slug": "fq-access", "value": true, "can_update": false}],
        }));
        let account = account(&user, &groups()).unwrap().unwrap();
        let shown: Vec<_> = account
            .attributes
            .iter()
            .map(|(name, value)| (name, value.clone()))
            .collect();
        let text = |text: &str| Some(Value::text(text));
        assert_eq!(
            shown,
            [
                ("features", None),
                ("features.fq-access", Some(Value::Flag(true))),
                ("formal_name", text("Ada Lovelace")),
                ("friendly_name", text("Ada")),
                ("group", text("Europe")),
                ("is_available_for_contact", Some(Value::Flag(false))),
                ("role", text("customer_user")),
            ]
        );
        assert!(account.active && account.shield.is_none());
        assert_eq!(account.fixed.len(), 1);
        assert_eq!(account.fixed[0].0, "features.fq-access");
    }

    #[test]
    fn what_is_not_shown_is_not_compared() {
        let bare = user(json!({"guid": "u1", "email": "ada@example.com"}));
        let bare = account(&bare, &groups()).unwrap().unwrap();
        assert!(bare.attributes.is_empty() && bare.active);
        let null = user(json!({"guid": "u1", "email": "a@example.com", "group": null}));
        let null = account(&null, &groups()).unwrap().unwrap();
        assert_eq!(null.attributes.get("group"), Some(&None));
    }

    #[test]
    fn only_a_token_may_lack_an_email() {
        let token = user(json!({"guid": "u1", "is_company_api_token": true}));
        assert_eq!(account(&token, &groups()), Ok(None));
        let person = user(json!({"guid": "u1", "email": " "}));
        assert_eq!(account(&person, &groups()), Err("has no email".into()));
    }

    #[test]
    fn create_never_sends_a_status_or_null() {
        let names = [
            ("formal_name", Value::text("Ada Lovelace")),
            ("friendly_name", Value::text("Ada")),
            ("role", Value::text("customer_user")),
        ];
        let body = create_body(&action(&names), &groups()).unwrap();
        assert_eq!(
            sent(&body),
            json!({
                "email": "Ada@example.com", "formal_name": "Ada Lovelace", "friendly_name": "Ada",
                "roles": [{"slug": "customer_user"}],
            })
        );
    }

    #[test]
    fn features_go_out_without_can_update_and_with_their_neighbours() {
        let fresh = user(json!({"guid": "u1", "features": [
            {"slug": "wfh-ro", "value": false, "can_update": true},
            {"slug": "a", "value": true, "can_update": true},
            {"slug": "locked", "value": true, "can_update": false},
            {"slug": "unset", "value": null, "can_update": true},
        ]}));
        let on = [("features.wfh-ro", Value::Flag(true))];
        let body = update_body(&action(&on), &groups(), Some(&fresh)).unwrap();
        assert_eq!(
            sent(&body),
            json!({"features": [
                {"slug": "a", "value": true},
                {"slug": "wfh-ro", "value": true},
            ]})
        );
        let off = [("features.locked", Value::Flag(false))];
        assert!(update_body(&action(&off), &groups(), Some(&fresh)).is_err());
        let none = [("formal_name", Value::text("A"))];
        let body = update_body(&action(&none), &groups(), Some(&fresh)).unwrap();
        assert_eq!(sent(&body), json!({"formal_name": "A"}));
    }

    #[test]
    fn a_feature_that_is_a_text_goes_back_as_it_came() {
        let fresh = user(
            json!({"guid": "u1", "email": "ada@example.com", "features": [
                {"slug": "fq-access", "value": "limited", "can_update": true},
                {"slug": "wfh-ro", "value": false, "can_update": true},
            ]}),
        );
        let account = account(&fresh, &groups()).unwrap().unwrap();
        assert_eq!(account.fixed[0].0, "features.fq-access");
        let on = [("features.wfh-ro", Value::Flag(true))];
        let body = update_body(&action(&on), &groups(), Some(&fresh)).unwrap();
        assert_eq!(
            sent(&body),
            json!({"features": [
                {"slug": "fq-access", "value": "limited"},
                {"slug": "wfh-ro", "value": true},
            ]})
        );
        let text = [("features.fq-access", Value::Flag(true))];
        assert!(update_body(&action(&text), &groups(), Some(&fresh)).is_err());
    }

    #[test]
    fn values_that_cannot_be_sent_are_errors() {
        for (change, reason) in [
            (("group", Value::text("Nowhere")), "shows no group"),
            (("group", Value::text("Asia")), "several groups"),
            (("group", Value::text("")), "needs a text"),
            (("role", Value::set(["a", "b"])), "needs a text"),
            (
                ("is_available_for_contact", Value::text("yes")),
                "needs true or false",
            ),
            (("features.a", Value::text("yes")), "needs true or false"),
            (("landing_page", Value::text("SPM")), "no attribute"),
        ] {
            let error = update_body(&action(std::slice::from_ref(&change)), &groups(), None);
            let error = error.unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        let by_guid = [("group", Value::text("g3"))];
        let body = update_body(&action(&by_guid), &groups(), None).unwrap();
        assert_eq!(sent(&body), json!({"group": "g3"}));
    }

    #[test]
    fn quota_is_told_as_the_vendor_gives_it() {
        let quota = |json: serde_json::Value| allowance(&serde_json::from_value(json).unwrap());
        let full = quota(json!({"active_user_count": 12, "inactive_user_count": 3,
            "total_user_count": 15, "total_active_quota": 10, "remaining_active_quota": -2}));
        let full = full.unwrap().unwrap();
        assert_eq!(full.creates, 0);
        assert_eq!(full.text, "12 of 10 active users, -2 left, 3 inactive");
        let computed = quota(json!({"active_user_count": 7, "total_active_quota": 10}))
            .unwrap()
            .unwrap();
        assert_eq!(computed.creates, 3);
        assert_eq!(computed.text, "7 of 10 active users, 3 left, ? inactive");
        assert_eq!(
            quota(json!({"total_active_quota": 99999, "remaining_active_quota": 5})),
            Ok(None)
        );
        assert!(quota(json!({})).is_err());
    }

    #[test]
    fn all_fields_but_guid_may_be_missing() {
        let bare = user(json!({"guid": "g", "new_field": [1]}));
        assert_eq!(bare.text("guid"), Some("g"));
        assert!(!bare.shows("email") && !bare.shows("roles") && !bare.shows("features"));
        assert!(Row::of(&json!({"email": "a@example.com"}), &USER).is_err());
    }

    #[test]
    fn null_and_left_out_are_told_apart() {
        let user = user(json!({"guid": "g", "group": null}));
        assert!(user.shows("group") && group(&user).is_none());
        assert!(!user.shows("formal_name"));
    }

    #[test]
    fn documented_samples_with_slips_are_read() {
        let role = json!({"name": "User", " slug": "customer_user"});
        let user = user(json!({"guid": "g", "roles": [role]}));
        assert_eq!(role_slugs(&user), ["customer_user"]);
        // A trailing comma, as in the quota sample, is no JSON and stays an error.
        assert!(serde_json::from_str::<Quota>(r#"{"active_user_count": 1,}"#).is_err());
    }

    #[test]
    fn timestamps_with_and_without_fractions_are_ignored() {
        for joined in ["2026-01-05T09:00:00Z", "2026-01-05T09:00:00.123456Z"] {
            let user = json!({"guid": "g", "joined_time": joined, "last_login_time": null});
            assert!(Row::of(&user, &USER).is_ok(), "{joined}");
        }
    }

    #[test]
    fn group_is_read_as_object_and_as_guid() {
        let object = user(json!({"guid": "u", "group": {"guid": "g1", "name": "Europe"}}));
        assert_eq!(group(&object), Some(("g1", Some("Europe"))));
        let bare = user(json!({"guid": "u", "group": "g1"}));
        assert_eq!(group(&bare), Some(("g1", None)));
        assert!(Row::of(&json!({"guid": "u", "group": {"name": "Europe"}}), &USER).is_err());
    }

    #[test]
    fn next_link_is_found_in_all_documented_places() {
        let page = |json| USERS.page_of(json).unwrap();
        for json in [
            json!({"results": [], "links": {"next": "/x", "previous": null}}),
            json!({"results": [], "next": "/x"}),
            json!({"results": [], "links": {}, "next_url": "/x"}),
        ] {
            assert_eq!(page(json.clone()).next.as_deref(), Some("/x"), "{json}");
        }
        let last = page(json!({"results": [], "links": {"next": null}}));
        assert_eq!((last.next, last.more), (None, Some(false)));
        for silent in [
            json!({"results": []}),
            json!({"results": [], "links": null}),
        ] {
            let page = page(silent.clone());
            assert_eq!((page.next, page.more), (None, None), "{silent}");
        }
    }

    #[test]
    fn an_object_without_results_is_not_an_empty_list() {
        assert!(USERS.page_of(json!({"detail": "x"})).is_err());
    }
}
