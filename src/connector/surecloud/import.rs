//! The `known_accounts` file: accounts that existed before the record did, as CSV or YAML.
//!
//! CSV has a header line with `email` and, if wanted, `id`, `active` and attributes; lists are
//! separated by `;`. YAML is a list of maps with the same keys.

use crate::model::email::EmailKey;
use crate::model::spec::{AttributeKind, VendorSpec};
use crate::model::value::Value;
use crate::regular;
use crate::state::record::Entry;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads the file. The text after the file's name tells what is wrong.
pub(super) fn load_known_accounts(path: &Path, spec: &VendorSpec) -> Result<Vec<Entry>, String> {
    let text = regular::read_to_string(path, "it has to be a regular file")
        .map_err(|error| format!("known_accounts {} cannot be read: {error}", path.display()))?;
    let extension = path.extension().and_then(|text| text.to_str());
    let parsed = match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => parse_csv(&text, spec),
        Some("yaml" | "yml") => parse_yaml(&text, spec),
        _ => Err(String::from("the name has to end in .csv, .yaml or .yml")),
    };
    parsed
        .and_then(without_doubles)
        .map_err(|reason| format!("known_accounts {}: {reason}", path.display()))
}

fn without_doubles(entries: Vec<Entry>) -> Result<Vec<Entry>, String> {
    let mut seen = BTreeMap::new();
    for entry in &entries {
        if let Some(first) = seen.insert(EmailKey::of(&entry.email), &entry.email) {
            return Err(format!("{first} and {} are one account", entry.email));
        }
    }
    Ok(entries)
}

fn parse_csv(text: &str, spec: &VendorSpec) -> Result<Vec<Entry>, String> {
    let mut rows = csv_rows(text.strip_prefix('\u{feff}').unwrap_or(text))?.into_iter();
    let (_, header) = rows.next().ok_or("the file is empty")?;
    let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if !header.iter().any(|name| name == "email") {
        return Err(String::from("line 1 has no column `email`"));
    }
    let mut entries = Vec::new();
    for (line, row) in rows {
        if row.len() != header.len() {
            return Err(format!(
                "line {line} has {} fields, the header has {}",
                row.len(),
                header.len()
            ));
        }
        let mut entry = new_entry();
        for (name, field) in header.iter().zip(&row) {
            // An empty field says nothing; it does not say "empty".
            if !field.trim().is_empty() {
                set(&mut entry, name, &Field::Text(field), spec)
                    .map_err(|reason| format!("line {line}: {reason}"))?;
            }
        }
        check_email(&entry).map_err(|reason| format!("line {line}: {reason}"))?;
        entries.push(entry);
    }
    Ok(entries)
}

fn parse_yaml(text: &str, spec: &VendorSpec) -> Result<Vec<Entry>, String> {
    let list: Option<Vec<BTreeMap<String, serde_yaml::Value>>> =
        serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let mut entries = Vec::new();
    for (at, map) in list.unwrap_or_default().iter().enumerate() {
        let mut entry = new_entry();
        let wrong = |reason: String| format!("entry {}: {reason}", at + 1);
        for (name, value) in map {
            match value {
                serde_yaml::Value::Mapping(inner) if name == "attributes" => {
                    for (name, value) in inner {
                        let name = name.as_str().unwrap_or_default();
                        set(&mut entry, name, &Field::Yaml(value), spec).map_err(wrong)?;
                    }
                }
                value => set(&mut entry, name, &Field::Yaml(value), spec).map_err(wrong)?,
            }
        }
        check_email(&entry).map_err(wrong)?;
        entries.push(entry);
    }
    Ok(entries)
}

/// Active unless it says otherwise: what may have access must not be overlooked.
fn new_entry() -> Entry {
    Entry {
        active: true,
        ..Entry::default()
    }
}

fn check_email(entry: &Entry) -> Result<(), String> {
    if entry.email.contains('@') {
        Ok(())
    } else {
        Err(String::from("`email` is missing or no e-mail"))
    }
}

enum Field<'a> {
    Text(&'a str),
    Yaml(&'a serde_yaml::Value),
}

impl Field<'_> {
    fn text(&self) -> Option<Box<str>> {
        match self {
            Self::Text(text) => Some(text.trim().into()),
            Self::Yaml(serde_yaml::Value::String(text)) => Some(text.as_str().into()),
            // An id of digits is a number to YAML.
            Self::Yaml(serde_yaml::Value::Number(number)) => Some(number.to_string().into()),
            Self::Yaml(_) => None,
        }
    }

    fn flag(&self) -> Option<bool> {
        match self {
            Self::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            Self::Yaml(value) => value.as_bool(),
        }
    }

    fn list(&self) -> Option<Vec<Box<str>>> {
        match self {
            // Group paths count byte for byte: only the separator is taken away.
            Self::Text(text) => Some(text.split(';').map(Into::into).collect()),
            Self::Yaml(serde_yaml::Value::Sequence(items)) => items
                .iter()
                .map(|item| item.as_str().map(Into::into))
                .collect(),
            Self::Yaml(_) => None,
        }
    }
}

