//! A vendor of the roster: how it is set, and how its server behaves.

use std::fmt::Write as _;

use super::desk::Form;
use super::random::Random;

/// Where the made-up servers are.
const ADDRESS: &str = "http://127.0.0.1:0";

/// Switches of behaviour under which the roster cannot come true, each with the reason. A month in
/// eight turns one: then all is looked at but whether it came true.
pub(crate) const LEFT_OUT: &[&str] = &[
    // Nobody can be switched off.
    "bitsight:status-ignored",
    "bitsight:status-refused",
    // The list cannot be read whole.
    "bitsight:list-without-offset",
    "logicgate:list-without-page",
    "snaplogic:list-without-offset",
    // Changes end with the first one that shows it.
    "snaplogic:put-replaces",
    // Nothing tells who was renamed.
    "scim:ids-are-names",
    // Whoever is off is seen by no call, and refused or held as somebody new.
    "logicgate:search-hides-off",
    "logicgate:search-gone",
    // Of a list of one user no page can be told from the first one.
    "snaplogic:list-repeats",
    "snaplogic:list-hides-revoked",
    "logicgate:off-hidden",
    // Nobody is changed whose whole account cannot be read.
    "logicgate:no-single-read",
    // Nobody there can be switched off.
    "logicgate:off-ignored",
    "logicgate:off-refused",
    // Nothing shows that somebody is absent, so nobody is made whom a list may hide.
    "snaplogic:missing-400",
    "snaplogic:missing-empty",
    // Whoever comes back has an address that is taken, by an account that no call shows.
    "rest:hides-inactive",
    // Nothing can be changed, or nobody switched off.
    "rest:updates-not-stored",
    "rest:updates-refused",
    "rest:switches-not-stored",
    "rest:switches-refused",
    // Nobody leaves a group.
    "surecloud:groups-add",
    // Nobody joins one.
    "scim:joins-ignored",
    // New people are off until they take their invitation up.
    "scim:invites",
    // Nobody has the address of the roster there.
    "scim:own-names",
];

/// Pairs of switches under which it cannot come true together.
const NOT_TOGETHER: &[(&str, &str)] = &[
    // A group is written whole alone, and nobody shows it whole.
    ("scim:patches-refused", "scim:members-first"),
    ("scim:patches-refused", "scim:members-absent"),
    ("scim:no-paths", "scim:members-first"),
    ("scim:no-paths", "scim:members-absent"),
    // In groups that never had anybody nothing shows that the list of nobody is whole.
    ("scim:patches-refused", "scim:filters-refused"),
    ("scim:no-paths", "scim:filters-refused"),
    // Nobody can be asked for whom somebody switched off by hand.
    ("scim:hides-off", "scim:filters-refused"),
    ("scim:hides-off", "scim:filters-ignored"),
    // Nobody is found there but by the very letters that the server has.
    ("scim:hides-off", "scim:filters-heed-case"),
    // Nobody can be invited who is gone while off.
    ("scim:invites", "scim:off-removes"),
    // Where the list ends cannot be seen.
    ("bitsight:list-without-links", "bitsight:list-repeats"),
    // Nothing writes.
    ("scim:patches-refused", "scim:put-refused"),
    // Each change takes the rest of the user with it, and nothing writes that back.
    ("scim:patch-wipes", "scim:put-refused"),
];

/// Pairs that contradict each other: the second one is left out.
const NEVER_TOGETHER: &[(&str, &str)] = &[
    // Two users would have one id, where the name is not what was asked for.
    ("scim:own-names", "scim:ids-are-names"),
    // What is cut off an array, which by the vendor's documentation has everybody, no page brings.
    ("logicgate:array-page", "logicgate:list-without-page"),
];

/// How many removals one run may plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// What the program takes where the roster is silent: 10 %, at least 3.
    Silent,
    Count(u64),
    Percent(u64, u64),
    /// A thousand.
    Loose,
}

