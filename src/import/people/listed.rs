//! The people of an export, and the rows that nobody can be made of.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::table::{BETWEEN, Row, rows};
use crate::model::email::EmailKey;
use crate::roster::model::{PeopleSource, ProfilesColumn, Spanned};
use crate::roster::refused_email;

/// Somebody as an export lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedPerson {
    /// What ties the row to a person of the roster.
    pub(super) key: Box<str>,
    /// The e-mail, as it is written there.
    pub(super) email: Box<str>,
    /// Fields with a column; an empty cell is `None`.
    pub(super) texts: Vec<(&'static str, Option<Box<str>>)>,
    /// Days with a column.
    pub(super) days: Vec<(&'static str, Option<Date>)>,
    /// Whether the person works there.
    pub(super) active: bool,
    /// The profiles that follow, if anything tells.
    pub(super) profiles: Option<BTreeSet<Box<str>>>,
}

/// An export as it was understood.
#[derive(Debug, Default)]
pub(super) struct Export {
    /// In the order of the rows.
    pub(super) people: Vec<ListedPerson>,
    /// Rows that say nothing that can be relied on, one sentence each.
    pub(super) refused: Vec<String>,
    /// Keys and e-mails of these rows: whoever they are has not left.
    pub(super) doubtful: Doubtful,
}

/// Who may be in a row that was refused.
#[derive(Debug, Default)]
pub(super) struct Doubtful {
    pub(super) keys: HashSet<Box<str>>,
    pub(super) emails: HashSet<EmailKey<'static>>,
}

/// Understands an export.
///
/// # Errors
/// All of it cannot be understood, in one clause.
pub(super) fn export(bytes: &[u8], source: &PeopleSource) -> Result<Export, String> {
    let mut columns: Vec<&str> = source.columns.values().map(|it| &**it).collect();
    let more = [
        source.active.as_ref().map(|it| &*it.column),
        source.profiles.as_ref().map(|it| &*it.column),
    ];
    columns.extend(more.into_iter().flatten());
    columns.sort_unstable();
    columns.dedup();
    let rows = rows(bytes, &source.form, &columns)?;
    let places: HashMap<&str, usize> = columns.iter().copied().zip(0..).collect();
    let words = Words::of(source);
    let mut export = Export::default();
    let mut read: Vec<(u64, ListedPerson)> = Vec::with_capacity(rows.len());
    for row in &rows {
        let cell = |column: &str| &*row.cells[places[column]];
        match person(source, &words, &cell) {
            Ok((person, remark)) => {
                let remark = remark.map(|it| told(row, &person.email, &it));
                export.refused.extend(remark);
                read.push((row.number, person));
            }
            Err(why) => {
                let [key, email] = ["key", "email"].map(|it| cell(&source.columns[it]));
                export
                    .refused
                    .push(told(row, if email.is_empty() { key } else { email }, &why));
                export.doubtful.add(key, email);
            }
        }
    }
    without_doubles(read, &mut export);
    Ok(export)
}

/// What cells are compared with, in lower case.
struct Words<'s> {
    /// The values of who is active.
    active: HashSet<String>,
    /// The profiles that each value gives.
    given: HashMap<String, &'s [Spanned<Arc<str>>]>,
}

impl<'s> Words<'s> {
    fn of(source: &'s PeopleSource) -> Self {
        let active = source.active.iter().flat_map(|it| &*it.is);
        let mut given = HashMap::new();
        for (value, names) in source.profiles.iter().flat_map(|it| &it.values) {
            given.entry(value.to_lowercase()).or_insert(&**names);
        }
        Self {
            active: active.map(|it| it.to_lowercase()).collect(),
            given,
        }
    }
}

fn told(row: &Row, who: &str, why: &str) -> String {
    match who {
        "" => format!("row {}: {why}", row.number),
        who => format!("row {}, {who}: {why}", row.number),
    }
}

impl Doubtful {
    fn add(&mut self, key: &str, email: &str) {
        if !key.is_empty() {
            self.keys.insert(key.into());
        }
        if !email.is_empty() {
            self.emails.insert(EmailKey::of(email).into_owned());
        }
    }
}

/// Leaves out rows that say the same again, and those of which two say something else of one key or
/// one e-mail: nobody can tell which is right.
fn without_doubles(read: Vec<(u64, ListedPerson)>, export: &mut Export) {
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    let mut by_email: HashMap<EmailKey<'_>, usize> = HashMap::new();
    let mut out: BTreeMap<usize, String> = BTreeMap::new();
    let mut again: HashSet<usize> = HashSet::new();
    for (at, (number, person)) in read.iter().enumerate() {
        let first = *by_key.entry(&person.key).or_insert(at);
        if first != at && read[first].1 == *person {
            again.insert(at);
            continue;
        }
        let same_email = *by_email.entry(EmailKey::of(&person.email)).or_insert(at);
        for (other, what) in [(first, "key"), (same_email, "e-mail")] {
            if other != at {
                let why =
                    |row: u64| format!("row {row} has the same {what} and says something else");
                out.insert(at, why(read[other].0));
                out.entry(other).or_insert_with(|| why(*number));
            }
        }
    }
    drop((by_key, by_email));
    for (at, (number, person)) in read.into_iter().enumerate() {
        if again.contains(&at) {
            continue;
        }
        match out.get(&at) {
            None => export.people.push(person),
            Some(why) => {
                export.doubtful.add(&person.key, &person.email);
                export
                    .refused
                    .push(format!("row {number}, {}: {why}", person.email));
            }
        }
    }
}

