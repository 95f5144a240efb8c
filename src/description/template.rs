//! Texts with names in braces: `/users/{id}`.

use std::fmt;

/// A text in which names stand for values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template(Box<[Part]>);

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A text as it is.
    Text(Box<str>),
    /// A name, without its braces.
    Name(Box<str>),
}

impl Template {
    /// Reads one; the text tells what is wrong.
    ///
    /// # Errors
    /// A brace without its other one, or a name that is none.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("a `{` has no `}` behind it")?;
            let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
            if name.is_empty() || !name.chars().all(is_word) {
                return Err("between braces stands a name: `{id}`");
            }
            parts.extend((!before.is_empty()).then(|| Part::Text(before.into())));
            parts.push(Part::Name(name.into()));
            rest = after;
        }
        if rest.contains('}')
            || parts
                .iter()
                .any(|it| matches!(it, Part::Text(text) if text.contains('}')))
        {
            return Err("a `}` has no `{` before it");
        }
        parts.extend((!rest.is_empty()).then(|| Part::Text(rest.into())));
        Ok(Self(parts.into()))
    }

    /// Its parts.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name) => Some(&**name),
            Part::Text(_) => None,
        })
    }

    /// The text with each name's value in its place; `None` where one has none.
    pub fn fill<'v>(
        &self,
        value: impl Fn(&str) -> Option<std::borrow::Cow<'v, str>>,
    ) -> Option<String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Name(name) => text.push_str(&value(name)?),
            }
        }
        Some(text)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => out.write_str(text),
            Part::Name(name) => write!(out, "{{{name}}}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in() {
        let template = Template::parse("/users/{id}/x{id}").unwrap();
        assert_eq!(template.to_string(), "/users/{id}/x{id}");
        let filled = template.fill(|name| (name == "id").then(|| "7".into()));
        assert_eq!(filled.as_deref(), Some("/users/7/x7"));
        assert_eq!(template.fill(|_| None), None);
    }

    #[test]
    fn braces_come_in_pairs_with_a_name_between() {
        for text in ["{", "}", "{}", "{a b}", "a}b", "{{a}}", "{a}}"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
