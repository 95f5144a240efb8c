//! The frame of the table of people: search, filters, heads of columns. The page's script fills it.

use super::data::Data;
use super::markup::Markup;

/// The search, the filters and the empty table; one line where no script runs.
pub(super) fn people(body: &mut Markup, data: &Data) {
    if is_empty(data) {
        return;
    }
    let by_cause = data.document.actions.iter().any(|it| it.cause.is_some())
        || data
            .document
            .held
            .iter()
            .chain(&data.document.manual)
            .any(|it| it.cause.is_some());
    body.fixed("<section id=\"people\" class=\"block\" aria-labelledby=\"people-title\">");
    body.fixed("<h2 id=\"people-title\">People</h2>");
    body.fixed(
        "<noscript><p class=\"aside\">The table with search and every attribute needs JavaScript. \
         Everything above is complete without it; rosterctl prints all the rest as text.</p></noscript>",
    );
    body.fixed("<div id=\"tool\" hidden>");
    body.fixed("<form id=\"filters\" role=\"search\">");
    body.fixed(
        "<label class=\"search\"><span>Search</span><input type=\"search\" id=\"q\" name=\"q\" \
         placeholder=\"e-mail, vendor, attribute, value, reason\" autocomplete=\"off\" \
         spellcheck=\"false\" aria-describedby=\"matches\"></label>",
    );
    let vendors = data
        .document
        .vendors
        .keys()
        .map(|it| &**it)
        .collect::<Vec<_>>();
    choice(body, "Vendor", "vendor", "all vendors", &vendors);
    choice(
        body,
        "Action",
        "do",
        "all actions",
        &[
            "removal",
            "administrator",
            "deactivate",
            "delete",
            "update",
            "reactivate",
            "create",
        ],
    );
    choice(
        body,
        "State",
        "state",
        "all states",
        if data.outcomes.is_some() {
            &[
                "undone",
                "failed",
                "unverified",
                "skipped",
                "applied",
                "held",
                "manual",
                "unlisted",
                "notice",
                "ending",
            ]
        } else {
            &["planned", "held", "manual", "unlisted", "notice", "ending"]
        },
    );
    if by_cause {
        choice(body, "Cause", "cause", "all causes", &["change", "drift"]);
    }
    choice(
        body,
        "Order",
        "sort",
        "gravest first",
        &["e-mail", "most actions"],
    );
    body.fixed("<button type=\"reset\" id=\"clear\">Clear</button></form>");
    body.fixed("<p id=\"matches\" role=\"status\"></p>");
    body.fixed(
        "<table id=\"list\" role=\"table\" aria-label=\"People\"><thead role=\"rowgroup\"><tr role=\"row\">\
         <th role=\"columnheader\" scope=\"col\">Person</th><th role=\"columnheader\" scope=\"col\">What</th>\
         <th role=\"columnheader\" scope=\"col\">Why</th></tr></thead><tbody role=\"rowgroup\"></tbody></table>",
    );
    body.fixed(
        "<p class=\"aside keys\"><kbd>/</kbd> search, <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> \
         open or close, <kbd>Esc</kbd> clear. The address of this page keeps the view.</p>",
    );
    body.fixed("</div></section>\n");
}

/// Whether there is nobody to list.
fn is_empty(data: &Data) -> bool {
    let document = &data.document;
    let about_people = document.notices.iter().any(|it| it.email.is_some());
    document.actions.is_empty()
        && document.held.is_empty()
        && document.manual.is_empty()
        && document.unlisted.is_empty()
        && document.ending.is_empty()
        && data.outcomes.as_ref().is_none_or(Vec::is_empty)
        && !about_people
}

fn choice(body: &mut Markup, label: &str, name: &str, all: &str, values: &[&str]) {
    body.within("label", &[], |body| {
        body.element("span", &[], label);
        body.within("select", &[("name", name), ("id", name)], |body| {
            body.element("option", &[("value", "")], all);
            for value in values {
                body.element("option", &[("value", value)], value);
            }
        });
    });
}