/// One row, and what else there is to say about it.
fn person<'c>(
    source: &PeopleSource,
    words: &Words<'_>,
    cell: &dyn Fn(&str) -> &'c str,
) -> Result<(ListedPerson, Option<String>), String> {
    let column = |field: &str| source.columns.get(field).map(|column| cell(column));
    let [key, email] = ["key", "email"].map(|field| column(field).unwrap_or_default());
    if key.is_empty() {
        return Err(String::from("it has no key"));
    }
    if email.is_empty() {
        return Err(String::from("it has no e-mail"));
    }
    if let Some(why) = refused_email(email) {
        return Err(format!("no account can have this e-mail: {why}"));
    }
    let texts = ["first_name", "last_name", "job_title", "company"];
    let texts = texts.into_iter().filter_map(|field| {
        let text = column(field)?;
        Some((field, (!text.is_empty()).then(|| text.into())))
    });
    let mut days = Vec::new();
    for field in ["starts", "ends"] {
        if let Some(text) = column(field) {
            days.push((field, date(text, &source.dates)?));
        }
    }
    if let [(_, Some(starts)), (_, Some(ends))] = &days[..]
        && ends < starts
    {
        return Err(format!("it ends on {ends}, before it starts on {starts}"));
    }
    let active = source.active.as_ref().is_none_or(|active| {
        let value = cell(&active.column).to_lowercase();
        words.active.contains(&value)
    });
    let (mut profiles, mut remark) = (None, None);
    if let Some(given) = &source.profiles {
        match profiles_of(given, words, cell(&given.column)) {
            Ok(found) => profiles = Some(found),
            Err(why) => remark = Some(why),
        }
    }
    let person = ListedPerson {
        key: key.into(),
        email: email.into(),
        texts: texts.collect(),
        days,
        active,
        profiles,
    };
    Ok((person, remark))
}

/// The profiles that a cell gives.
fn profiles_of(
    given: &ProfilesColumn,
    words: &Words<'_>,
    cell: &str,
) -> Result<BTreeSet<Box<str>>, String> {
    let cells: Vec<&str> = match &given.split {
        Some(split) => cell
            .split(&**split)
            .flat_map(|it| it.split(BETWEEN))
            .collect(),
        None => cell.split(BETWEEN).collect(),
    };
    let mut profiles = BTreeSet::new();
    for word in cells.into_iter().map(str::trim) {
        let exact = given.values.get(word).map(|it| &**it);
        let found = exact.or_else(|| words.given.get(&word.to_lowercase()).copied());
        let others = || given.values.get(ProfilesColumn::OTHERS).map(|it| &**it);
        let Some(names) = found.or_else(others) else {
            return Err(format!(
                "nothing says which profiles `{word}` gives: name it under `values`, or `\"*\"` for all \
                 others; its profiles stay as they are"
            ));
        };
        profiles.extend(names.iter().map(|it| Box::from(&*it.value)));
    }
    Ok(profiles)
}

/// A day in any of the forms; nothing for an empty cell. One that can be read as two days is none.
fn date(text: &str, forms: &[Box<str>]) -> Result<Option<Date>, String> {
    if matches!(text, "" | "0000-00-00" | "-") {
        return Ok(None);
    }
    // A time behind the day says nothing here.
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    let plain = (day.len() == 10)
        .then(|| day.parse::<Date>().ok())
        .flatten();
    let mut read: Vec<Date> = forms
        .iter()
        .filter_map(|form| Date::strptime(&**form, text).ok())
        .chain(plain)
        .collect();
    read.sort_unstable();
    read.dedup();
    match read[..] {
        [day] => Ok(Some(day)),
        [] => Err(format!("`{text}` is no date in a form that `dates` names")),
        [one, other, ..] => Err(format!("`{text}` can be read as {one} and as {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn days_are_read_in_every_form_that_is_named() {
        let forms = |forms: &[&str]| forms.iter().map(|it| Box::from(*it)).collect::<Vec<_>>();
        let all = forms(&["%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y"]);
        for (text, wanted) in [
            ("", None),
            ("0000-00-00", None),
            ("2026-02-01", Some(day(2026, 2, 1))),
            ("2026-02-01T00:00:00Z", Some(day(2026, 2, 1))),
            ("02/01/2026", Some(day(2026, 2, 1))),
            ("2/1/2026", Some(day(2026, 2, 1))),
            ("1.2.2026", Some(day(2026, 2, 1))),
            ("01-Feb-2026", Some(day(2026, 2, 1))),
        ] {
            assert_eq!(date(text, &all), Ok(wanted), "{text}");
        }
        for text in ["2026-02-30", "13/13/2026", "soon"] {
            assert!(date(text, &all).is_err(), "{text}");
        }
        let both = forms(&["%m/%d/%Y", "%d/%m/%Y"]);
        assert_eq!(date("02/13/2026", &both), Ok(Some(day(2026, 2, 13))));
        let why = date("02/03/2026", &both).unwrap_err();
        assert_eq!(
            why,
            "`02/03/2026` can be read as 2026-02-03 and as 2026-03-02"
        );
    }
}
