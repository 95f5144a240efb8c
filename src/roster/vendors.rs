//! One entry under `vendors`: every setting with its default filled in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::model::{EmailPattern, Limits, Max, Setting, Spanned, Unlisted, VendorSettings};
use super::suggest::suggest;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use super::{accounts, auth, base_url};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::nearest::nearest;
use crate::vendor::spec::{SettingKind, SettingSpec, SwitchOff, VendorSpec};

/// The keys that every vendor has, with what they are for (the schema shows it).
pub(super) const KEYS: &[(&str, &str)] = &[
    (
        "kind",
        "Which connector to use. Defaults to the vendor's name.",
    ),
    (
        "base_url",
        "Scheme, host and optional path prefix; the connector appends the documented path.",
    ),
    (
        "auth",
        "Where the credentials are: for each `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, ARG] }`. Never the credentials themselves.",
    ),
    (
        "defaults",
        "Attributes of every account at this vendor; the weakest layer.",
    ),
    (
        "unlisted",
        "What happens to active accounts that the roster does not list.",
    ),
    (
        "protect",
        "E-mails, `*` stands for any characters, whose accounts nothing is ever taken from.",
    ),
    ("limits", "How fast to call this vendor."),
    ("max", "How much one plan may do here before it is held."),
    ("deactivate", "How an account is switched off."),
    (
        "own_account",
        "The e-mail of the account behind the credentials, where the API cannot tell.",
    ),
    (
        "record",
        "The file that remembers what was applied, where a vendor cannot be read; relative to this file.",
    ),
];

/// The values of `unlisted`, with what each does.
pub(super) const UNLISTED: &[(&str, Unlisted, &str)] = &[
    ("ignore", Unlisted::Ignore, "say nothing"),
    (
        "report",
        Unlisted::Report,
        "list them in the plan (default)",
    ),
    (
        "deactivate",
        Unlisted::Deactivate,
        "switch them off as `deactivate` says",
    ),
];

/// The keys of `limits`.
pub(super) const LIMITS: &[(&str, &str)] = &[
    (
        "per_second",
        "Calls that may start in any one-second window; may be a fraction.",
    ),
    ("burst", "Calls that may start at once."),
    ("concurrency", "Calls in flight."),
    ("timeout", "Until one call is given up: `60s`, `10m`, `1h`."),
    (
        "max_wait",
        "The longest the vendor may make a run wait; default `10m`.",
    ),
];

/// The keys of `max`.
pub(super) const MAX: &[(&str, &str)] = &[
    (
        "creates",
        "Creates in one plan: a number or a share of the active accounts (`10%`). No default.",
    ),
    (
        "deactivations",
        "Deactivations and deletions in one plan: a number or a share of the active accounts. Default: 10 %, at least 3.",
    ),
];

/// Calls a second beyond which a limit is a slip of the finger.
pub(super) const MOST_PER_SECOND: f64 = 10_000.0;

/// The same for `burst` and `concurrency`.
pub(super) const MOST_AT_ONCE: u64 = 10_000;

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
    Some(VendorSettings {
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
        own_account: draft.own_account,
        record: draft.record,
        settings: draft.settings,
    })
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
    auth: Option<BTreeMap<&'static str, super::model::SecretRef>>,
    defaults: Vec<super::model::AttributeEntry>,
    unlisted: Unlisted,
    protect: Vec<EmailPattern>,
    limits: Limits,
    max: Max,
    deactivate: Option<SwitchOff>,
    own_account: Option<Box<str>>,
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
            own_account: None,
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
            "base_url" => self.base_url = base_url::base_url(node, problems),
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
            "max" => max(node, &mut self.max, problems),
            "deactivate" => {
                let words = spec.deactivate.iter().map(|choice| choice.name);
                if let Some(word) = values::choice(node, text, words, problems) {
                    self.deactivate = spec.deactivate.iter().find(|c| c.name == word).copied();
                }
            }
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

/// A key that no vendor of this kind has.
fn unknown_key(key: &Name<'_>, spec: &'static VendorSpec) -> Diagnostic {
    let own = spec.settings.iter().map(|setting| setting.name);
    let known = KEYS.iter().map(|(key, _)| *key).chain(own);
    let problem = values::unknown_key(key, format_args!("a vendor at {}", spec.title), known);
    if nearest(&key.text, auth::known(spec)).is_some() {
        return problem.help(auth::forms(spec));
    }
    problem
}

