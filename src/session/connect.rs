//! From a vendor's settings to its connector.

use std::sync::Arc;
use std::time::Duration;

use super::{Options, record_place};
use crate::http::{Api, ApiConfig, Backoff, Secret, Secrets};
use crate::roster::model::VendorSettings;
use crate::vendor::{self, Connect, Vendor};

/// What one vendor's calls go through. Sends nothing.
pub(super) fn api(settings: &VendorSettings, options: &Options) -> Result<Api, String> {
    Api::new(ApiConfig {
        vendor: settings.name.clone(),
        base_url: settings.base_url.clone(),
        limits: settings.limits,
        permit: options.permit,
        backoff: Backoff {
            throttled: Duration::from_secs(settings.spec.limits.throttle_seconds),
            tries: options.tries,
            ..Backoff::default()
        },
        clock: options.clock.clone(),
        redactor: options.redactor.clone(),
    })
    .map(|api| api.under(options.state.tenure().clone()))
    .map_err(|error| error.to_string())
}

/// The connector of one vendor. Sends nothing and reads no secret.
pub(super) fn connect(
    settings: &Arc<VendorSettings>,
    api: Api,
    secrets: Secrets,
    options: &Options,
) -> Result<Box<dyn Vendor>, String> {
    let Some(kind) = vendor::kind(settings.spec.kind) else {
        return Err(format!("{}: no such kind of vendor", settings.spec.kind));
    };
    let connect = Connect {
        secrets,
        record: record_place(settings, &options.state),
        settings: settings.clone(),
        api,
        permit: options.permit,
    };
    (kind.connect)(connect).map_err(|error| options.redactor.redact(&error.to_string()))
}

/// Where one vendor's credentials come from. Reads none yet.
pub(super) fn secrets(settings: &VendorSettings, options: &Options) -> Secrets {
    let fixed = options
        .secrets
        .as_ref()
        .and_then(|all| all.get(&settings.name));
    settings
        .auth
        .iter()
        .map(|(key, place)| {
            let secret = match fixed.and_then(|texts| texts.get(*key)) {
                Some(text) => Secret::fixed(text),
                None => Secret::new(place.clone(), &options.redactor),
            };
            (*key, secret)
        })
        .collect()
}
