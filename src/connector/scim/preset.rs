//! Presets: the settings that fit one product, as far as its own documentation says so.
//!
//! None declares a list to be whole: `paging: none` is a person's word alone.

use super::setting;
use crate::model::preset::{Preset, PresetValue};

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
    Preset {
        name: "slack",
        // It makes a user name of its own from an e-mail that is given as one. Pages are ten long
        // where no size is asked for, and 1,000 at most.
        settings: &[
            (setting::MATCH, PresetValue::Word("emails")),
            (setting::PAGE_SIZE, PresetValue::Count(1_000)),
        ],
        source: "https://slack.dev/python-slack-sdk/scim/index.html",
        checked: "2026-11-29",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::scim::SPEC;
    use crate::model::spec::SettingKind;

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
                // Only a person may say that one answer is everybody, or that nobody is off.
                let sound = match (*name, value) {
                    (setting::PAGING, PresetValue::Word(word)) => *word != "none",
                    (setting::WITHOUT, PresetValue::Names(names)) => !names.contains(&"active"),
                    // Where to look, how to ask, and what to write: a wrong one is an error, or a
                    // list that is not whole.
                    (
                        setting::READ
                        | setting::PAGE_SIZE
                        | setting::GROUP_BATCH
                        | setting::FROM_PERSON
                        | setting::PATCH
                        | setting::DISCOVERY
                        | setting::MATCH,
                        _,
                    ) => true,
                    _ => false,
                };
                assert!(sound, "{} {name}", preset.name);
            }
        }
    }
}
