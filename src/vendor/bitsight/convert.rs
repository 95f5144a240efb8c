//! Bitsight's words and ours: a wire user to an [`Account`], an [`Action`] to a request body. Pure.

use super::wire::{Feature, FeatureValue, Quota, RoleSlug, User, UserBody};
use crate::reconcile::account::{Account, Shield};
use crate::reconcile::current::{Allowance, Directory, LookupError};
use crate::reconcile::plan::Action;
use crate::reconcile::value::{Shown, Value};

/// The role that may do everything.
pub(super) const ADMIN: &str = "customer_admin";

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
    account.shield = token.then_some(Shield {
        what: "company API token",
        always: true,
    });
    let slugs = role_slugs(user);
    if slugs.len() > 1 {
        let reason = format!(
            "the user holds several roles ({}) and the API takes one",
            slugs.join(", ")
        );
        account.cautions.push(reason.as_str().into());
        account.fixed.push(("role".into(), reason.into()));
    }
    for feature in features(user).filter(|feature| !updatable(feature)) {
        account.fixed.push((
            format!("features.{}", feature.slug).into(),
            "Bitsight does not let this feature be changed on this user".into(),
        ));
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
        shown.insert("friendly_name", name.clone().map(Value::Text));
    }
    if let Some(name) = &user.formal_name {
        shown.insert("formal_name", name.clone().map(Value::Text));
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
                feature.value.map(Value::Flag),
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
        for feature in features(user) {
            let wanted = list.iter().any(|wanted| wanted.slug == feature.slug);
            match (wanted, updatable(feature), feature.value) {
                (true, false, _) => {
                    return Err(format!(
                        "the feature {} cannot be changed on this user any more",
                        feature.slug
                    ));
                }
                (false, true, Some(value)) => list.push(FeatureValue {
                    slug: feature.slug.clone(),
                    value,
                }),
                (true, true, _) | (false, _, _) => {}
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
                    value: flag()?,
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

/// How many users may still be created. `None`: there is no limit, or the vendor does not say.
pub(super) fn allowance(quota: &Quota) -> Option<Allowance> {
    let total = quota.total_active_quota;
    if total.is_some_and(|total| total >= UNLIMITED) {
        return None;
    }
    let left = quota
        .remaining_active_quota
        .or_else(|| total?.checked_sub(quota.active_user_count?))?;
    let number = |count: Option<i64>| count.map_or_else(|| "?".to_owned(), |n| n.to_string());
    Some(Allowance {
        creates: u64::try_from(left).unwrap_or(0),
        text: format!(
            "{} of {} active users, {left} left, {} inactive",
            number(quota.active_user_count),
            number(total),
            number(quota.inactive_user_count),
        ),
    })
}
