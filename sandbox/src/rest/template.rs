//! Texts with names in braces, read in both directions: filled in, and taken apart.

use std::collections::BTreeMap;

/// A text in which `{name}` stands for a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
}

/// What names stand for.
pub(super) type Named = BTreeMap<String, String>;

impl Template {
    /// A template; names of `known` are filled in at once.
    pub(super) fn new(text: &str, known: &Named) -> Self {
        let (mut parts, mut rest, mut before) = (Vec::new(), text, String::new());
        while let Some((head, tail)) = rest.split_once('{') {
            let (name, tail) = tail.split_once('}').unwrap_or((tail, ""));
            before.push_str(head);
            match known.get(name) {
                Some(value) => before.push_str(value),
                None => {
                    if !before.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut before)));
                    }
                    parts.push(Part::Name(name.to_owned()));
                }
            }
            rest = tail;
        }
        before.push_str(rest);
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        Self(parts)
    }

    /// The names in it.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name) => Some(&**name),
            Part::Text(_) => None,
        })
    }

    /// Whether it is one name and nothing else.
    pub(super) fn is_a_name(&self) -> bool {
        matches!(&*self.0, [Part::Name(_)])
    }

    /// The text with the values of its names; `None`: one has none.
    pub(super) fn fill(&self, values: &Named) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => Some(&**text),
            Part::Name(name) => values.get(name).map(String::as_str),
        });
        parts.collect()
    }

    /// Whether a text is of this form; adds what its names stand for in it. A name that is known has
    /// to stand for the same.
    pub(super) fn matches(&self, text: &str, values: &mut Named) -> bool {
        let mut rest = text;
        for (at, part) in self.0.iter().enumerate() {
            let value = match (part, self.0.get(at + 1)) {
                (Part::Text(text), _) => match rest.strip_prefix(&**text) {
                    Some(after) => {
                        rest = after;
                        continue;
                    }
                    None => return false,
                },
                (Part::Name(_), Some(Part::Text(end))) if self.0.len() == at + 2 => {
                    rest.strip_suffix(&**end)
                }
                (Part::Name(_), Some(Part::Text(next))) => rest.split_once(&**next).map(|it| it.0),
                (Part::Name(_), _) => Some(rest),
            };
            let (Some(value), Part::Name(name)) = (value, part) else {
                return false;
            };
            if value.is_empty() || values.get(name).is_some_and(|known| known != value) {
                return false;
            }
            values.insert(name.clone(), value.to_owned());
            rest = &rest[value.len()..];
        }
        rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_and_taken_apart() {
        let known = Named::from([("org".to_owned(), "acme".to_owned())]);
        let template = Template::new("{org}: mail='{email}'", &known);
        assert_eq!(template.names().collect::<Vec<_>>(), ["email"]);
        let mut values = Named::new();
        assert!(template.matches("acme: mail='o'neil@x.com'", &mut values));
        assert_eq!(values["email"], "o'neil@x.com");
        let filled = template.fill(&values);
        assert_eq!(filled.as_deref(), Some("acme: mail='o'neil@x.com'"));
        assert!(!template.matches("acme: mail='other'", &mut values));
        assert!(!template.matches("acme", &mut Named::new()));
        assert!(!Template::new("{id}", &known).matches("", &mut Named::new()));
    }
}
