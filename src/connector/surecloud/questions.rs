//! What SureCloud's documentation leaves open.

use crate::model::question::{AnsweredBy, Effect, OpenQuestion, PossibleAnswer};

use PossibleAnswer as Is;

/// The addresses that a list of users might have.
pub(super) const LIST_PATHS: [&str; 2] = ["/restful/v1/user", "/restful/v1/users"];

/// The open questions.
pub(super) const QUESTIONS: &[OpenQuestion] = &[
    OpenQuestion {
        id: "groups_patch",
        question: "Does a list of groups replace those that a user has, or add to them?",
        answers: &[
            Is::careful("replaced", "nothing: the answer is compared each time"),
            Is::careful(
                "added",
                "nothing: an answer that still shows a group that was to go is a failure, and says so",
            ),
        ],
        assumption: "replaced, and compared with the answer",
        by: AnsweredBy::Write,
        calls: &[
            "PATCH /restful/v1/user, {account} in one group of the roster",
            "PATCH /restful/v1/user, {account} in no group",
        ],
    },
    OpenQuestion {
        id: "user_id_echo",
        question: "Does the answer to a write show the `userID`?",
        answers: &[
            Is::careful("yes", "nothing: accounts are addressed by what was shown"),
            Is::careful("no", "nothing: accounts are addressed by e-mail"),
        ],
        assumption: "no",
        by: AnsweredBy::Write,
        calls: &["PATCH /restful/v1/user, {account}"],
    },
    OpenQuestion {
        id: "list_call",
        question: "Is there a call that lists users?",
        answers: &[
            Is::trusting(LIST_PATHS[0], "`list_path` is that address")
                .with(Effect::Text("list_path")),
            Is::trusting(LIST_PATHS[1], "`list_path` is that address")
                .with(Effect::Text("list_path")),
            Is::careful("none", "nothing: the record remembers what was applied"),
        ],
        assumption: "none",
        by: AnsweredBy::Read,
        calls: &["GET /restful/v1/user", "GET /restful/v1/users"],
    },
    OpenQuestion {
        id: "person_type_resets",
        question: "Does a call without a `personType` set it to INTERNAL?",
        answers: &[
            Is::careful("yes", "nothing: it is sent with every call"),
            Is::careful("no", "nothing: it is sent with every call"),
        ],
        assumption: "yes",
        by: AnsweredBy::Write,
        calls: &[
            "PATCH /restful/v1/user, {account} with another personType",
            "PATCH /restful/v1/user, {account} without one",
        ],
    },
];
