//! The rows of an export, as far as somebody asks for their columns.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::decode::decode;
use crate::model::nearest::nearest;
use crate::roster::model::SourceForm;

/// Signs between cells, the commonest first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows in which the names of the columns are looked for: reports begin with a title.
const HEAD: usize = 30;

/// Stands between several values of one cell of JSON.
pub(super) const BETWEEN: char = '\u{1f}';

/// One row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its line in a table, its place in a list; from 1.
    pub(super) number: u64,
    /// In the order of the columns that were asked for.
    pub(super) cells: Vec<Box<str>>,
}

/// Reads the rows of an export with the cells of these columns. Rows without any of them are left out.
///
/// # Errors
/// It cannot be understood, or lacks a column; in one clause.
pub(super) fn rows(bytes: &[u8], form: &SourceForm, columns: &[&str]) -> Result<Vec<Row>, String> {
    let text = decode(bytes)?;
    let mut rows = match form {
        SourceForm::Csv { separator } => table(&text, *separator, columns)?,
        SourceForm::Json { list } => objects(&text, list, columns)?,
    };
    rows.retain(|row| row.cells.iter().any(|cell| !cell.is_empty()));
    Ok(rows)
}

fn table(text: &str, separator: Option<u8>, columns: &[&str]) -> Result<Vec<Row>, String> {
    let given = separator.map(|it| vec![it]);
    let candidates = given.unwrap_or_else(|| SEPARATORS.to_vec());
    let mut best: Option<(usize, Vec<String>)> = None;
    for separator in candidates {
        let mut reader = reader(text, separator);
        let mut record = csv::StringRecord::new();
        for _ in 0..HEAD {
            if !read(&mut reader, &mut record)? {
                break;
            }
            let names: Vec<String> = record.iter().map(|it| clean(it).to_lowercase()).collect();
            let wanted = columns.iter().map(|it| it.trim().to_lowercase());
            let places = wanted.map(|wanted| names.iter().position(|name| *name == wanted));
            let places: Vec<Option<usize>> = places.collect();
            let found = places.iter().flatten().count();
            if found < columns.len() {
                if best.as_ref().is_none_or(|(most, _)| *most < found) {
                    best = Some((found, record.iter().map(ToOwned::to_owned).collect()));
                }
                continue;
            }
            let places: Vec<usize> = places.into_iter().flatten().collect();
            if let Some(at) = places
                .iter()
                .find(|at| names.iter().filter(|it| **it == names[**at]).count() > 1)
            {
                return Err(format!("two columns are called `{}`", clean(&record[*at])));
            }
            return below(&mut reader, &names, &places);
        }
    }
    Err(lacking(
        columns,
        best.map(|(_, names)| names).unwrap_or_default(),
    ))
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
}

fn read(reader: &mut csv::Reader<&[u8]>, into: &mut csv::StringRecord) -> Result<bool, String> {
    let read = reader.read_record(into);
    read.map_err(|error| format!("it is no table: {error}"))
}

/// The rows below the names of the columns. Some reports repeat these.
fn below(
    reader: &mut csv::Reader<&[u8]>,
    names: &[String],
    places: &[usize],
) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    while read(reader, &mut record)? {
        let cells = places.iter().map(|at| record.get(*at).unwrap_or_default());
        let cells: Vec<Box<str>> = cells.map(|cell| clean(cell).into()).collect();
        let mut same = cells.iter().zip(places);
        if same.all(|(cell, at)| cell.to_lowercase() == names[*at]) {
            continue;
        }
        let number = record.position().map_or(0, csv::Position::line);
        rows.push(Row { number, cells });
    }
    Ok(rows)
}

fn objects(text: &str, list: &str, columns: &[&str]) -> Result<Vec<Row>, String> {
    let document: Json =
        serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    let found = document.pointer(list).and_then(Json::as_array);
    let items = found.ok_or_else(|| match list {
        "" => String::from("it is no list; `list` names the pointer to one"),
        list => format!("there is no list at `{list}`"),
    })?;
    let value = |item: &'_ Json, column: &str| match column.starts_with('/') {
        true => item.pointer(column).cloned(),
        false => item.get(column).cloned(),
    };
    let lacks = |column: &&&str| items.iter().all(|item| value(item, column).is_none());
    if let Some(column) = columns.iter().find(lacks).filter(|_| !items.is_empty()) {
        let keys = items[0].as_object().into_iter().flat_map(|it| it.keys());
        let near = nearest(column, keys.map(String::as_str));
        let near = near.map(|near| format!("; did you mean `{near}`?"));
        return Err(format!(
            "no entry has `{column}`{}",
            near.unwrap_or_default()
        ));
    }
    let rows = items.iter().zip(1..).map(|(item, number)| {
        let cell = |column: &&str| value(item, column).as_ref().map(told).unwrap_or_default();
        Row {
            number,
            cells: columns.iter().map(cell).collect(),
        }
    });
    Ok(rows.collect())
}

