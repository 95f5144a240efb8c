//! One entry under `vendors`: every setting with its default filled in.

mod admins;
mod keys;
mod presets;
mod search;
mod settings;
mod unknown;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) use admins::has_no_effect;
pub(super) use keys::{
    ADMINS, KEYS, LEAVERS, LIMITS, MAX, MOST_AT_ONCE, MOST_PER_SECOND, UNLISTED,
};
pub(super) use unknown::may_be_secret;

use super::model::{
    AdminMark, AttributeEntry, Limits, Max, SecretRef, Setting, Spanned, Unlisted, VendorSettings,
};
use super::suggest::suggest;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use super::{accounts, auth, base_url};
use crate::model::email::EmailPattern;
use crate::model::off::Grace;
use crate::model::spec::{SwitchOff, VendorSpec};
use crate::roster::admins::are_told as admins_are_told;
use crate::roster::diagnostic::{Code, Diagnostic, Span};
use presets::fill_in;
use search::check_search;
pub(super) use settings::protect;
use settings::{check_grace, leavers, limits, max, read_setting};
use unknown::unknown_key;

/// Safety: "a wait past ten minutes ends that vendor's run instead".
const MAX_WAIT: Duration = Duration::from_secs(600);

/// Finds the connector: `kind`, or the name if that is one.
pub(super) fn kind(
    name: &Name<'_>,
    node: &Node<'_>,
    catalog: &[&'static VendorSpec],
    problems: &mut Problems,
) -> Option<&'static VendorSpec> {
    let kinds = catalog.iter().map(|spec| spec.kind);
    let Kind::Map(entries) = &node.kind else {
        // The shape is reported by `vendor`; the kind may still be clear from the name.
        return find(catalog, &name.text);
    };
    let Some((_, value)) = entries.iter().find(|(key, _)| key.text == "kind") else {
        let found = find(catalog, &name.text);
        if found.is_none() {
            problems.push(
                Diagnostic::error(
                    Code::UnknownKind,
                    name.span,
                    format!("there is no kind of vendor `{}`", name.text),
                )
                .help(format!(
                    "{}; a vendor of another name needs a `kind`",
                    suggest(&name.text, kinds)
                )),
            );
        }
        return found;
    };
    let wanted = values::name(value, "kind", problems)?;
    let found = find(catalog, &wanted.value);
    if found.is_none() {
        problems.push(
            Diagnostic::error(
                Code::UnknownKind,
                wanted.span,
                format!("there is no kind of vendor `{}`", wanted.value),
            )
            .help(suggest(&wanted.value, kinds)),
        );
    }
    found
}

