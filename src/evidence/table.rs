//! Tables: what all formats for people are written from. Plain texts, which whoever writes them
//! makes harmless.

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name in files: letters and hyphens.
    pub name: &'static str,
    /// Its heading.
    pub title: String,
    /// What it shows, in a sentence or two; may be empty.
    pub about: String,
    /// What the columns hold.
    pub columns: Vec<&'static str>,
    /// As many cells as there are columns in each.
    pub rows: Vec<Vec<Cell>>,
    /// What is said where there are no rows.
    pub empty: &'static str,
}

/// One cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Where a page may lead from it.
    pub link: Option<Box<str>>,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            link: None,
        }
    }
}

impl Table {
    /// Adds a row of plain texts.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into_iter().map(Cell::from).collect());
    }
}

/// A value in words.
pub fn value(value: Option<&crate::model::value::Value>) -> String {
    use crate::model::value::Value;
    match value {
        None => String::from("(none)"),
        Some(Value::Flag(flag)) => flag.to_string(),
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Set(items)) if items.is_empty() => String::from("(empty)"),
        Some(Value::Set(items)) => items.join(", "),
    }
}

/// A time in words, to the minute.
pub fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// `1 account`, `2 accounts`.
pub fn counted(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {one}{s}")
}

/// Yes or no.
pub fn yes(flag: bool) -> String {
    String::from(if flag { "yes" } else { "no" })
}
