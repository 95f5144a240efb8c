//! Accounts that look like somebody's: the same full name, the same local part in another domain, or
//! an address one letter apart.
//!
//! Many accounts are compared with many people, so nothing is compared with everything: each account
//! is filed under what it would be looked for with, and each look takes the first that fits.

use std::collections::HashMap;

use icu_normalizer::DecomposingNormalizerBorrowed;

use crate::model::account::Account;
use crate::model::email::EmailKey;
use crate::model::spec::{FromPerson, VendorSpec};
use crate::model::value::Value;

/// Bytes of an address beyond which no letters are compared; longer ones are no mail addresses.
const LONGEST: usize = 254;

/// Of one account and one person, what is alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alike {
    /// The full name.
    Name,
    /// What stands before the `@`.
    LocalPart,
    /// All of the address but one letter.
    Letter,
}

impl Alike {
    /// As in "it has …".
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Name => "the same full name",
            Self::LocalPart => "the same name before the @",
            Self::Letter => "an address that is one letter apart",
        }
    }
}

/// Accounts by what they can be taken for.
pub(super) struct Lookup<'a> {
    accounts: Vec<(EmailKey<'a>, &'a Account)>,
    names: HashMap<String, usize>,
    locals: HashMap<Box<str>, usize>,
    /// Fingerprints of addresses with one letter left out or open, sorted.
    letters: Vec<(u32, u32)>,
}

impl<'a> Lookup<'a> {
    /// Of accounts in any order: the first by address and id is found.
    pub(super) fn new(spec: &VendorSpec, accounts: impl Iterator<Item = &'a Account>) -> Self {
        let mut accounts: Vec<_> = accounts.map(|it| (EmailKey::of(&it.email), it)).collect();
        accounts.sort_by(|(a, one), (b, other)| (a, &one.id).cmp(&(b, &other.id)));
        let (mut names, mut locals) = (HashMap::new(), HashMap::new());
        let mut letters = Vec::new();
        for (at, (email, account)) in accounts.iter().enumerate() {
            let shown = |name: &str| account.attributes.get(name).and_then(Option::as_ref);
            if let Some(name) = full_name(spec, shown) {
                names.entry(name).or_insert(at);
            }
            if let Some((local, _)) = email.as_str().rsplit_once('@') {
                locals.entry(local.into()).or_insert(at);
            }
            let place = u32::try_from(at).unwrap_or(u32::MAX);
            letters.extend(variants(email.as_str()).map(|mark| (mark, place)));
        }
        letters.sort_unstable();
        Self {
            accounts,
            names,
            locals,
            letters,
        }
    }

    /// The accounts that look like a person's, each with all that is alike; at most one for each
    /// likeness.
    pub(super) fn of(&self, email: &str, name: Option<&str>) -> Vec<(&'a Account, Vec<Alike>)> {
        let email = EmailKey::of(email);
        let local = email.as_str().rsplit_once('@').map(|(local, _)| local);
        let found = [
            (Alike::Name, name.and_then(|it| self.names.get(it)).copied()),
            (
                Alike::LocalPart,
                local.and_then(|it| self.locals.get(it)).copied(),
            ),
            (Alike::Letter, self.one_letter_apart(email.as_str())),
        ];
        let mut alike: Vec<(usize, Vec<Alike>)> = Vec::new();
        for (what, at) in found {
            let Some(at) = at else { continue };
            match alike.iter_mut().find(|(have, _)| *have == at) {
                Some((_, whats)) => whats.push(what),
                None => alike.push((at, vec![what])),
            }
        }
        let named = alike.into_iter();
        named
            .map(|(at, whats)| (self.accounts[at].1, whats))
            .collect()
    }

    fn one_letter_apart(&self, email: &str) -> Option<usize> {
        let found = variants(email).filter_map(|mark| {
            let from = self.letters.partition_point(|(have, _)| *have < mark);
            let same = self.letters[from..].iter();
            // Fingerprints hardly ever deceive, so hardly ever is there a second look.
            let mut same = same.take_while(|(have, _)| *have == mark).take(8);
            let near = |at: &usize| differ_by_one(self.accounts[*at].0.as_str(), email);
            same.find_map(|(_, at)| Some(*at as usize).filter(near))
        });
        found.min()
    }
}

/// A person's full name as a vendor's attributes have it, with accents, case and the order of its
/// words aside; `None` where it is not all there.
pub(super) fn full_name<'v>(
    spec: &VendorSpec,
    value: impl Fn(&str) -> Option<&'v Value>,
) -> Option<String> {
    let part = |wanted: FromPerson| {
        let mut attributes = spec.attributes.iter();
        let attribute = attributes.find(|it| it.from_person == Some(wanted))?;
        let text = value(attribute.name)?.as_text()?;
        (!text.trim().is_empty()).then_some(text)
    };
    let name = match part(FromPerson::FullName) {
        Some(name) => folded(name),
        None => {
            let (first, last) = (part(FromPerson::FirstName)?, part(FromPerson::LastName)?);
            folded(&format!("{first} {last}"))
        }
    };
    (!name.is_empty()).then_some(name)
}

