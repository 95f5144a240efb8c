//! Settings that a preset brings.

use std::collections::BTreeMap;

use crate::model::preset::PresetValue;
use crate::model::spec::VendorSpec;
use crate::roster::model::Setting;
use crate::roster::preset::chosen;

/// Adds what a preset says and the roster does not; returns the names of what was added.
pub(super) fn fill_in(
    spec: &VendorSpec,
    settings: &mut BTreeMap<&'static str, Setting>,
) -> Vec<&'static str> {
    let Some(preset) = chosen(spec, settings) else {
        return Vec::new();
    };
    let own: Vec<&str> = settings.keys().copied().collect();
    let brought = preset
        .settings
        .iter()
        .filter(|(name, _)| !own.contains(name));
    let mut by_preset = Vec::new();
    for (name, value) in brought {
        let value = match value {
            PresetValue::Word(word) => Setting::Text((*word).into()),
            PresetValue::Flag(flag) => Setting::Flag(*flag),
            PresetValue::Count(count) => Setting::Count(*count),
            PresetValue::Names(names) => {
                Setting::Names(names.iter().map(|name| (*name).into()).collect())
            }
        };
        settings.insert(name, value);
        by_preset.push(*name);
    }
    by_preset
}
