//! A description to the declaration that planner, diagnostics, schema and tables go by.

use super::QUESTIONS;
use super::model::{
    Attribute, AttributeMode, AttributeType, Auth, Call, Description, RightsSaid, SettingType,
};
use crate::model::spec::{
    ActionCalls, AdminRule, AttributeKind, AttributeSpec, AuthForm, DESCRIBED, DeactivateMode,
    LOGIN, Literal, Mode, Required, Rights, SettingKind, SettingSpec, SwitchOff, VendorSpec,
};
use crate::roster::model::LOCAL_PART;

/// The setting for a token endpoint at another address than the vendor's.
pub const TOKEN_URL: &str = "token_url";

/// The declaration. It lives as long as the process, as those of the built-in kinds do: a run reads
/// each description once, and none has more than [`super::MOST_BYTES`].
pub fn declared(description: &Description) -> &'static VendorSpec {
    let delete = description.users.delete.as_ref();
    Box::leak(Box::new(VendorSpec {
        kind: DESCRIBED,
        title: kept(&description.title),
        docs: kept(&description.docs),
        base_url: description.base_url.as_deref().map(kept),
        auth: all(description.auth.iter().map(form)),
        rights: kept(&description.rights),
        settings: all(settings(description).into_iter()),
        tenant: all(description.settings.iter().map(|it| kept(&it.name))),
        attributes: all(attributes(description).into_iter()),
        email_change: description.users.update.as_ref().is_some_and(|it| it.email),
        deactivate: all(ways_off(description).into_iter()),
        delete_caution: delete.map_or("", |call| match &call.caution {
            Some(caution) => kept(&format!("deleting a user cannot be undone: {caution}")),
            None => "deleting a user cannot be undone",
        }),
        admin: admin(description),
        limits: description.limits,
        read_lag_ms: all(description
            .read_lag
            .iter()
            .map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX))),
        calls: calls(description),
        questions: QUESTIONS,
        ..VendorSpec::BASE
    }))
}

/// A text that lives as long as the process.
fn kept(text: &str) -> &'static str {
    Box::leak(Box::<str>::from(text))
}

fn all<T>(items: impl Iterator<Item = T>) -> &'static [T] {
    Box::leak(items.collect::<Box<[T]>>())
}

fn settings(description: &Description) -> Vec<SettingSpec> {
    let own = description.settings.iter().map(|it| SettingSpec {
        name: kept(&it.name),
        kind: match it.kind {
            SettingType::Text => SettingKind::Text,
            SettingType::Count => SettingKind::Count,
            SettingType::Flag => SettingKind::Flag,
        },
        required: it.required,
        doc: kept(&it.doc),
    });
    let connector = SettingSpec {
        name: "connector",
        kind: SettingKind::Description,
        required: true,
        doc: "The file that describes the vendor, relative to this one.",
    };
    let login = description.users.login.is_some().then_some(SettingSpec {
        name: LOGIN,
        kind: SettingKind::Choice(&["person", LOCAL_PART]),
        required: false,
        doc: "Where a login name comes from: the person's `logins`, or else the part of the e-mail before the `@`.",
    });
    let grants = |it: &&Auth| matches!(it, Auth::ClientCredentials { .. });
    let token_url = description.auth.iter().find(grants).map(|_| SettingSpec {
        name: TOKEN_URL,
        kind: SettingKind::Url,
        required: false,
        doc: "The token endpoint, where it is not at the vendor's own address.",
    });
    let ours = [connector].into_iter().chain(login).chain(token_url);
    ours.chain(own).collect()
}

fn form(auth: &Auth) -> AuthForm {
    AuthForm {
        secrets: all(auth.secrets().into_iter().map(kept)),
        doc: match auth {
            Auth::Bearer(_) => "A token.",
            Auth::Basic(..) => "A user and a password, or a token as user.",
            Auth::Headers(_) => "What the headers carry.",
            Auth::ClientCredentials { .. } => "A client of the vendor's OAuth server.",
            Auth::Login(_) => "What the vendor's login call takes.",
        },
    }
}

fn attributes(description: &Description) -> Vec<AttributeSpec> {
    let can_change = description.users.update.is_some();
    let mut attributes: Vec<AttributeSpec> = description
        .attributes
        .iter()
        .map(|it| attribute(it, can_change))
        .collect();
    attributes.extend(login(description));
    let groups = description.groups.as_ref();
    if groups.is_some_and(|it| it.members.is_some()) {
        let can_change = groups.is_some_and(|it| it.add.is_some());
        attributes.push(AttributeSpec {
            name: "groups",
            kind: AttributeKind::NameSet,
            mode: if can_change {
                Mode::ReadWrite
            } else {
                Mode::Fixed
            },
            rights: Rights::Set,
            doc: "The names of the groups that the person is in.",
            ..AttributeSpec::BASE
        });
    }
    attributes
}

