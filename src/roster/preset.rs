//! The preset that a vendor uses, and how it is told.

use std::collections::BTreeMap;

use super::model::{Setting, VendorSettings};
use crate::model::preset::Preset;
use crate::model::spec::{SettingKind, VendorSpec};

/// The preset that settings choose, if any.
pub fn chosen(
    spec: &VendorSpec,
    settings: &BTreeMap<&'static str, Setting>,
) -> Option<&'static Preset> {
    spec.settings.iter().find_map(|known| {
        let SettingKind::Preset(presets) = known.kind else {
            return None;
        };
        let Some(Setting::Text(name)) = settings.get(known.name) else {
            return None;
        };
        presets.iter().find(|it| *it.name == **name)
    })
}

/// The preset that a vendor uses, in words: each setting that it names, as it is here, with who
/// says so; and where the vendor's documentation was read.
pub fn in_words(settings: &VendorSettings) -> Option<String> {
    let preset = chosen(settings.spec, &settings.settings)?;
    let told = preset.settings.iter().filter_map(|(name, _)| {
        let value = match settings.settings.get(name)? {
            Setting::Text(text) => text.to_string(),
            Setting::Flag(flag) => flag.to_string(),
            Setting::Count(count) => count.to_string(),
            Setting::Names(names) => format!("[{}]", names.join(", ")),
            // No preset names one of another kind.
            _ => return None,
        };
        let by = match settings.by_preset.contains(name) {
            true => "preset",
            false => "roster",
        };
        Some(format!("{name}: {value} ({by})"))
    });
    let told: Vec<String> = told.collect();
    Some(format!(
        "preset {}: {}; {}, read {}",
        preset.name,
        told.join(", "),
        preset.source,
        preset.checked
    ))
}
