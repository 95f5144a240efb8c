//! Bitsight's words and ours: a wire user to an [`Account`], an [`Action`] to a request body. Pure.

use std::collections::HashSet;

use super::spec::ADMIN;
use super::wire::{Feature, FeatureValue, Quota, RoleSlug, Setting, User, UserBody};
use crate::model::account::{Account, Shield};
use crate::model::action::Action;
use crate::model::current::{Allowance, Directory, LookupError};
use crate::model::value::{Shown, Value};

/// `total_active_quota` of an account without a limit (vendor's OpenAPI).
const UNLIMITED: i64 = 99_999;

/// A user in our words. `None`: the pseudo-user of a company token without an e-mail, which no
/// roster could name.
///
/// # Errors
/// A user without an e-mail who is not such a pseudo-user.
pub(super) fn account(user: &User, groups: &Directory) -> Result<Option<Account>, String> {
    let token = user.is_company_api_token == Some(true);
    let email = match user.email.as_deref().map(str::trim) {
        Some(email) if !email.is_empty() => email,
        _ if token => return Ok(None),
        _ => return Err(format!("the user {} has no email", user.guid)),
    };
    let mut account = Account::new(email);
    account.id = Some(user.guid.clone());
    account.active = active(user);
    account.attributes = attributes(user, groups);
    if token {
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
    for feature in features(user) {
        if let Some(why) = lock(feature) {
            let name = format!("features.{}", feature.slug);
            account.fixed.push((name.into(), why.into()));
        }
    }
    Ok(Some(account))
}

/// `Created` and `Activated` both mean access. So does a status that is missing or new: a leaver
/// with such a status has to be looked at, not passed over.
pub(super) fn active(user: &User) -> bool {
    user.status.as_deref() != Some("Deactivated")
}

fn attributes(user: &User, groups: &Directory) -> Shown {
    let mut shown = Shown::new();
    if let Some(name) = &user.friendly_name {
        shown.insert("friendly_name", name.as_deref().map(Value::text));
    }
    if let Some(name) = &user.formal_name {
        shown.insert("formal_name", name.as_deref().map(Value::text));
    }
    if user.roles.is_some() {
        shown.insert("role", role(user).map(Value::text));
    }
    if let Some(group) = &user.group {
        let name = group
            .as_ref()
            .map(|group| Value::text(groups.display_id(group.guid())));
        shown.insert("group", name);
    }
    if let Some(contact) = &user.is_available_for_contact {
        shown.insert("is_available_for_contact", contact.map(Value::Flag));
    }
    if user.features.is_some() {
        shown.insert("features", None);
        for feature in features(user) {
            shown.insert(
                format!("features.{}", feature.slug),
                feature
                    .value
                    .as_ref()
                    .and_then(Setting::flag)
                    .map(Value::Flag),
            );
        }
    }
    shown
}

/// The role to compare. Of several the admin role counts, so that the last administrator is known
/// as one; any other mixture is shown as it is and equals no single slug.
fn role(user: &User) -> Option<String> {
    let slugs = role_slugs(user);
    match slugs.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        several if several.contains(&ADMIN) => Some(ADMIN.to_owned()),
        several => Some(several.join(", ")),
    }
}

/// The slugs of a user's roles, each once.
pub(super) fn role_slugs(user: &User) -> Vec<&str> {
    let mut slugs: Vec<&str> = user
        .roles
        .iter()
        .flatten()
        .flatten()
        .filter_map(|role| role.slug.as_deref())
        .collect();
    slugs.sort_unstable();
    slugs.dedup();
    slugs
}

fn features(user: &User) -> impl Iterator<Item = &Feature> {
    user.features.iter().flatten().flatten()
}

fn updatable(feature: &Feature) -> bool {
    feature.can_update != Some(false)
}

/// Why a feature is left as it is, if it is.
fn lock(feature: &Feature) -> Option<&'static str> {
    match &feature.value {
        _ if !updatable(feature) => {
            Some("Bitsight does not let this feature be changed on this user")
        }
        Some(Setting::Other(_)) => Some("Bitsight shows something else than true or false"),
        Some(Setting::Flag(_)) | None => None,
    }
}

/// Whether an action changes features; the write then needs the user's other features.
pub(super) fn changes_features(action: &Action) -> bool {
    action
        .changes
        .iter()
        .any(|change| change.attribute.starts_with("features."))
}

/// The body of a create. It has no `status`: the person activates the account.
///
/// # Errors
/// A value that cannot be sent, in one clause.
pub(super) fn create_body(action: &Action, groups: &Directory) -> Result<UserBody, String> {
    let mut body = changes_body(action, groups)?;
    body.email = Some(action.email.clone());
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
    fresh: Option<&User>,
) -> Result<UserBody, String> {
    let mut body = changes_body(action, groups)?;
    if let (Some(list), Some(user)) = (&mut body.features, fresh) {
        let mut named: HashSet<Box<str>> = list.iter().map(|it| it.slug.clone()).collect();
        for feature in features(user) {
            let wanted = !named.insert(feature.slug.clone());
            match (wanted, lock(feature), &feature.value) {
                (true, Some(_), _) => {
                    return Err(format!(
                        "the feature {} cannot be changed on this user any more",
                        feature.slug
                    ));
                }
                (false, _, Some(value)) if updatable(feature) => list.push(FeatureValue {
                    slug: feature.slug.clone(),
                    value: value.clone(),
                }),
                (true, None, _) | (false, _, _) => {}
            }
        }
        list.sort_by(|a, b| a.slug.cmp(&b.slug));
    }
    Ok(body)
}

fn changes_body(action: &Action, groups: &Directory) -> Result<UserBody, String> {
    let mut body = UserBody::default();
    for change in &action.changes {
        let name = change.attribute.as_ref();
        let text = || {
            let text = change.after.as_text().filter(|text| !text.is_empty());
            text.map(Box::<str>::from)
                .ok_or_else(|| format!("{name} needs a text"))
        };
        let flag = || {
            let flag = change.after.as_flag();
            flag.ok_or_else(|| format!("{name} needs true or false"))
        };
        match name {
            "email" => body.email = Some(text()?),
            "friendly_name" => body.friendly_name = Some(text()?),
            "formal_name" => body.formal_name = Some(text()?),
            "role" => body.roles = Some([RoleSlug { slug: text()? }]),
            "group" => body.group = Some(group_guid(&text()?, groups)?),
            "is_available_for_contact" => body.is_available_for_contact = Some(flag()?),
            _ => {
                let Some(slug) = name.strip_prefix("features.") else {
                    return Err(format!("{name} is no attribute of a Bitsight user"));
                };
                body.features.get_or_insert_default().push(FeatureValue {
                    slug: slug.into(),
                    value: Setting::Flag(flag()?),
                });
            }
        }
    }
    Ok(body)
}

fn group_guid(wanted: &str, groups: &Directory) -> Result<Box<str>, String> {
    match groups.lookup(wanted) {
        Ok(entry) => Ok(entry.id.clone()),
        Err(LookupError::Unknown) => Err(format!("Bitsight knows no group \"{wanted}\"")),
        Err(LookupError::Ambiguous) => Err(format!(
            "Bitsight has several groups \"{wanted}\"; give the guid"
        )),
    }
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

    fn user(json: serde_json::Value) -> User {
        serde_json::from_value(json).unwrap()
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

    fn sent(body: &UserBody) -> serde_json::Value {
        serde_json::to_value(body).unwrap()
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
        assert_eq!(
            account(&person, &groups()),
            Err("the user u1 has no email".into())
        );
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
            (("group", Value::text("Nowhere")), "knows no group"),
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
}