/// The login name: what a create is given, and nobody changes afterwards.
fn login(description: &Description) -> Option<AttributeSpec> {
    let users = &description.users;
    users.login.as_ref()?;
    let sent = users.create.as_ref().is_some_and(Call::says_login);
    Some(AttributeSpec {
        name: LOGIN,
        kind: AttributeKind::Email,
        required: match (&users.email, sent) {
            // Nothing else tells whose an account is.
            (None, _) => Required::Roster,
            (Some(_), true) => Required::Create,
            (Some(_), false) => Required::No,
        },
        mode: Mode::Fixed,
        doc: "The login name, from the person's `logins` or the vendor's `login: local_part`.",
        ..AttributeSpec::BASE
    })
}

fn attribute(it: &Attribute, can_change: bool) -> AttributeSpec {
    let words = || all(it.values.iter().map(|(word, _)| kept(word)));
    AttributeSpec {
        name: kept(&it.name),
        kind: match it.kind {
            AttributeType::Text | AttributeType::Number => AttributeKind::Text,
            AttributeType::Flag => AttributeKind::Flag,
            AttributeType::Choice => AttributeKind::Choice(words()),
            AttributeType::Set => AttributeKind::NameSet,
            AttributeType::Flags => AttributeKind::FlagMap,
            AttributeType::Email => AttributeKind::Email,
        },
        required: it.required,
        mode: match it.mode {
            AttributeMode::Changing if can_change => Mode::ReadWrite,
            AttributeMode::Changing | AttributeMode::Fixed => Mode::Fixed,
            AttributeMode::Create | AttributeMode::Write => Mode::CreateOnly,
        },
        from_person: it.from,
        default: it.default.as_ref().and_then(literal),
        rights: match (&it.rights, it.kind) {
            (RightsSaid::None, _) => Rights::None,
            (RightsSaid::Any, _) => Rights::Any,
            (RightsSaid::Flag, AttributeType::Set) => Rights::Set,
            (RightsSaid::Flag, _) => Rights::Flag,
            (RightsSaid::Ranked, _) => Rights::Ranked(words()),
            (RightsSaid::Order(order), _) => Rights::Ranked(all(order.iter().map(|it| kept(it)))),
        },
        doc: kept(&it.doc),
        ..AttributeSpec::BASE
    }
}

fn literal(json: &serde_json::Value) -> Option<Literal> {
    match json {
        serde_json::Value::Bool(flag) => Some(Literal::Flag(*flag)),
        serde_json::Value::String(text) => Some(Literal::Text(kept(text))),
        serde_json::Value::Number(number) => Some(Literal::Text(kept(&number.to_string()))),
        _ => None,
    }
}

/// The values of `deactivate:`, the default first.
fn ways_off(description: &Description) -> Vec<SwitchOff> {
    let users = &description.users;
    let switch = users.deactivate.is_some().then_some(SwitchOff {
        name: "switch",
        mode: DeactivateMode::Reversible,
        doc: "Switches the account off as the description says, and reads it back.",
    });
    let manual = SwitchOff {
        name: "manual",
        mode: DeactivateMode::Manual,
        doc: "Lists the account as one for a person to switch off.",
    };
    let delete = users.delete.is_some().then_some(SwitchOff {
        name: "delete",
        mode: DeactivateMode::Delete,
        doc: "Deletes the account for good.",
    });
    switch.into_iter().chain([manual]).chain(delete).collect()
}

/// What makes an administrator: the first attribute that has a value for it.
fn admin(description: &Description) -> AdminRule {
    let mut attributes = description.attributes.iter();
    let Some((it, value)) = attributes.find_map(|it| Some((it, it.admin.as_ref()?))) else {
        return AdminRule::Unknown;
    };
    match (it.kind, value) {
        (AttributeType::Flag, _) => AdminRule::FlagIs(kept(&it.name)),
        (AttributeType::Set, _) => AdminRule::Holds(kept(&it.name)),
        (_, serde_json::Value::String(text)) => AdminRule::TextIs(kept(&it.name), kept(text)),
        (_, other) => AdminRule::TextIs(kept(&it.name), kept(&other.to_string())),
    }
}

/// Calls that an action takes: look, write, read back.
fn calls(description: &Description) -> ActionCalls {
    let users = &description.users;
    let is_whole = |call: &Option<Call>| call.as_ref().is_some_and(|it| it.whole);
    ActionCalls {
        create: 3,
        update: 2 + u32::from(is_whole(&users.update)),
        remove: 3,
        reactivate: 3,
    }
}
