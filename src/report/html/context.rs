//! What a run knew of why it ran, on its page. A link leads to the CI system that ran it and nowhere
//! else.

use super::markup::Markup;
use crate::model::context::Context;
use crate::report::context::{Told, facts};

/// The facts as a list; nothing where none is known.
pub(super) fn list(body: &mut Markup, context: &Context, mask: bool) {
    let masked = mask.then(|| context.masked());
    let context = masked.as_ref().unwrap_or(context);
    let told = facts(context);
    if told.is_empty() {
        return;
    }
    body.fixed("<section aria-labelledby=\"why\"><h2 id=\"why\">Why it ran</h2><ul>");
    for Told {
        what,
        value,
        link,
        by,
    } in &told
    {
        body.within("li", &[], |body| {
            body.text(&format!("{what}: "));
            match link {
                Some(address) => {
                    let attributes = [("href", *address), ("rel", "noreferrer")];
                    body.element("a", &attributes, value);
                }
                None => body.text(value),
            }
            body.element("small", &[], &format!(" by {}", by.as_str()));
        });
    }
    body.fixed("</ul></section>\n");
}
