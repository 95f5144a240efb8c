//! Presets: the settings that fit one product, as far as its own documentation says so.
//!
//! None declares a list to be whole: `paging: none` is a person's word alone.

use super::spec::setting;
use crate::roster::model::VendorSettings;
use crate::vendor::preset::{Preset, PresetValue};

/// All of them, sorted.
pub(super) const PRESETS: &[Preset] = &[
    Preset {
        name: "auth0",
        // Of users it documents a search by filter, and no list.
        settings: &[(setting::READ, PresetValue::Word("search"))],
        source: "https://auth0.com/docs/authenticate/protocols/scim/configure-inbound-scim",
        checked: "2026-11-29",
    },
    Preset {
        name: "aws-identity-center",
        // `startIndex` is not supported, `cursor` is; 100 users a page, 100 changes of members a
        // call; a user needs a display name.
        settings: &[
            (setting::PAGING, PresetValue::Word("cursor")),
            (setting::PAGE_SIZE, PresetValue::Count(100)),
            (setting::GROUP_BATCH, PresetValue::Count(100)),
            (setting::FROM_PERSON, PresetValue::Names(&["display_name"])),
        ],
        source: "https://docs.aws.amazon.com/singlesignon/latest/developerguide/listusers.html",
        checked: "2026-11-29",
    },
    Preset {
        name: "github-organization",
        // The documented change has no path, and there is no call that describes the server.
        settings: &[
            (setting::PATCH, PresetValue::Word("plain")),
            (setting::DISCOVERY, PresetValue::Flag(false)),
        ],
        source: "https://docs.github.com/en/enterprise-cloud@latest/rest/scim/scim",
        checked: "2026-11-29",
    },
    Preset {
        name: "google-cloud-identity",
        // A request without a filter is refused; `userName eq` is the only one.
        settings: &[(setting::READ, PresetValue::Word("search"))],
        source: "https://docs.cloud.google.com/identity/docs/scim/reference/rest/v1/customers.v2.Users/list",
        checked: "2026-11-29",
    },
    Preset {
        name: "sentry",
        // No attribute of a user but `active` can be set.
        settings: &[(
            setting::WITHOUT,
            PresetValue::Names(&["given_name", "family_name", "title", "display_name"]),
        )],
        source: "https://docs.sentry.io/api/scim/",
        checked: "2026-11-29",
    },
];

/// What the chosen preset sets here, for the plan.
pub(super) fn notice(settings: &VendorSettings) -> Option<String> {
    let name = settings.text(setting::PRESET)?;
    let preset = PRESETS.iter().find(|it| it.name == name)?;
    let said = preset.settings.iter().map(|(name, value)| {
        let value = match value {
            PresetValue::Word(word) => (*word).to_owned(),
            PresetValue::Flag(flag) => flag.to_string(),
            PresetValue::Count(count) => count.to_string(),
            PresetValue::Names(names) => format!("[{}]", names.join(", ")),
        };
        format!("{name}: {value}")
    });
    Some(format!(
        "preset {name}: {} unless the roster says otherwise ({}, read {})",
        said.collect::<Vec<_>>().join(", "),
        preset.source,
        preset.checked
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::scim::SPEC;
    use crate::vendor::spec::SettingKind;

    #[test]
    fn every_preset_sets_what_there_is_and_weakens_no_proof() {
        assert!(PRESETS.is_sorted_by_key(|it| it.name));
        for preset in PRESETS {
            for (name, value) in preset.settings {
                let known = SPEC.settings.iter().find(|it| it.name == *name).unwrap();
                let fits = match (known.kind, value) {
                    (SettingKind::Choice(words), PresetValue::Word(word)) => words.contains(word),
                    (SettingKind::Flag, PresetValue::Flag(_)) => true,
                    (SettingKind::Count, PresetValue::Count(_)) => true,
                    (SettingKind::Names, PresetValue::Names(names)) => {
                        let known = |name: &&str| SPEC.attribute(name).is_some();
                        names.iter().all(known)
                    }
                    _ => false,
                };
                assert!(fits, "{} {name}", preset.name);
                // Only a person may say that one answer is everybody.
                let none = (setting::PAGING, PresetValue::Word("none"));
                assert_ne!((*name, *value), none, "{}", preset.name);
            }
        }
    }
}