/// What a value of JSON says as a cell.
fn told(value: &Json) -> Box<str> {
    match value {
        Json::String(text) => clean(text).into(),
        Json::Number(_) | Json::Bool(_) => value.to_string().into(),
        Json::Array(items) => {
            let items: Vec<Box<str>> = items.iter().map(told).collect();
            items.join("\u{1f}").into()
        }
        Json::Null | Json::Object(_) => Box::default(),
    }
}

fn lacking(columns: &[&str], names: Vec<String>) -> String {
    let has = |wanted: &str| {
        names
            .iter()
            .any(|it| clean(it).to_lowercase() == wanted.to_lowercase())
    };
    let missing: Vec<&str> = columns
        .iter()
        .copied()
        .filter(|it| !has(it.trim()))
        .collect();
    let Some(first) = missing.first() else {
        return String::from("it has no rows");
    };
    let near = nearest(first, names.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    match missing.len() {
        1 => format!("it has no column `{first}`{near}"),
        _ => format!("it has no columns `{}`{near}", missing.join("`, `")),
    }
}

/// A cell without what spreadsheets put around it: spaces of all kinds, `="…"`, breaks of lines.
fn clean(cell: &str) -> Cow<'_, str> {
    let is_blank =
        |it: char| it.is_whitespace() || it.is_control() || matches!(it, '\u{feff}' | '\u{200b}');
    let formula = cell
        .trim_matches(is_blank)
        .strip_prefix("=\"")
        .and_then(|it| it.strip_suffix('"'));
    let text = formula.unwrap_or(cell).trim_matches(is_blank);
    let mut blank = false;
    let plain = text.chars().all(|it| {
        let odd = is_blank(it) && (it != ' ' || blank);
        blank = it == ' ';
        !odd
    });
    match plain {
        true => Cow::Borrowed(text),
        false => {
            let words = text.split(is_blank).filter(|it| !it.is_empty());
            Cow::Owned(words.collect::<Vec<_>>().join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(text: &str) -> Result<Vec<Vec<String>>, String> {
        let form = SourceForm::Csv { separator: None };
        let rows = rows(text.as_bytes(), &form, &["Key", "Work Email"])?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|it| it.cells.into_iter().map(String::from).collect())
            .collect())
    }

    #[test]
    fn tables_are_read_however_they_are_written() {
        for text in [
            "Key,Work Email\n1,a@x.example\n",
            "Work Email;Other;Key\r\na@x.example;x;1\r\n",
            "key\twork email\n 1 \ta@x.example\n\n\t\n",
            "\"Key\",\"Work Email\"\n\"1\",\"a@x.example\"",
            "sep=;\nKey;Work Email\n1;a@x.example\n",
            "Active people\nas of today\n\nKey,Work Email\n1,a@x.example\n",
            "Key,Work Email\n1,a@x.example\nKey,Work Email\n",
            "Key|Work Email\n=\"1\"|\u{a0}a@x.example\n",
            "Key,Name,Work Email\n1,\"Byron,\nAda \"\"A\"\"\",a@x.example\n",
        ] {
            assert_eq!(csv(text).unwrap(), [["1", "a@x.example"]], "{text}");
        }
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        for (text, wanted) in [
            (
                "Key,Work Mail\n1,a\n",
                "it has no column `Work Email`; did you mean `Work Mail`?",
            ),
            ("a,b\n", "it has no columns `Key`, `Work Email`"),
            ("", "it has no columns `Key`, `Work Email`"),
            ("Key,Key,Work Email\n", "two columns are called `Key`"),
        ] {
            assert_eq!(csv(text).unwrap_err(), wanted, "{text}");
        }
    }

    #[test]
    fn lists_of_objects_are_read_by_key_and_pointer() {
        let read = |text: &str, list: &str, column: &str| {
            let form = SourceForm::Json { list: list.into() };
            let rows = rows(text.as_bytes(), &form, &["id", column])?;
            let cells = rows.into_iter().map(|it| it.cells.join("|"));
            Ok::<_, String>(cells.collect::<Vec<_>>())
        };
        let people =
            r#"[{"id": 7, "mail": "a@x.example", "in": {"b": [1, true, null]}}, {"id": null}]"#;
        assert_eq!(read(people, "", "mail").unwrap(), ["7|a@x.example"]);
        assert_eq!(read(people, "", "/in/b").unwrap(), ["7|1\u{1f}true\u{1f}"]);
        let page = format!("{{\"value\": {people}}}");
        assert_eq!(read(&page, "/value", "mail").unwrap(), ["7|a@x.example"]);
        let no = read(people, "", "mails").unwrap_err();
        assert_eq!(no, "no entry has `mails`; did you mean `mail`?");
        assert_eq!(
            read(&page, "", "mail").unwrap_err(),
            "it is no list; `list` names the pointer to one"
        );
        assert_eq!(
            read(&page, "/x", "mail").unwrap_err(),
            "there is no list at `/x`"
        );
        assert!(
            read("{", "", "mail")
                .unwrap_err()
                .starts_with("it is no JSON")
        );
    }
}