/// A vendor of the roster.
#[derive(Debug, Clone)]
pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    /// Its switches of behaviour.
    pub(crate) twists: Vec<Box<str>>,
    pub(crate) per_second: u64,
    pub(crate) unlisted: &'static str,
    pub(crate) grace: Option<u64>,
    /// `deactivate: delete`.
    pub(crate) deletes: bool,
    removals: Bound,
    creates: Option<u64>,
    admins: Option<u64>,
    /// `max.shrinkage` is silent.
    pub(crate) doubts: bool,
    page_size: u64,
    /// How it is described, where a file does that.
    form: Form,
}

impl Vendor {
    pub(crate) fn new(name: &'static str, kind: &'static str, random: &mut Random) -> Self {
        let all = rosterctl_sandbox::twists().into_iter().map(|it| it.name);
        let own = all.filter(|it| it.split_once(':').is_some_and(|(of, _)| of == kind));
        let (left_out, own): (Vec<_>, Vec<_>) = own.partition(|it| LEFT_OUT.contains(it));
        let mut twists: Vec<Box<str>> = Vec::new();
        for _ in 0..random.below(3) {
            if let Some(twist) = random.pick(&own)
                && !twists.contains(&Box::from(*twist))
            {
                twists.push((*twist).into());
            }
        }
        if random.chance(12)
            && let Some(twist) = random.pick(&left_out)
        {
            twists.push((*twist).into());
        }
        // What a rename does to everything that goes by the id shows where there are more than a few.
        let names: Box<str> = "scim:ids-are-names".into();
        if kind == "scim" && random.chance(15) && !twists.contains(&names) {
            twists.push(names);
        }
        for (one, other) in NEVER_TOGETHER {
            if twists.contains(&Box::from(*one)) {
                twists.retain(|it| **it != **other);
            }
        }
        let may_delete = matches!(kind, "bitsight" | "rest" | "snaplogic" | "scim");
        let grace = (may_delete && random.chance(40)).then(|| random.between(1, 6));
        let pick = random.pick(&["report", "report", "deactivate", "ignore"]);
        Self {
            name,
            kind,
            twists,
            per_second: random.between(2, 12),
            unlisted: pick.copied().unwrap_or("report"),
            grace,
            deletes: may_delete && grace.is_none() && random.chance(30),
            removals: match random.below(6) {
                0 => Bound::Silent,
                1 => Bound::Count(random.between(0, 3)),
                2 => Bound::Percent(random.between(5, 40), random.below(3)),
                _ => Bound::Loose,
            },
            creates: random.chance(25).then(|| random.below(4)),
            // Others do not tell who is an administrator.
            admins: (matches!(kind, "bitsight" | "snaplogic") && random.chance(40))
                .then(|| random.below(3)),
            doubts: random.chance(50),
            page_size: random.between(2, 6),
            form: Form::draw(random),
        }
    }

