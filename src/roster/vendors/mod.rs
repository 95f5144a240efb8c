//! One entry under `vendors`: every setting with its default filled in.

mod admins;
mod keys;
mod presets;
mod search;
mod settings;
mod unknown;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(super) use admins::has_no_effect;
pub(super) use keys::{
    ADMINS, KEYS, LEAVERS, LIMITS, MAX, MODES, MOST_AT_ONCE, MOST_PER_SECOND, UNLISTED,
};
pub(super) use unknown::may_be_secret;

use super::model::{
    AdminMark, AttributeEntry, CertificateText, DescriptionText, Limits, Max, SecretRef, Setting,
    Spanned, Unlisted, VendorSettings,
};
use super::ours::taken;
use super::suggest::suggest;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use super::{Catalog, accounts, auth, base_url};
use crate::model::certificate::Answers;
use crate::model::email::EmailPattern;
use crate::model::off::Grace;
use crate::model::spec::{DESCRIBED, SwitchOff, VendorSpec};
use crate::roster::admins::are_told as admins_are_told;
use crate::roster::diagnostic::{Code, Diagnostic, Span};
use presets::fill_in;
use search::check_search;
pub(super) use settings::protect;
use settings::{check_grace, email_or_login, leavers, limits, max, read_setting};
use unknown::unknown_key;

/// Safety: "a wait past ten minutes ends that vendor's run instead".
const MAX_WAIT: Duration = Duration::from_secs(600);

/// What `kind` chose.
pub(super) struct Chosen {
    pub(super) spec: &'static VendorSpec,
    /// The description, of a vendor that has one.
    description: Option<Arc<DescriptionText>>,
}

/// Finds the connector: `kind`, or the name if that is one.
pub(super) fn kind(
    name: &Name<'_>,
    node: &Node<'_>,
    catalog: Catalog<'_>,
    folder: &Path,
    problems: &mut Problems,
) -> Option<Chosen> {
    let built_in = |spec| Chosen {
        spec,
        description: None,
    };
    let kinds = catalog
        .kinds
        .iter()
        .map(|spec| spec.kind)
        .chain([DESCRIBED]);
    let Kind::Map(entries) = &node.kind else {
        // The shape is reported by `vendor`; the kind may still be clear from the name.
        return find(catalog.kinds, &name.text).map(built_in);
    };
    let Some((_, value)) = entries.iter().find(|(key, _)| key.text == "kind") else {
        let found = find(catalog.kinds, &name.text);
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
        return found.map(built_in);
    };
    let wanted = values::name(value, "kind", problems)?;
    if &*wanted.value == DESCRIBED {
        return described(entries, wanted.span, catalog, folder, problems);
    }
    let found = find(catalog.kinds, &wanted.value);
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
    found.map(built_in)
}

/// The vendor that `connector` describes.
fn described(
    entries: &[(Name<'_>, Node<'_>)],
    kind: Span,
    catalog: Catalog<'_>,
    folder: &Path,
    problems: &mut Problems,
) -> Option<Chosen> {
    let connector = entries.iter().find(|(key, _)| key.text == CONNECTOR);
    let Some((_, value)) = connector else {
        problems.push(
            Diagnostic::error(
                Code::MissingKey,
                kind,
                format!("a vendor of the kind `{DESCRIBED}` has no `{CONNECTOR}`"),
            )
            .help("name the file that describes it, relative to this one"),
        );
        return None;
    };
    let file = values::name(value, CONNECTOR, problems)?;
    match (catalog.describe)(folder, &file.value) {
        Ok(described) => Some(Chosen {
            spec: described.spec,
            description: Some(described.text),
        }),
        Err(why) => {
            let message = format!("`{CONNECTOR}`: {why}");
            let problem = Diagnostic::error(Code::Description, file.span, message);
            problems.push(problem.help(
                "`rosterctl connector check` says everything that is wrong with a description",
            ));
            None
        }
    }
}

/// The key that names the certificate of a vendor.
const CERTIFICATE: &str = "certificate";

/// Reads the certificate of a vendor: the folder that paths are relative to, the file that the roster
/// names, and the vendor's name. `None`: it has none.
pub(super) type Certify<'a> =
    dyn Fn(&Path, Option<&str>, &str) -> Result<Option<Arc<CertificateText>>, String> + 'a;

/// The key that names the description of a vendor.
const CONNECTOR: &str = "connector";

fn find(catalog: &[&'static VendorSpec], kind: &str) -> Option<&'static VendorSpec> {
    catalog.iter().find(|spec| spec.kind == kind).copied()
}

/// Reads the settings of one vendor.
pub(super) fn vendor(
    name: &Name<'_>,
    node: &Node<'_>,
    chosen: Chosen,
    certify: &Certify<'_>,
    folder: &Path,
    problems: &mut Problems,
) -> Option<VendorSettings> {
    let Chosen { spec, description } = chosen;
    check_name(name, problems);
    let entries = values::map(node, &name.text, problems)?;
    let mut draft = VendorDraft::new(spec);
    let description = description.map(Setting::Description);
    draft.settings.extend(description.map(|it| (CONNECTOR, it)));
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
    let named = draft.certificate.as_ref();
    let read = certify(folder, named.map(|it| &*it.value), &name.text);
    let certificate = read.unwrap_or_else(|why| {
        let place = named.map_or(name.span, |it| it.span);
        let problem =
            Diagnostic::error(Code::Certificate, place, format!("`{CERTIFICATE}`: {why}"));
        problems.push(
            problem.help("make it anew with `rosterctl doctor --probe --out FILE` or `certify`"),
        );
        None
    });
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
        observe: draft.observe,
        certificate,
        answers: Answers::default(),
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
    } else if taken(&name.text) {
        problems.push(
            Diagnostic::error(
                Code::BadName,
                name.span,
                format!("`{}` cannot be the name of a vendor", name.text),
            )
            .help("in a profile this word has a meaning of its own: choose another name"),
        );
    }
}

/// A vendor while it is read.
struct VendorDraft {
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
    observe: bool,
    certificate: Option<Spanned<Box<str>>>,
}

impl VendorDraft {
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
            observe: false,
            certificate: None,
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
    /// Whether accounts are known by logins here.
    fn has_logins(&self) -> bool {
        self.spec.knows_logins()
    }

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
            "protect" => self.protect = protect(node, self.has_logins(), problems),
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
                let own = email_or_login(node, "own_account", self.has_logins(), problems);
                self.own_account = own.map(|it| it.value);
            }
            "record" => {
                self.record = values::name(node, text, problems)
                    .map(|path: Spanned<Box<str>>| folder.join(&*path.value));
            }
            "mode" => {
                let words = MODES.iter().map(|(word, _, _)| *word);
                if let Some(word) = values::choice(node, text, words, problems) {
                    let mut modes = MODES.iter();
                    self.observe = modes.any(|(known, observe, _)| *known == word && *observe);
                }
            }
            CERTIFICATE => self.certificate = values::name(node, CERTIFICATE, problems),
            _ => problems.push(unknown_key(key, spec)),
        }
    }
}