/// The words of a name in lower case, without accents, sorted.
fn folded(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(name);
    for letter in decomposed.chars().flat_map(char::to_lowercase) {
        match letter {
            // Marks above and below, and apostrophes, which some systems leave out.
            '\u{300}'..='\u{36f}' | '\'' | '\u{2019}' | '\u{2bc}' => {}
            // Letters that Unicode does not take apart.
            'ø' => plain.push('o'),
            'đ' | 'ð' => plain.push('d'),
            'ł' => plain.push('l'),
            'ı' => plain.push('i'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            letter => plain.push(letter),
        }
    }
    let words = plain.split(|letter: char| !letter.is_alphanumeric());
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

/// Fingerprints of an address: as it is, with each letter left out, and with each letter open. Two
/// addresses are one letter apart where one's whole is the other's with a letter left out, or where
/// both are the same but for one open letter.
fn variants(email: &str) -> impl Iterator<Item = u32> {
    let letters: Vec<char> = match email.len() <= LONGEST {
        true => email.chars().collect(),
        false => Vec::new(),
    };
    // Sums of letters times powers: what is left of one letter and what is right of it are put
    // together again without going over them.
    const BASE: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut powers = vec![1_u64];
    let mut sums = vec![0_u64];
    for (at, letter) in letters.iter().enumerate() {
        powers.push(powers[at].wrapping_mul(BASE));
        let letter = u64::from(u32::from(*letter)) + 1;
        sums.push(sums[at].wrapping_mul(BASE).wrapping_add(letter));
    }
    let all = letters.len();
    let whole = (all > 0).then(|| mix(sums[all]));
    let each = (0..all).flat_map(move |at| {
        let right = all - at - 1;
        let after = sums[all].wrapping_sub(sums[at + 1].wrapping_mul(powers[right]));
        let without = sums[at].wrapping_mul(powers[right]).wrapping_add(after);
        // No letter has this number.
        let open = sums[at]
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(u32::MAX));
        let open = open.wrapping_mul(powers[right]).wrapping_add(after);
        [mix(without), mix(open)]
    });
    whole.into_iter().chain(each)
}

fn mix(sum: u64) -> u32 {
    let sum = (sum ^ (sum >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (sum >> 32) as u32
}

/// Whether one letter put in, left out or exchanged makes one text the other.
fn differ_by_one(a: &str, b: &str) -> bool {
    let front = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    let front: usize = front.map(|(letter, _)| letter.len_utf8()).sum();
    let (a, b) = (&a[front..], &b[front..]);
    let after = |text: &str| {
        let mut letters = text.chars();
        letters.next();
        letters.as_str().to_owned()
    };
    a != b && (after(a) == b || after(b) == a || after(a) == after(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_without_accents_case_and_order() {
        for (one, other) in [
            ("José Núñez", "nunez jose"),
            ("Łukasz Wójcik", "WOJCIK, Lukasz"),
            ("Søren Ørsted", "soren orsted"),
            ("Anna Groß", "anna gross"),
            ("Conan O’Brien", "Conan OBrien"),
            ("Jean-Luc  Picard", "Picard Jean Luc"),
        ] {
            assert_eq!(folded(one), folded(other), "{one}");
        }
        assert_ne!(folded("Ada Byron"), folded("Ada Lovelace"));
        assert_eq!(folded(" - "), "");
    }

    #[test]
    fn letters_are_counted_one_by_one() {
        let accounts = ["ada@x.com", "grace@x.com", "ümit@x.com"].map(Account::new);
        let lookup = Lookup::new(&crate::plan::testing::SPEC, accounts.iter());
        for (email, expected) in [
            ("adam@x.com", Some(0)),
            ("da@x.com", Some(0)),
            ("ade@x.com", Some(0)),
            ("ada@x.co", Some(0)),
            ("ada@y.com", Some(0)),
            ("xgrace@x.com", Some(1)),
            ("umit@x.com", Some(2)),
            ("aad@x.com", None),
            ("ed@x.com", None),
            ("adamm@x.com", None),
            // Not itself.
            ("ada@x.com", None),
        ] {
            assert_eq!(lookup.one_letter_apart(email), expected, "{email}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_fingerprints_find_what_a_comparison_finds(
            accounts in proptest::collection::vec("[ab]{1,4}@x", 1..8),
            email in "[ab]{1,4}@x",
        ) {
            let accounts: Vec<Account> = accounts.into_iter().map(Account::new).collect();
            let lookup = Lookup::new(&crate::plan::testing::SPEC, accounts.iter());
            let apart = |it: &Account| strsim::levenshtein(&it.email, &email) == 1;
            proptest::prop_assert_eq!(
                lookup.one_letter_apart(&email).is_some(),
                accounts.iter().any(apart)
            );
        }
    }

    #[test]
    fn very_long_addresses_are_not_taken_apart() {
        assert_eq!(variants(&"a".repeat(255)).count(), 0);
        assert_eq!(variants("ab").count(), 5);
    }
}