fn set(entry: &mut Entry, name: &str, field: &Field<'_>, spec: &VendorSpec) -> Result<(), String> {
    let wrong = |what: &str| format!("`{name}` has to be {what}");
    match name {
        "email" => entry.email = field.text().ok_or_else(|| wrong("a text"))?,
        "id" => entry.id = Some(field.text().ok_or_else(|| wrong("a text"))?),
        "active" => entry.active = field.flag().ok_or_else(|| wrong("true or false"))?,
        _ => {
            let attribute = spec
                .attribute(name)
                .ok_or_else(|| format!("`{name}` is not an attribute"))?;
            let value = match attribute.kind {
                AttributeKind::NameSet => Value::set(field.list().ok_or_else(|| wrong("a list"))?),
                _ => Value::text(field.text().ok_or_else(|| wrong("a text"))?),
            };
            if name == "user_id" {
                entry.id = value.as_text().map(Into::into);
            } else {
                entry.attributes.insert(name.to_owned(), Some(value));
            }
        }
    }
    Ok(())
}

/// Rows with the line they begin at; quotes as in RFC 4180, blank lines skipped.
fn csv_rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let mut rows = Vec::new();
    let (mut row, mut field) = (Vec::new(), String::new());
    let (mut quoted, mut line, mut begins) = (false, 1, 1);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (quoted, char) {
            (true, '"') if chars.next_if_eq(&'"').is_some() => field.push('"'),
            (true, '"') => quoted = false,
            (false, '"') if field.is_empty() => quoted = true,
            (false, ',') => row.push(std::mem::take(&mut field)),
            (false, '\r') if chars.peek() == Some(&'\n') => {}
            (false, '\n') => {
                row.push(std::mem::take(&mut field));
                push_row(&mut rows, begins, std::mem::take(&mut row));
                line += 1;
                begins = line;
            }
            (_, char) => {
                line += usize::from(char == '\n');
                field.push(char);
            }
        }
    }
    if quoted {
        return Err(format!("line {begins}: a quote is not closed"));
    }
    row.push(field);
    push_row(&mut rows, begins, row);
    Ok(rows)
}

fn push_row(rows: &mut Vec<(usize, Vec<String>)>, line: usize, row: Vec<String>) {
    if row.len() > 1 || row.iter().any(|field| !field.trim().is_empty()) {
        rows.push((line, row));
    }
}

#[cfg(test)]
mod tests {
    use super::super::SPEC;
    use super::*;

    #[test]
    fn csv_with_quotes_lists_and_gaps_is_read() {
        let text = "\u{feff}email,active,role,groups,name,id\r\n\
                    ada@example.com,,CONTRIBUTOR,//A;//B C,\"Love\"\"lace, Ada\",7\r\n\
                    \r\n\
                    bob@example.com,FALSE,,,,\n";
        let entries = parse_csv(text, &SPEC).unwrap();
        assert_eq!(entries.len(), 2);
        let ada = entries[0].account();
        assert_eq!(ada.id.as_deref(), Some("7"));
        assert!(ada.active);
        assert_eq!(
            ada.attributes.get("groups"),
            Some(&Some(Value::set(["//A", "//B C"])))
        );
        assert_eq!(
            ada.attributes.get("name"),
            Some(&Some(Value::text("Love\"lace, Ada")))
        );
        assert!(!entries[1].active);
        assert!(entries[1].attributes.is_empty());
    }

    #[test]
    fn yaml_is_read_with_attributes_inline_or_apart() {
        let text = "- email: ada@example.com\n  id: 7\n  role: CONTRIBUTOR\n\
                    - email: bob@example.com\n  active: false\n  attributes: { groups: [//A] }\n";
        let entries = parse_yaml(text, &SPEC).unwrap();
        assert_eq!(entries[0].id.as_deref(), Some("7"));
        assert_eq!(
            entries[0].attributes["role"],
            Some(Value::text("CONTRIBUTOR"))
        );
        assert!(!entries[1].active);
        assert_eq!(entries[1].attributes["groups"], Some(Value::set(["//A"])));
        assert_eq!(parse_yaml("", &SPEC).unwrap(), []);
    }

    #[test]
    fn faults_name_line_and_reason() {
        let cases = [
            ("", "the file is empty"),
            ("mail\na@x.io\n", "line 1 has no column `email`"),
            (
                "email,role\na@x.io\n",
                "line 2 has 1 fields, the header has 2",
            ),
            (
                "email,rolle\na@x.io,X\n",
                "line 2: `rolle` is not an attribute",
            ),
            (
                "email,active\na@x.io,no\n",
                "line 2: `active` has to be true or false",
            ),
            (
                "email,name\n\nnobody,x\n",
                "line 3: `email` is missing or no e-mail",
            ),
            ("email,name\na@x.io,\"x\n", "line 2: a quote is not closed"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_csv(text, &SPEC).unwrap_err(), expected);
        }
        assert_eq!(
            parse_yaml("- role: X\n", &SPEC).unwrap_err(),
            "entry 1: `email` is missing or no e-mail"
        );
        let doubles = parse_csv("email\nA@x.io\na@x.io\n", &SPEC).unwrap();
        assert_eq!(
            without_doubles(doubles).unwrap_err(),
            "A@x.io and a@x.io are one account"
        );
    }
}