fn find(catalog: &[&'static VendorSpec], kind: &str) -> Option<&'static VendorSpec> {
    catalog.iter().find(|spec| spec.kind == kind).copied()
}

/// Reads the settings of one vendor.
pub(super) fn vendor(
    name: &Name<'_>,
    node: &Node<'_>,
    spec: &'static VendorSpec,
    folder: &Path,
    problems: &mut Problems,
) -> Option<VendorSettings> {
    check_name(name, problems);
    let entries = values::map(node, &name.text, problems)?;
    let mut draft = Draft::new(spec);
    for (key, value) in entries {
        draft.key(key, value, name.span, folder, problems);
    }
    for key in draft.missing() {
        let mut problem = Diagnostic::error(
            Code::MissingKey,
            name.span,
            format!("the vendor `{}` has no `{key}`", name.text),
        );
        problem.help = match key {
            "auth" => Some(auth::forms(spec)),
            "base_url" => Some(String::from("write scheme and host: `base_url: https://…`")),
            other => spec
                .settings
                .iter()
                .find(|setting| setting.name == other)
                .map(|setting| setting.doc.to_owned()),
        };
        problems.push(problem);
    }
    if let (Some(grace), Some(deactivate)) = (&draft.delete_after, draft.deactivate) {
        check_grace(grace, &name.text, spec, deactivate, problems);
    }
    let by_preset = fill_in(spec, &mut draft.settings);
    if let Some(Setting::Text(read)) = draft.settings.get("read")
        && &**read == "search"
    {
        check_search(name, draft.unlisted, &draft.max, problems);
    }
    if let Some(span) = draft.admin_grants
        && !admins_are_told(spec, &draft.admins)
    {
        problems.push(has_no_effect("`max.admin_grants`", &name.text, spec, span));
    }
    Some(VendorSettings {
        in_sandbox: false,
        name: name.text.as_ref().into(),
        span: name.span,
        spec,
        base_url: draft.base_url?,
        auth: draft.auth?,
        defaults: draft.defaults,
        unlisted: draft.unlisted,
        protect: draft.protect,
        limits: draft.limits,
        max: draft.max,
        deactivate: draft.deactivate?,
        delete_after: draft.delete_after.map(|grace| grace.value),
        own_account: draft.own_account,
        admins: draft.admins,
        record: draft.record,
        settings: draft.settings,
        by_preset,
    })
}

/// Where a key of a map stands.
fn place_of(node: &Node<'_>, key: &str) -> Option<Span> {
    let Kind::Map(entries) = &node.kind else {
        return None;
    };
    let mut names = entries.iter().map(|(name, _)| name);
    names.find(|name| name.text == key).map(|name| name.span)
}

/// The name becomes part of file names and of options like `--allow-creates NAME=N`.
fn check_name(name: &Name<'_>, problems: &mut Problems) {
    let fine = name
        .text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !fine || name.text.is_empty() || name.text.starts_with(['.', '-']) {
        problems.push(
            Diagnostic::error(
                Code::BadName,
                name.span,
                format!("`{}` cannot be the name of a vendor", name.text),
            )
            .help("use letters, digits, `-`, `_` and `.`"),
        );
    }
}

/// A vendor while it is read.
struct Draft {
    spec: &'static VendorSpec,
    seen: Vec<&'static str>,
    base_url: Option<Box<str>>,
    auth: Option<BTreeMap<&'static str, SecretRef>>,
    defaults: Vec<AttributeEntry>,
    unlisted: Unlisted,
    protect: Vec<EmailPattern>,
    limits: Limits,
    max: Max,
    deactivate: Option<SwitchOff>,
    delete_after: Option<Spanned<Grace>>,
    own_account: Option<Box<str>>,
    admins: Vec<AdminMark>,
    /// Where `max.admin_grants` stands.
    admin_grants: Option<Span>,
    record: Option<PathBuf>,
    settings: BTreeMap<&'static str, Setting>,
}

impl Draft {
    fn new(spec: &'static VendorSpec) -> Self {
        Self {
            spec,
            seen: Vec::new(),
            base_url: spec.base_url.map(Box::from),
            auth: None,
            defaults: Vec::new(),
            unlisted: Unlisted::default(),
            protect: Vec::new(),
            limits: Limits {
                per_second: spec.limits.per_second,
                burst: spec.limits.burst,
                concurrency: spec.limits.concurrency,
                timeout: Duration::from_secs(spec.limits.timeout_seconds),
                max_wait: MAX_WAIT,
            },
            max: Max::default(),
            deactivate: spec.deactivate.first().copied(),
            delete_after: None,
            own_account: None,
            admins: Vec::new(),
            admin_grants: None,
            record: None,
            settings: BTreeMap::new(),
        }
    }

    /// Keys that have to be given and were not.
    fn missing(&self) -> Vec<&'static str> {
        let base_url = self.spec.base_url.is_none().then_some("base_url");
        let auth = (!self.spec.auth.is_empty()).then_some("auth");
        let settings = self
            .spec
            .settings
            .iter()
            .filter(|setting| setting.required)
            .map(|setting| setting.name);
        base_url
            .into_iter()
            .chain(auth)
            .chain(settings)
            .filter(|key| !self.seen.contains(key))
            .collect()
    }

    /// One key of the vendor.
    fn key(
        &mut self,
        key: &Name<'_>,
        node: &Node<'_>,
        place: Span,
        folder: &Path,
        problems: &mut Problems,
    ) {
        let spec = self.spec;
        let text = key.text.as_ref();
        if let Some((known, _)) = KEYS.iter().find(|(known, _)| *known == text) {
            self.seen.push(known);
        } else if let Some(setting) = spec.settings.iter().find(|known| known.name == text) {
            self.seen.push(setting.name);
            if let Some(value) = read_setting(setting, node, folder, problems) {
                self.settings.insert(setting.name, value);
            }
            return;
        }
        match text {
            "kind" => {}
            "base_url" => self.base_url = base_url::base_url(node, spec.paths, problems),
            "auth" => self.auth = auth::auth(key, node, spec, folder, problems),
            "defaults" => {
                if let Some(entries) = values::map(node, "defaults", problems) {
                    self.defaults = accounts::attributes(entries, spec, place, problems);
                }
            }
            "unlisted" => {
                let words = UNLISTED.iter().map(|(word, _, _)| *word);
                if let Some(word) = values::choice(node, text, words, problems) {
                    self.unlisted = UNLISTED
                        .iter()
                        .find(|(known, _, _)| *known == word)
                        .map(|(_, means, _)| *means)
                        .unwrap_or_default();
                }
            }
            "protect" => self.protect = protect(node, problems),
            "limits" => limits(node, &mut self.limits, problems),
            "max" => {
                max(node, &mut self.max, problems);
                self.admin_grants = place_of(node, "admin_grants");
            }
            "admins" => self.admins = admins::admins(node, spec, problems),
            "deactivate" => {
                let words = spec.deactivate.iter().map(|choice| choice.name);
                if let Some(word) = values::choice(node, text, words, problems) {
                    self.deactivate = spec.deactivate.iter().find(|c| c.name == word).copied();
                }
            }
            "leavers" => self.delete_after = leavers(node, problems),
            "own_account" => {
                self.own_account = values::email(node, text, problems).map(|email| email.value);
            }
            "record" => {
                self.record = values::name(node, text, problems)
                    .map(|path: Spanned<Box<str>>| folder.join(&*path.value));
            }
            _ => problems.push(unknown_key(key, spec)),
        }
    }
}
