//! What a roster may not change unless it is trusted: where secrets come from and where they go.
//!
//! Whoever may propose a change of people must not thereby run a program, read a file or send a
//! token to a host of their own. So a proposed roster has to agree with its base on all of that,
//! and what is acted on is the base's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Parsed;
use super::model::{Roster, SecretRef, Setting, StatePlace, VendorSettings};
use crate::model::spec::SettingKind;
use crate::roster::diagnostic::{Code, Diagnostic, Sources};

/// What the roster says otherwise than its base about where secrets come from or go.
///
/// That is `state`, the files of `sources` and, at each vendor, `kind`, `base_url`, `auth`, `record` and the settings of
/// that kind. A vendor that the base does not have is one such thing. Paths are compared as they
/// are written.
pub fn check(roster: &Parsed, base: &Parsed) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, vendor) in &roster.roster.vendors {
        let message = match base.roster.vendors.get(name) {
            None => format!("the base roster has no vendor `{name}`"),
            Some(known) => {
                let keys = differences(vendor, &roster.sources, known, &base.sources);
                if keys.is_empty() {
                    continue;
                }
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                let keys = keys.join(", ");
                format!("{keys} of `{name}` must be as in the base roster")
            }
        };
        let mut problem = Diagnostic::error(Code::Untrusted, vendor.span, message).help(HELP);
        problem.hide_source = roster.sources.is_hidden(vendor.span);
        found.push(problem);
    }
    for (name, source) in &roster.roster.sources {
        let known = base.roster.sources.get(name);
        let same =
            known.is_some_and(|it| (&it.written, &it.form) == (&source.written, &source.form));
        if !same {
            let message = format!("the file of the source `{name}` must be as in the base roster");
            found.push(Diagnostic::error(Code::Untrusted, source.span, message).help(HELP));
        }
    }
    let [now, before] = [roster, base].map(|it| states(&it.roster, &it.sources));
    if now.is_disjoint(&before) {
        let message = "the top-level `state` must be as in the base roster";
        found.push(Diagnostic::placeless(Code::Untrusted, message).help(HELP));
    }
    found
}

const HELP: &str = "this decides where secrets come from and go: let somebody who is trusted with \
                    them review and merge it by itself, and plan afterwards";

/// Lets the base say where secrets come from and go. Where [`check`] found nothing, that changes
/// no more than the folder that relative paths start from.
pub fn take_over(roster: &mut Roster, base: &Roster) {
    roster.state.clone_from(&base.state);
    for (name, vendor) in &mut roster.vendors {
        if let Some(known) = base.vendors.get(name) {
            vendor.base_url.clone_from(&known.base_url);
            vendor.auth.clone_from(&known.auth);
            vendor.record.clone_from(&known.record);
            vendor.settings.clone_from(&known.settings);
            // Whose the credentials are is for whoever decides where they come from.
            vendor.own_account.clone_from(&known.own_account);
            // A proposal may not say what the tenant was seen to do.
            vendor.certificate.clone_from(&known.certificate);
        }
    }
}

/// The people of a roster under the rules of its base, for a plan to be judged by. What people are
/// to have (`defaults` too) is the roster's.
pub fn under_rules_of(base: &Roster, roster: &Roster) -> Roster {
    let mut judge = roster.clone();
    judge.assertions.clone_from(&base.assertions);
    for (name, vendor) in &mut judge.vendors {
        if let Some(known) = base.vendors.get(name) {
            // A key that is new here is a rule until somebody says otherwise.
            *vendor = VendorSettings {
                defaults: std::mem::take(&mut vendor.defaults),
                ..known.clone()
            };
        }
    }
    judge
}

