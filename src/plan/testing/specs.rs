//! Vendors that exist only for tests.

use crate::model::spec::{
    ActionCalls, AdminRule, AttributeKind, AttributeSpec, DeactivateMode, FromPerson,
    LimitDefaults, Mode, ReadFrom, Required, Rights, SwitchOff, VendorSpec,
};

const TIERS: &[&str] = &["BASIC", "PRO", "ADMIN"];

/// A vendor that can do everything, with one attribute of each kind, mode and way to hold rights.
pub(crate) const SPEC: VendorSpec = VendorSpec {
    kind: "acme",
    title: "Acme",
    docs: "https://docs.example.com",
    auth: &[],
    rights: "all",
    attributes: &[
        AttributeSpec {
            name: "tier",
            kind: AttributeKind::Choice(TIERS),
            rights: Rights::Ranked(TIERS),
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "roles",
            kind: AttributeKind::NameSet,
            rights: Rights::Set,
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "group",
            rights: Rights::Any,
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "company",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "admin",
            kind: AttributeKind::Flag,
            rights: Rights::Flag,
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "features",
            kind: AttributeKind::FlagMap,
            rights: Rights::Flag,
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "maintainers",
            kind: AttributeKind::EmailSet,
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "send_email",
            kind: AttributeKind::Flag,
            mode: Mode::CreateOnly,
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "region",
            mode: Mode::Fixed,
            rights: Rights::Any,
            ..AttributeSpec::BASE
        },
    ],
    email_change: true,
    deactivate: &[SWITCH_OFF],
    limits: LimitDefaults {
        per_second: 5.0,
        burst: 5,
        concurrency: 2,
        timeout_seconds: 30,
        throttle_seconds: 1,
    },
    read_lag_ms: &[],
    calls: ActionCalls {
        create: 2,
        update: 1,
        remove: 3,
        reactivate: 2,
    },
    ..VendorSpec::BASE
};

/// The vendor above.
pub(crate) static API: VendorSpec = SPEC;
/// Without a list call.
pub(crate) static RECORD: VendorSpec = VendorSpec {
    read: ReadFrom::Record,
    ..SPEC
};
/// With e-mails that cannot be changed.
/// Names of people, in two parts.
pub(crate) static NAMED: VendorSpec = VendorSpec {
    attributes: &[
        AttributeSpec {
            name: "first_name",
            from_person: Some(FromPerson::FirstName),
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "last_name",
            from_person: Some(FromPerson::LastName),
            ..AttributeSpec::BASE
        },
    ],
    ..SPEC
};

pub(crate) static FIXED_EMAIL: VendorSpec = VendorSpec {
    email_change: false,
    ..SPEC
};
/// Asks for more than the roster has to say when an account is made.
pub(crate) static DEMANDING: VendorSpec = VendorSpec {
    tenant: &[],
    attributes: &[AttributeSpec {
        name: "company",
        required: Required::Create,
        ..AttributeSpec::BASE
    }],
    ..SPEC
};
/// Administrators have the tier `ADMIN`.
pub(crate) static ADMIN_TIER: VendorSpec = VendorSpec {
    delete_caution: "",
    admin: AdminRule::TextIs("tier", "ADMIN"),
    ..SPEC
};
/// The same, with e-mails that cannot be changed.
pub(crate) static FIXED_ADMIN: VendorSpec = VendorSpec {
    email_change: false,
    ..ADMIN_TIER
};
/// Administrators have `admin: true`.
pub(crate) static ADMIN_FLAG: VendorSpec = VendorSpec {
    delete_caution: "",
    admin: AdminRule::FlagIs("admin"),
    ..SPEC
};
/// Administrators hold a role that the directory marks.
pub(crate) static ADMIN_ROLE: VendorSpec = VendorSpec {
    delete_caution: "",
    admin: AdminRule::Holds("roles"),
    ..SPEC
};

/// Reversible, the default here.
pub(crate) const SWITCH_OFF: SwitchOff = off("disable", DeactivateMode::Reversible);

/// A value of `deactivate:`.
pub(crate) const fn off(name: &'static str, mode: DeactivateMode) -> SwitchOff {
    SwitchOff {
        name,
        mode,
        doc: "",
    }
}
