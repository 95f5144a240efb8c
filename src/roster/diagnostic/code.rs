//! The codes of all diagnostics.

/// Makes the enum and its text form from one table, so that neither can lack a row.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal,)*) => {
        /// What kind of problem a diagnostic reports. The text form is stable: scripts may match
        /// on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable kebab-case form.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// What it says, in one or two sentences.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),*).trim_ascii(),)*
                }
            }
        }
    };
}

codes! {
    // Files.

    /// A file or folder cannot be read.
    Unreadable = "unreadable",
    /// There is no roster where one was looked for, or a folder holds none.
    NoRoster = "no-roster",
    /// A warning: a roster that names no vendor, nobody, or no vendor for anybody.
    EmptyRoster = "empty-roster",
    /// A file is not UTF-8.
    NotUtf8 = "not-utf-8",
    /// `version` is not one that this program knows.
    Version = "version",

    // YAML.

    /// The text is not YAML; the rest of the file was not read.
    Syntax = "syntax",
    /// A control character, raw or escaped.
    ControlCharacter = "control-character",
    /// A warning: a text in the quotes of a document, which YAML takes for a part of it.
    TypographicQuotes = "typographic-quotes",
    /// Lists and maps are nested far deeper than any roster needs.
    TooDeep = "too-deep",
    /// A YAML tag (`!!str`).
    Tag = "tag",
    /// A merge key (`<<`).
    MergeKey = "merge-key",
    /// An alias to nothing, or to something that is not complete yet.
    Alias = "alias",
    /// Aliases stand for more values than any roster needs (an alias bomb).
    TooManyAliases = "too-many-aliases",
    /// One key twice in one map.
    DuplicateKey = "duplicate-key",
    /// A key that is not a plain text.
    KeyNotText = "key-not-text",

    // Shape.

    /// A value of another type than the key takes.
    WrongType = "wrong-type",
    /// Nothing, `~` or `null` where a value belongs.
    NullValue = "null-value",
    /// A key that has to be there is not.
    MissingKey = "missing-key",
    /// A key that means nothing here.
    UnknownKey = "unknown-key",
    /// A vendor, profile or setting that has a place already.
    DefinedTwice = "defined-twice",

    // Names.

    /// A name that would not work as part of a file name or an option.
    BadName = "bad-name",
    /// A vendor that is not under `vendors`.
    UnknownVendor = "unknown-vendor",
    /// A `kind` that this program has no connector for.
    UnknownKind = "unknown-kind",
    /// A profile that is not under `profiles`.
    UnknownProfile = "unknown-profile",
    /// An e-mail that is nobody's of this roster, where a person of it has to stand.
    UnknownPerson = "unknown-person",
    /// A file that holds no public key or certificate.
    KeyFile = "key-file",
    /// A source that is not under `sources`.
    UnknownSource = "unknown-source",
    /// A profile that includes itself, or too many others.
    Includes = "includes",
    /// More profiles with days than one person can have.
    TooManyDays = "too-many-days",
    /// An attribute that accounts at this vendor do not have.
    UnknownAttribute = "unknown-attribute",
    /// A word that is not one of a closed set.
    UnknownChoice = "unknown-choice",
    /// A warning: a slug that this program does not know; the vendor may.
    UnknownSlug = "unknown-slug",

    // Values.

    /// Not an e-mail that an account can have.
    NotAnEmail = "not-an-email",
    /// Two people with one e-mail.
    DuplicateEmail = "duplicate-email",
    /// Two people with one login at a vendor.
    DuplicateLogin = "duplicate-login",
    /// Two people with one key of a source.
    DuplicateKeyOfSource = "duplicate-source-key",
    /// Not a day of the calendar in the form `YYYY-MM-DD`.
    NotADate = "not-a-date",
    /// `ends` before `starts`.
    EndsBeforeStarts = "ends-before-starts",
    /// Not a duration like `60s`, `10m` or `1h`.
    NotADuration = "not-a-duration",
    /// A number that is too small or too large.
    OutOfRange = "out-of-range",
    /// A `base_url` that is not scheme, host and optional path prefix.
    BaseUrl = "base-url",
    /// A `state` that is neither a folder nor an address in an object store.
    State = "state",

    // Secrets.

    /// A secret that stands in the roster itself.
    LiteralSecret = "literal-secret",
    /// `auth` that matches no way to authenticate at this vendor.
    AuthForm = "auth-form",
    /// A roster that is not trusted says otherwise than its base where secrets come from or go.
    Untrusted = "untrusted",
    /// Git tracks what runs remember, so that a pull request could change it.
    TrackedState = "tracked-state",

    // Layers.

    /// Two profiles that say different things about one attribute.
    ProfilesDisagree = "profiles-disagree",
    /// Two `accounts` blocks of one person that say different things about one account.
    AccountsDisagree = "accounts-disagree",
    /// A right that a profile gives for some days, and that nothing sets on the others.
    RightWithoutEnd = "right-without-end",
    /// An account without an attribute that the vendor cannot do without.
    MissingAttribute = "missing-attribute",
    /// Attributes or settings that cannot go together.
    Conflict = "conflict",
    /// A warning: `accounts` gives an account that a profile denies.
    DeniedByProfile = "denied-by-profile",

    // People who are gone.

    /// A warning: somebody under `released` is listed.
    ReleasedIsListed = "released-is-listed",

    // Assertions.

    /// Something under `assert` does not hold.
    BrokenAssertion = "broken-assertion",

    // Descriptions of vendors.

    /// A vendor whose description cannot be read, or is wrong.
    Description = "description",
    /// A vendor whose certificate cannot be read, or is none.
    Certificate = "certificate",
    /// A description that is longer than any has to be.
    TooLarge = "too-large",
    /// What is no JSON pointer.
    Pointer = "pointer",
    /// A text whose braces do not come in pairs.
    Template = "template",
    /// A name in braces that stands for nothing.
    UnknownName = "unknown-name",
    /// A path with a scheme, a host, a query or `..` in it.
    Path = "path",
    /// A method that does not do what its place asks for.
    Method = "method",
    /// A header that is not set there.
    Header = "header",
    /// A list of which nothing tells that it is whole.
    NoProof = "no-proof",
    /// A create that would take over whoever is there.
    NoGuard = "no-guard",
    /// Two things in one place, or two words for one thing.
    TwoInOne = "two-in-one",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kebab_case_and_distinct() {
        let mut texts: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        for text in &texts {
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{text}"
            );
        }
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