/// The keys by which a vendor differs from that of the base.
fn differences(
    vendor: &VendorSettings,
    sources: &Sources,
    known: &VendorSettings,
    known_sources: &Sources,
) -> Vec<&'static str> {
    let (one, other) = (
        as_written(vendor, sources),
        as_written(known, known_sources),
    );
    let mut keys = Vec::new();
    for (key, same) in [
        ("kind", one.kind == other.kind),
        ("base_url", one.base_url == other.base_url),
        ("auth", one.auth == other.auth),
        ("record", one.record == other.record),
    ] {
        if !same {
            keys.push(key);
        }
    }
    let names: BTreeSet<_> = one.settings.keys().chain(other.settings.keys()).collect();
    let differ = |name: &&&'static str| one.settings.get(**name) != other.settings.get(**name);
    keys.extend(names.into_iter().filter(differ));
    keys
}

/// What of a vendor has to be the base's, with paths as they are written.
pub(super) struct AsWritten<'r> {
    kind: &'r str,
    base_url: &'r str,
    pub(super) auth: BTreeMap<&'static str, SecretRef>,
    pub(super) record: Option<PathBuf>,
    pub(super) settings: BTreeMap<&'static str, Setting>,
}

/// A vendor with its paths as a file of the roster has them.
pub(super) fn as_written<'r>(vendor: &'r VendorSettings, sources: &Sources) -> AsWritten<'r> {
    let folder = sources.get(vendor.span.file());
    let folder = folder.map(|file| folder_of(&file.path));
    let folder = folder.unwrap_or(Path::new(""));
    written_by(vendor, |path| written(path, folder).to_owned())
}

/// A vendor with each of its paths in the form that `form` gives it.
pub(super) fn written_by(
    vendor: &VendorSettings,
    form: impl Fn(&Path) -> PathBuf,
) -> AsWritten<'_> {
    let VendorSettings {
        name: _,
        span: _,
        spec,
        base_url,
        in_sandbox: _,
        auth,
        // What the plan is to be like: a pull request may propose that, and nothing leaves by it.
        defaults: _,
        unlisted: _,
        protect: _,
        limits: _,
        max: _,
        deactivate: _,
        delete_after: _,
        own_account: _,
        admins: _,
        record,
        settings,
        by_preset: _,
        observe: _,
        // What a tenant was seen to do is the base's, see `take_over`.
        certificate: _,
        answers: _,
    } = vendor;
    let auth = auth.iter().map(|(key, secret)| {
        let secret = match secret {
            SecretRef::File(path) => SecretRef::File(form(path)),
            SecretRef::Env(_) | SecretRef::Command(_) => secret.clone(),
        };
        (*key, secret)
    });
    let settings = settings.iter().map(|(key, setting)| {
        let mut known = spec.settings.iter();
        let is_path = known.any(|it| it.name == *key && it.kind == SettingKind::Path);
        let setting = match setting {
            Setting::Text(text) if is_path => {
                let text = form(Path::new(&**text));
                Setting::Text(text.to_string_lossy().into())
            }
            other => other.clone(),
        };
        (*key, setting)
    });
    AsWritten {
        kind: spec.kind,
        base_url,
        auth: auth.collect(),
        record: record.as_deref().map(&form),
        settings: settings.collect(),
    }
}

fn folder_of(file: &str) -> &Path {
    Path::new(file).parent().unwrap_or(Path::new(""))
}

/// A path as it stands in a file of that folder.
fn written<'p>(path: &'p Path, folder: &Path) -> &'p Path {
    path.strip_prefix(folder).unwrap_or(path)
}

/// The top-level `state` as it may stand in any file of the roster: which one has it is not known.
pub(super) fn states(roster: &Roster, sources: &Sources) -> BTreeSet<Option<StatePlace>> {
    let Some(state) = &roster.state else {
        return BTreeSet::from([None]);
    };
    let files = sources.iter();
    files
        .map(|(_, file)| {
            Some(match state {
                StatePlace::Folder(path) => {
                    StatePlace::Folder(written(path, folder_of(&file.path)).to_owned())
                }
                StatePlace::Address(_) => state.clone(),
            })
        })
        .collect()
}
