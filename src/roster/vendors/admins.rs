//! `admins:`, what makes an administrator besides the vendor's own rule (rule 13).

use super::keys::ADMINS;
use crate::model::spec::{AttributeKind, AttributeSpec, Mode, Rights, VendorSpec};
use crate::roster::diagnostic::{Code, Diagnostic, Span};
use crate::roster::model::AdminMark;
use crate::roster::suggest::suggest;
use crate::roster::values::{self, Problems};
use crate::roster::yaml::{Kind, Node};

/// Reads one entry or a list of them. One with a fault is kept, as empty as it may be: nobody needs
/// to be told as well that nothing makes an administrator.
pub(super) fn admins(
    node: &Node<'_>,
    spec: &'static VendorSpec,
    problems: &mut Problems,
) -> Vec<AdminMark> {
    let entries = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if entries.is_empty() {
        problems.push(empty(node.span, "admins"));
    }
    let read = |entry| mark(entry, spec, problems).unwrap_or_default();
    entries.iter().map(read).collect()
}

fn mark(node: &Node<'_>, spec: &'static VendorSpec, problems: &mut Problems) -> Option<AdminMark> {
    let entries = values::map(node, "admins", problems)?;
    for (key, _) in entries {
        let known = ADMINS.iter().map(|(known, _)| *known);
        if known.clone().all(|known| known != key.text) {
            problems.push(values::unknown_key(key, "`admins`", known));
        }
    }
    let mut required = |key: &str| {
        let found = entries.iter().find(|(name, _)| name.text == key);
        if found.is_none() {
            let message = format!("`admins` has no `{key}`");
            let help = "write `admins: { attribute: NAME, values: [VALUE] }`";
            problems.push(Diagnostic::error(Code::MissingKey, node.span, message).help(help));
        }
        found.map(|(_, node)| node)
    };
    let (attribute, list) = (required("attribute"), required("values"));
    let name = values::name(attribute?, "attribute", problems)?;
    let declared = attribute_of(spec, &name.value).map_err(|(code, message)| {
        let known = spec.attributes.iter().map(|it| it.name);
        let problem = Diagnostic::error(code, name.span, message);
        problems.push(match code {
            Code::UnknownAttribute => problem.help(suggest(&name.value, known)),
            _ => problem,
        });
    });
    let (declared, list) = (declared.ok()?, list?);
    let items = values::list(list, "values", problems)?;
    if items.is_empty() {
        problems.push(empty(list.span, "values"));
    }
    let read = |item| value(item, declared.kind, problems);
    Some(AdminMark {
        attribute: name.value,
        values: items.iter().filter_map(read).collect(),
    })
}

/// The declaration of an attribute that can tell who is an administrator, or why it cannot.
fn attribute_of(
    spec: &'static VendorSpec,
    name: &str,
) -> Result<&'static AttributeSpec, (Code, String)> {
    let title = spec.title;
    let unknown = || {
        let message = format!("accounts at {title} have no attribute `{name}`");
        (Code::UnknownAttribute, message)
    };
    let declared = spec.attribute(name).ok_or_else(unknown)?;
    let is_key = match declared.kind {
        AttributeKind::FlagMap => name.len() > declared.name.len() + 1,
        // The name of a map of a family may have a dot in its version.
        AttributeKind::Family => name.rsplit(':').next().is_some_and(|it| it.contains('.')),
        _ if name != declared.name => return Err(unknown()),
        _ => true,
    };
    if !is_key {
        let message = format!("`{name}` is a map; name one key of it: `{name}.KEY`");
        return Err((Code::WrongType, message));
    }
    if declared.mode == Mode::CreateOnly {
        let message = format!(
            "{title} does not show `{name}` of an account, so nobody can tell by it who is an \
             administrator"
        );
        return Err((Code::Conflict, message));
    }
    Ok(declared)
}

fn value(node: &Node<'_>, kind: AttributeKind, problems: &mut Problems) -> Option<Box<str>> {
    match kind {
        AttributeKind::Flag | AttributeKind::FlagMap => {
            let flag = values::flag(node, "values", problems)?;
            Some(flag.value.to_string().into())
        }
        AttributeKind::Choice(words) => {
            let word = values::choice(node, "values", words.iter().copied(), problems)?;
            Some(word.into())
        }
        _ => match node.as_flag() {
            Some(flag) if kind == AttributeKind::Family => Some(flag.to_string().into()),
            _ => Some(values::name(node, "values", problems)?.value),
        },
    }
}

fn empty(span: Span, key: &str) -> Diagnostic {
    let message = format!("`{key}` is empty, and would make nobody an administrator");
    Diagnostic::error(Code::OutOfRange, span, message).help("name something, or leave `admins` out")
}

/// `what` counts administrators at a vendor where nothing makes one.
pub(in crate::roster) fn has_no_effect(
    what: &str,
    vendor: &str,
    spec: &VendorSpec,
    span: Span,
) -> Diagnostic {
    let mut rights = spec
        .attributes
        .iter()
        .filter(|it| it.rights != Rights::None);
    let example = rights.next().map_or("role", |it| it.name);
    let message = format!(
        "{what} would have no effect: {} does not say who is an administrator",
        spec.title
    );
    Diagnostic::error(Code::Conflict, span, message).help(format!(
        "say what makes one, under vendors.{vendor}: `admins: {{ attribute: {example}, values: \
         [VALUE] }}`"
    ))
}
