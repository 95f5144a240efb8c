//! Settings that a preset brings.

use std::collections::BTreeMap;

use crate::roster::model::Setting;
use crate::vendor::preset::{Preset, PresetValue};
use crate::vendor::spec::{SettingKind, VendorSpec};

/// Adds what a preset says and the roster does not.
pub(super) fn fill_in(spec: &VendorSpec, settings: &mut BTreeMap<&'static str, Setting>) {
    let Some(preset) = chosen(spec, settings) else {
        return;
    };
    for (name, value) in preset.settings {
        settings.entry(name).or_insert_with(|| match value {
            PresetValue::Word(word) => Setting::Text((*word).into()),
            PresetValue::Flag(flag) => Setting::Flag(*flag),
            PresetValue::Count(count) => Setting::Count(*count),
            PresetValue::Names(names) => {
                Setting::Names(names.iter().map(|name| (*name).into()).collect())
            }
        });
    }
}

fn chosen(
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