    /// The attribute for the groups of whoever has a department.
    pub(crate) fn groups(&self) -> &'static str {
        match self.kind {
            "rest" => self.form.groups(),
            _ => "groups",
        }
    }

    /// Whether the credentials are those of a person there.
    pub(crate) fn is_somebodys(&self) -> bool {
        let of_a_company = ["company-token", "token-of-group", "tokens-unlisted"];
        let mut twists = self
            .twists
            .iter()
            .filter_map(|it| it.strip_prefix("bitsight:"));
        !twists.any(|it| of_a_company.contains(&it))
    }

    /// The e-mail of the account behind the credentials.
    pub(crate) fn own(&self) -> Box<str> {
        match self.kind {
            "bitsight" | "snaplogic" => "admin@sandbox.example".into(),
            _ => format!("admin@{}.example", self.name).into(),
        }
    }

    /// How many accounts one run may remove where so many are active.
    pub(crate) fn most_removals(&self, active: u64) -> u64 {
        match self.removals {
            Bound::Silent => (active * 10 / 100).max(3),
            Bound::Count(count) => count,
            Bound::Percent(percent, least) => (active * percent / 100).max(least),
            Bound::Loose => 1_000,
        }
    }

    /// Whether a list of `now` accounts is to be doubted where there were `last`.
    pub(crate) fn doubts_a_list_of(&self, now: u64, last: u64) -> bool {
        let least = match self.removals {
            Bound::Percent(_, least) => least,
            _ => 5,
        };
        self.doubts && last > now + (last * 20 / 100).max(least)
    }

    /// How many accounts one run may make.
    pub(crate) fn most_creates(&self) -> u64 {
        self.creates.unwrap_or(1_000)
    }

    /// How many administrators one run may make.
    pub(crate) fn most_admins(&self) -> u64 {
        self.admins.unwrap_or(1_000)
    }

    /// Whether it behaves so that the roster cannot come true there.
    pub(crate) fn is_faithless(&self) -> bool {
        let has = |name: &str| self.twists.iter().any(|it| **it == *name);
        let both = |(one, other): &(&str, &str)| has(one) && has(other);
        // What is read alone is not the whole that an update has to send.
        // Whoever is read alone may be on: nobody is deleted after a grace.
        let whole = self.form.is_written_whole() || self.grace.is_some();
        let parts = has("rest:outlines") && whole;
        parts || LEFT_OUT.iter().any(|it| has(it)) || NOT_TOGETHER.iter().any(both)
    }

    /// Writes its entry; `calm`: without limits on how much one run does.
    pub(crate) fn write(&self, text: &mut String, calm: bool) {
        let Self { name, kind, .. } = self;
        let own = format!("    own_account: {}\n", self.own());
        let mut more = match self.kind {
            "bitsight" => {
                let wraps = self.twists.iter().any(|it| **it == *"bitsight:wrapped");
                format!("    auth: {{ token: {{ env: T }} }}\n    wrap_user: {wraps}\n")
            }
            "logicgate" => format!(
                "{own}    auth: {{ client_id: {{ env: C }}, client_secret: {{ env: S }} }}\n    \
                 defaults: {{ tier: SECONDARY, company: Example }}\n    deactivate: disable\n"
            ),
            "snaplogic" => String::from(
                "    auth: { email: { env: E }, password: { env: P } }\n    organization: \
                 ExampleEnv\n    sso: true\n",
            ),
            "surecloud" => format!("{own}    auth: {{ jwt: {{ env: J }} }}\n"),
            "rest" => format!(
                "{own}    auth: {{ token: {{ env: T }} }}\n    connector: {}\n",
                self.form.name()
            ),
            _ => format!(
                "{own}    auth: {{ token: {{ env: T }} }}\n    page_size: {}\n",
                self.page_size
            ),
        };
        if self.deletes {
            more.push_str("    deactivate: delete\n");
        }
        let rate = self.per_second;
        let _ = write!(
            text,
            "  {name}:\n    kind: {kind}\n    base_url: {ADDRESS}/{name}\n{more}    limits: {{ \
             per_second: {rate}, burst: {rate}, concurrency: 3, timeout: 20s, max_wait: 10m }}\n    \
             max: {{ {} }}\n",
            self.max(calm)
        );
        if self.kind != "surecloud" {
            let _ = writeln!(text, "    unlisted: {}", self.unlisted);
        }
        if let Some(days) = self.grace {
            let _ = writeln!(text, "    leavers: {{ delete_after: {days}d }}");
        }
    }

    fn max(&self, calm: bool) -> String {
        if calm {
            return String::from("creates: 1000, deactivations: 1000, shrinkage: 1000");
        }
        let mut max = Vec::new();
        match self.removals {
            Bound::Silent => {}
            Bound::Count(count) => max.push(format!("deactivations: {count}")),
            Bound::Percent(percent, least) => {
                max.push(format!("deactivations: {percent}%, at_least: {least}"));
            }
            Bound::Loose => max.push(String::from("deactivations: 1000")),
        }
        if let Some(creates) = self.creates {
            max.push(format!("creates: {creates}"));
        }
        if let Some(admins) = self.admins {
            max.push(format!("admin_grants: {admins}"));
        }
        if !self.doubts {
            max.push(String::from("shrinkage: 1000"));
        }
        max.join(", ")
    }
}

/// All names of groups and roles that a roster may name, so that vendors have them.
pub(crate) const NAMES: [&str; 14] = [
    "Europe",
    "Asia",
    "Reader",
    "Writer",
    "Auditor",
    "Dev",
    "Ops",
    "Audit",
    "Risk",
    "Board",
    "//Risk/Readers",
    "//Risk/Writers",
    "//Audit",
    "All Companies",
];
