//! The keys of a vendor and what they are for: the readers and the schema use the same tables.

use crate::roster::model::Unlisted;

/// The keys that every vendor has, with what they are for (the schema shows it).
pub(in crate::roster) const KEYS: &[(&str, &str)] = &[
    (
        "kind",
        "Which connector to use. Defaults to the vendor's name.",
    ),
    (
        "base_url",
        "Scheme, host and optional path prefix; the connector appends the documented path.",
    ),
    (
        "auth",
        "Where the credentials are: for each `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, ARG] }`. Never the credentials themselves.",
    ),
    (
        "defaults",
        "Attributes of every account at this vendor; the weakest layer.",
    ),
    (
        "unlisted",
        "What happens to active accounts that the roster does not list.",
    ),
    (
        "protect",
        "E-mails, `*` stands for any characters, whose accounts nothing is ever taken from.",
    ),
    ("limits", "How fast to call this vendor."),
    ("max", "How much one plan may do here before it is held."),
    ("deactivate", "How an account is switched off."),
    (
        "leavers",
        "What becomes of accounts that are off because their people left.",
    ),
    (
        "own_account",
        "The e-mail of the account behind the credentials, where the API cannot tell.",
    ),
    (
        "admins",
        "What makes an administrator here, besides the vendor's own rule: an attribute and the values of it that do; one or a list.",
    ),
    (
        "record",
        "The file that remembers what was applied, where a vendor cannot be read; relative to this file.",
    ),
    (
        "mode",
        "`observe`: what is planned here is shown and never written, for the first weeks. Default: `manage`.",
    ),
    (
        "certificate",
        "The certificate of what this tenant was seen to do, relative to this file. Default: `certificates/VENDOR.json` beside this file, if it exists.",
    ),
];

/// The values of `mode`, with whether it only observes and what it does.
pub(in crate::roster) const MODES: &[(&str, bool, &str)] = &[
    ("manage", false, "plan and apply (default)"),
    (
        crate::roster::said::OBSERVE,
        true,
        "plan and show, and never write",
    ),
];

/// The values of `unlisted`, with what each does.
pub(in crate::roster) const UNLISTED: &[(&str, Unlisted, &str)] = &[
    ("ignore", Unlisted::Ignore, "say nothing"),
    (
        "report",
        Unlisted::Report,
        "list them in the plan (default)",
    ),
    (
        "deactivate",
        Unlisted::Deactivate,
        "switch them off as `deactivate` says",
    ),
];

/// The keys of `limits`.
pub(in crate::roster) const LIMITS: &[(&str, &str)] = &[
    (
        "per_second",
        "Calls that may start in any one-second window; may be a fraction.",
    ),
    ("burst", "Calls that may start at once."),
    ("concurrency", "Calls in flight."),
    ("timeout", "Until one call is given up: `60s`, `10m`, `1h`."),
    (
        "max_wait",
        "The longest the vendor may make a run wait; default `10m`.",
    ),
];

/// The keys of `max`.
pub(in crate::roster) const MAX: &[(&str, &str)] = &[
    (
        "creates",
        "Creates in one plan: a number or a share of the active accounts (`10%`). No default.",
    ),
    (
        "deactivations",
        "Deactivations and deletions in one plan: a number or a share of the active accounts. Default: 10 %, at least 3.",
    ),
    (
        "shrinkage",
        "Accounts by which the vendor's list may have shrunk since the last apply: a number or a share of what was there then. Past it the read is not trusted, and creates and removals are held. Default: 20 %, at least 5.",
    ),
    (
        "admin_grants",
        "Administrators that one plan may make, new accounts included: a number or a share of the active accounts. No default.",
    ),
    (
        "at_least",
        "The least that a share under `max` comes to, so that a share does not stop a small company: with 10 % and `at_least: 2`, two of nine may leave.",
    ),
];

/// The keys of `leavers`.
pub(in crate::roster) const LEAVERS: &[(&str, &str)] = &[(
    "delete_after",
    "Deletes accounts for good that were off for so long, where their people left or, with `unlisted: deactivate`, are not listed: `30d`, `4w`. Whoever is listed again within that time is switched on again. Without it nothing is deleted.",
)];

/// The keys of an entry under `admins`.
pub(in crate::roster) const ADMINS: &[(&str, &str)] = &[
    (
        "attribute",
        "The attribute by its roster name; `features.fq-access` for one key of a map.",
    ),
    (
        "values",
        "Whoever has one of these is an administrator: texts, names or ids; letter case does not count.",
    ),
];

/// Calls a second beyond which a limit is a slip of the finger.
pub(in crate::roster) const MOST_PER_SECOND: f64 = 10_000.0;

/// The same for `burst` and `concurrency`.
pub(in crate::roster) const MOST_AT_ONCE: u64 = 10_000;