/// Whether a key of a vendor may hold a secret that missed its place: then no line of it is shown,
/// as if it stood under `auth` (rule 7).
pub(super) fn may_be_secret(
    key: &Name<'_>,
    value: &Node<'_>,
    spec: Option<&'static VendorSpec>,
) -> bool {
    let text = key.text.as_ref();
    if text == "auth" {
        return true;
    }
    if text == "base_url" {
        return matches!(&value.kind, Kind::Scalar { text, .. } if base_url::may_be_secret(text));
    }
    let settings = spec.map(|spec| spec.settings).unwrap_or_default();
    let known = KEYS.iter().any(|(key, _)| *key == text)
        || settings.iter().any(|setting| setting.name == text);
    let lower = text.to_lowercase();
    let secrets = spec.into_iter().flat_map(auth::known);
    let like_a_secret = SECRET_WORDS.iter().any(|word| lower.contains(word));
    !known && (like_a_secret || nearest(text, secrets.chain(["auth"])).is_some())
}

/// What the names of secrets have in them.
const SECRET_WORDS: &[&str] = &["auth", "token", "secret", "pass", "key", "jwt", "cred"];

fn read_setting(
    setting: &SettingSpec,
    node: &Node<'_>,
    folder: &Path,
    problems: &mut Problems,
) -> Option<Setting> {
    let field = setting.name;
    match setting.kind {
        SettingKind::Text => {
            values::name(node, field, problems).map(|text| Setting::Text(text.value))
        }
        SettingKind::Flag => {
            values::flag(node, field, problems).map(|flag| Setting::Flag(flag.value))
        }
        SettingKind::Count => {
            values::count(node, field, 1..=u64::from(u32::MAX), problems).map(Setting::Count)
        }
        SettingKind::Email => {
            values::email(node, field, problems).map(|email| Setting::Text(email.value))
        }
        SettingKind::Path => {
            let path = values::name(node, field, problems)?;
            let joined = folder.join(&*path.value);
            Some(Setting::Text(joined.to_string_lossy().into()))
        }
        SettingKind::TextMap => {
            let entries = values::map(node, field, problems)?;
            let read = entries
                .iter()
                .filter_map(|(key, value)| {
                    let text = values::text(value, &key.text, problems)?;
                    Some((Box::from(key.text.as_ref()), text.value))
                })
                .collect();
            Some(Setting::TextMap(read))
        }
    }
}

fn protect(node: &Node<'_>, problems: &mut Problems) -> Vec<EmailPattern> {
    let items = values::list(node, "protect", problems).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| {
            let starred = matches!(&item.kind, Kind::Scalar { text, .. } if text.contains('*'));
            let pattern = if starred {
                values::name(item, "protect", problems)
            } else {
                values::email(item, "protect", problems)
            };
            pattern.map(|pattern| EmailPattern(pattern.value))
        })
        .collect()
}

fn limits(node: &Node<'_>, limits: &mut Limits, problems: &mut Problems) {
    let Some(entries) = values::map(node, "limits", problems) else {
        return;
    };
    for (key, value) in entries {
        let field = key.text.as_ref();
        match field {
            "per_second" => {
                let read = values::rate(value, field, MOST_PER_SECOND, problems);
                limits.per_second = read.unwrap_or(limits.per_second);
            }
            "burst" => {
                let read = values::count(value, field, 1..=MOST_AT_ONCE, problems);
                let read = read.and_then(|count| u32::try_from(count).ok());
                limits.burst = read.unwrap_or(limits.burst);
            }
            "concurrency" => {
                let read = values::count(value, field, 1..=MOST_AT_ONCE, problems);
                let read = read.and_then(|count| usize::try_from(count).ok());
                limits.concurrency = read.unwrap_or(limits.concurrency);
            }
            "timeout" => {
                let read = values::duration(value, field, problems);
                limits.timeout = read.unwrap_or(limits.timeout);
            }
            "max_wait" => {
                let read = values::duration(value, field, problems);
                limits.max_wait = read.unwrap_or(limits.max_wait);
            }
            _ => {
                let known = LIMITS.iter().map(|(key, _)| *key);
                problems.push(values::unknown_key(key, "`limits`", known));
            }
        }
    }
}

fn max(node: &Node<'_>, max: &mut Max, problems: &mut Problems) {
    let Some(entries) = values::map(node, "max", problems) else {
        return;
    };
    for (key, value) in entries {
        let field = key.text.as_ref();
        match field {
            "creates" => max.creates = values::bound(value, field, problems),
            "deactivations" => max.deactivations = values::bound(value, field, problems),
            _ => {
                let known = MAX.iter().map(|(key, _)| *key);
                problems.push(values::unknown_key(key, "`max`", known));
            }
        }
    }
}
