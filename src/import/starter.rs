//! The first files of a roster: vendors with places to fill in, and one person to try them with.

use super::yaml::scalar;
use crate::model::spec::{AttributeKind, AttributeSpec, Required, Rights, SettingKind, VendorSpec};

/// The file of the vendors, for editors that know its schema under that path.
pub fn vendors(kinds: &[&VendorSpec], schema: &str) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema={schema}\n# The account systems. Secrets are never written \
         here, only where they are.\nversion: 1\n\nvendors:\n"
    );
    for spec in kinds {
        text.push_str(&vendor(spec));
    }
    text.push_str("\nprofiles:\n  # What everybody has; `rosterctl schema` and the editor know the rest.\n  staff:\n    everyone: true\n");
    for spec in kinds {
        let attributes = spec.attributes.iter().filter_map(first_value);
        let attributes: Vec<String> = attributes.collect();
        let account = match attributes.is_empty() {
            true => String::from("{}"),
            false => format!("{{ {} }}", attributes.join(", ")),
        };
        text.push_str(&format!("    {}: {account}\n", spec.kind));
    }
    text
}

/// The file of the people.
pub fn people(schema: &str) -> String {
    format!(
        "# yaml-language-server: $schema={schema}\nversion: 1\n\npeople:\n  # An example; put your \
         people in its place, or have them written: rosterctl import.\n  - email: \
         ada.lovelace@example.com\n    first_name: Ada\n    last_name: Lovelace\n    job_title: \
         Controls Lead\n    company: Example Ltd\n"
    )
}

fn vendor(spec: &VendorSpec) -> String {
    let kind = spec.kind;
    let mut text = format!(
        "  # {}: {}\n  # The credentials need: {}.\n  {kind}:\n",
        spec.title, spec.docs, spec.rights
    );
    if spec.base_url.is_none() {
        text.push_str(&format!(
            "    base_url: https://{kind}.example.com # yours\n"
        ));
    }
    for setting in spec.settings.iter().filter(|it| it.required) {
        let value = match setting.kind {
            SettingKind::Flag => "false",
            SettingKind::Count => "1",
            SettingKind::Choice([first, ..]) => *first,
            SettingKind::Email => "rosterctl@example.com",
            SettingKind::Url => "https://login.example.com",
            _ => "Example",
        };
        text.push_str(&format!(
            "    {}: {value} # {}\n",
            setting.name, setting.doc
        ));
    }
    if let Some(form) = spec.auth.first() {
        let secrets = form.secrets.iter().map(|secret| {
            let name = format!("{kind}_{secret}").to_uppercase();
            format!("{secret}: {{ env: {name} }}")
        });
        let secrets: Vec<String> = secrets.collect();
        text.push_str(&format!("    auth: {{ {} }}\n", secrets.join(", ")));
    }
    text
}

/// A value for an attribute that has to be there: the one with the fewest rights that is known.
fn first_value(spec: &AttributeSpec) -> Option<String> {
    if spec.required != Required::Roster || spec.from_person.is_some() {
        return None;
    }
    let words = match (spec.rights, spec.kind) {
        (Rights::Ranked(words), _) => words,
        (_, AttributeKind::Choice(words) | AttributeKind::Slug(words)) => words,
        _ => &[],
    };
    let modest = words
        .iter()
        .find(|word| !word.to_lowercase().contains("admin"));
    let value = match spec.kind {
        AttributeKind::Flag => String::from("false"),
        AttributeKind::NameSet | AttributeKind::EmailSet => String::from("[]"),
        _ => scalar(modest.copied().unwrap_or("Example")).into_owned(),
    };
    Some(format!("{}: {value}", spec.name))
}
