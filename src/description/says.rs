//! What will be proved, a line for each thing that is done.

use super::model::{
    AttributeMode, Call, Description, Find, List, ListProof, Members, Total, Users,
};

/// `list: proved by /total`, `switch off: read back at /status`, `delete: not described`, …
pub fn says(description: &Description) -> Vec<String> {
    let users = &description.users;
    let mut lines = vec![
        format!("list: {}", proof(&users.list)),
        format!("credentials: {}", whose(description)),
        format!("one user: {}", one(users)),
        format!("{}: {}", known_by(users), find(users.find.as_ref())),
        format!("create: {}", create(users)),
        format!("change: {}", change(description)),
        format!("switch off: {}", switch(users)),
    ];
    lines.push(match &users.delete {
        Some(call) => format!("delete: {}{}", gone(users), caution(call)),
        None => String::from("delete: not described"),
    });
    lines.push(format!("groups: {}", groups(description)));
    lines
}

/// By what somebody is looked for.
fn known_by(users: &Users) -> &'static str {
    match (&users.login, &users.email) {
        (Some(_), Some(_)) => "by login or e-mail",
        (Some(_), None) => "by login",
        (None, _) => "by e-mail",
    }
}

fn proof(list: &List) -> String {
    let text = match (list.proof(), &list.total) {
        (Some(ListProof::Total), Some(Total::Body(at))) => format!("proved by {at}"),
        (Some(ListProof::Total), Some(Total::Header(name))) => {
            format!("proved by the header {name}")
        }
        (Some(ListProof::Total), Some(Total::Head(name))) => {
            format!("proved by the header {name} of a HEAD")
        }
        (Some(ListProof::Next), _) => {
            String::from("proved by the vendor's word that nothing follows")
        }
        (Some(ListProof::Twice), _) => String::from("proved by two walks that see the same"),
        (Some(ListProof::Whole), _) => String::from(
            "one array, documented as everything; creates and removals need the own account in it",
        ),
        _ => String::from("not proved"),
    };
    match list.parts.len() {
        0 | 1 => text,
        count => format!("{text}, in each of {count} parts"),
    }
}

fn whose(description: &Description) -> String {
    match &description.own {
        None => String::from("not told; set `own_account` in the roster"),
        Some(own) if !own.is_account => String::from("a service that is none of the users"),
        Some(_) => String::from("looked up, and sought in the list"),
    }
}

fn one(users: &Users) -> &'static str {
    match (&users.get, &users.find) {
        (Some(_), _) => "read by id",
        (None, Some(_)) => "looked up by e-mail; there is no read by id",
        (None, None) => "sought in the whole list: slow, and asks for all of it after every write",
    }
}

fn find(find: Option<&Find>) -> &'static str {
    match find {
        None => "sought in the whole list",
        Some(Find { get: Some(_), .. }) => "a call of its own, each hit compared",
        Some(_) => "the list call, narrowed, each hit compared",
    }
}

fn create(users: &Users) -> String {
    match &users.create {
        None => String::from("not described: a step for a person"),
        Some(call) => format!("looked for before, read back after{}", caution(call)),
    }
}

fn change(description: &Description) -> String {
    let names = |mode: AttributeMode| -> Vec<&str> {
        let of_mode = description.attributes.iter().filter(|it| it.mode == mode);
        of_mode.map(|it| &*it.name).collect()
    };
    let changing = names(AttributeMode::Changing);
    let mut text = match (&description.users.update, changing.as_slice()) {
        (None, _) => String::from("not described: steps for a person"),
        (Some(_), []) => String::from("no attribute that can change"),
        (Some(call), names) => {
            let email = if call.email { "e-mail, " } else { "" };
            format!(
                "read back, one by one: {email}{}{}",
                names.join(", "),
                caution(call)
            )
        }
    };
    let unread = names(AttributeMode::Write);
    if !unread.is_empty() {
        text.push_str(&format!("; sent and never seen: {}", unread.join(", ")));
    }
    text
}

fn switch(users: &Users) -> String {
    match (&users.deactivate, users.active.as_slice()) {
        (Some(call), [one]) => format!("read back at {}{}", one.at, caution(call)),
        (Some(call), many) => {
            let places: Vec<String> = many.iter().map(|it| it.at.to_string()).collect();
            format!("read back at {}{}", places.join(" and "), caution(call))
        }
        (None, _) => {
            String::from("not described: `deactivate: manual`, or `delete` if it is described")
        }
    }
}

fn gone(users: &Users) -> &'static str {
    match (&users.get, &users.find) {
        (Some(_), Some(_)) => "the read by id and the look by e-mail both show nobody",
        (Some(_), None) => "the read by id and the whole list both show nobody",
        (None, _) => "the whole list shows nobody",
    }
}

fn groups(description: &Description) -> String {
    let Some(groups) = &description.groups else {
        return String::from("not described");
    };
    match (&groups.members, &groups.add) {
        (Some(Members::Inside { at, .. }), Some(_)) => format!("members read back at {at}"),
        (Some(Members::Listed { list, .. }), Some(_)) => match list.proof() {
            Some(ListProof::Whole) => String::from("members, one array, documented as everything"),
            _ => format!("members, {}", proof(list)),
        },
        (Some(_), None) => String::from("members are read and not changed"),
        (None, _) => String::from("names that attributes refer to"),
    }
}

fn caution(call: &Call) -> String {
    call.caution
        .as_ref()
        .map_or_else(String::new, |it| format!(" ({it})"))
}
