//! Markup in which only the program's own words can be tags: tags and attribute names are
//! `&'static str`, and every other text goes through one function that leaves it no meaning.

use std::fmt::Write as _;

/// Attributes of one element.
pub(in crate::report) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// A growing piece of a page.
#[derive(Debug, Default)]
pub(in crate::report) struct Markup(String);

impl Markup {
    /// Adds markup that the program wrote itself.
    pub(in crate::report) fn fixed(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Adds a text.
    pub(in crate::report) fn text(&mut self, text: &str) {
        escape(text, &mut self.0);
    }

    /// Adds an element with a text in it.
    pub(in crate::report) fn element(
        &mut self,
        tag: &'static str,
        attributes: Attributes<'_>,
        text: &str,
    ) {
        self.within(tag, attributes, |inside| inside.text(text));
    }

    /// Adds an element with anything in it.
    pub(in crate::report) fn within(
        &mut self,
        tag: &'static str,
        attributes: Attributes<'_>,
        fill: impl FnOnce(&mut Self),
    ) {
        self.empty(tag, attributes);
        fill(self);
        self.close(tag);
    }

    /// Adds an element that has no end tag.
    pub(in crate::report) fn empty(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(tag);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            escape(value, &mut self.0);
            self.0.push('"');
        }
        self.0.push('>');
    }

    fn close(&mut self, tag: &'static str) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, "</{tag}>");
    }

    /// The whole of it.
    pub(in crate::report) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Leaves a text no sign that could end an element or an attribute, or start a reference.
fn escape(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            c => into.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text_wherever_it_stands() {
        let mut page = Markup::default();
        let evil = "</a>\"><img onerror='x' src=x> &amp;";
        page.within("p", &[("title", evil)], |p| p.text(evil));
        let shown = "&lt;/a&gt;&quot;&gt;&lt;img onerror='x' src=x&gt; &amp;amp;";
        assert_eq!(page.as_str(), format!("<p title=\"{shown}\">{shown}</p>"));
    }
}
