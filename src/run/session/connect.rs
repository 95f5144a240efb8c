//! From a vendor's settings to its connector.

use std::sync::Arc;
use std::time::Duration;

use super::{Options, record_place};
use crate::connector;
use crate::connector::{Connect, Vendor};
use crate::http::{Api, ApiConfig, Backoff, Permit, Secret, Secrets};
use crate::roster::model::{Roster, SecretRef, VendorSettings};

/// What one vendor's calls go through. Sends nothing.
pub(super) fn api(settings: &VendorSettings, options: &Options) -> Result<Api, String> {
    Api::new(ApiConfig {
        vendor: settings.name.clone(),
        base_url: settings.base_url.clone(),
        limits: settings.limits,
        permit: permit(settings, options),
        backoff: Backoff {
            throttled: Duration::from_secs(settings.spec.limits.throttle_seconds),
            ..options.backoff
        },
        clock: options.clock.clone(),
        transport: options.transport.clone(),
        redactor: options.redactor.clone(),
    })
    .map(|api| {
        api.under(options.state.tenure().clone())
            .within(options.only.clone())
    })
    .map_err(|error| error.to_string())
}

/// The connector of one vendor. Sends nothing and reads no secret.
pub(super) fn connect(
    settings: &Arc<VendorSettings>,
    api: Api,
    secrets: Secrets,
    options: &Options,
) -> Result<Box<dyn Vendor>, String> {
    let Some(make) = connector::maker(settings.spec.kind) else {
        return Err(format!("{}: no such kind of vendor", settings.spec.kind));
    };
    let permit = permit(settings, options);
    let connect = Connect {
        secrets,
        record: record_place(settings, &options.state),
        settings: settings.clone(),
        api,
        permit,
    };
    make(connect).map_err(|error| options.redactor.redact(&error.to_string()))
}

/// A vendor that is only observed cannot be written to, whatever a run would do.
fn permit(settings: &VendorSettings, options: &Options) -> Permit {
    match settings.observe {
        true => Permit::ReadOnly,
        false => options.permit,
    }
}

/// The environment variables with secrets of a roster.
pub(super) fn secret_variables(roster: &Roster) -> Arc<[Box<str>]> {
    let places = roster.vendors.values().flat_map(|it| it.auth.values());
    let names = places.filter_map(|place| match place {
        SecretRef::Env(name) => Some(name.clone()),
        SecretRef::File(_) | SecretRef::Command(_) => None,
    });
    names.collect()
}

/// Where one vendor's credentials come from. Reads none yet. `hidden` are variables that no command
/// gets.
pub(super) fn secrets(
    settings: &VendorSettings,
    options: &Options,
    hidden: &Arc<[Box<str>]>,
) -> Secrets {
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
                None => Secret::among(place.clone(), &options.redactor, hidden.clone()),
            };
            (*key, secret)
        })
        .collect()
}
