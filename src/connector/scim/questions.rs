//! What servers of SCIM differ in, beside what they say of themselves.

use crate::model::question::{AnsweredBy, Effect, OpenQuestion, PossibleAnswer};

use PossibleAnswer as Is;

const LIST: &str = "GET /Users, all pages";
const GET: &str = "GET /Users/{account}";

/// The open questions.
pub(super) const QUESTIONS: &[OpenQuestion] = &[
    // In the order in which they are asked: what switches an account off comes behind what needs it on.
    OpenQuestion {
        id: "list_total",
        question: "Does `totalResults` count everybody, or what one page holds?",
        answers: &[
            Is::careful("whole", "nothing: one page more is asked for all the same"),
            Is::careful(
                "page",
                "nothing: the count proves nothing, and one page more is asked for",
            ),
            Is::careful("absent", "creates and removals are held").with(Effect::Doubts),
        ],
        assumption: "whole; one page more tells",
        by: AnsweredBy::Read,
        calls: &[
            "GET /Users?startIndex=1&count=1",
            "GET /Users?startIndex=2&count=1",
        ],
    },
    OpenQuestion {
        id: "members_shown",
        question: "Do groups show their members?",
        answers: &[
            Is::careful("all", "nothing"),
            Is::careful(
                "part",
                "nothing: only a list that is proved whole is written whole",
            ),
            Is::careful(
                "none",
                "nothing: members are looked for by other ways, or left alone",
            ),
        ],
        assumption: "part: only a list that is proved whole is written whole",
        by: AnsweredBy::Read,
        calls: &[
            "GET /Groups",
            "GET /Groups/{id} of some that are listed",
            LIST,
        ],
    },
    OpenQuestion {
        id: "filter",
        question: "How does a filter by `userName` compare?",
        answers: &[
            Is::careful("exact", "nothing: names are asked for in both spellings"),
            Is::careful("folded", "nothing"),
            Is::careful("ignored", "nothing: what a filter brings is compared"),
            Is::careful("refused", "nothing: the list is read instead"),
        ],
        assumption: "exact",
        by: AnsweredBy::Read,
        calls: &[
            LIST,
            "GET /Users?filter=userName eq \"…\" of one who is listed, in two spellings",
        ],
    },
    OpenQuestion {
        id: "patch",
        question: "Which form of a change is taken: a PATCH with paths, one with plain values, or none?",
        answers: &[
            Is::careful("path", "nothing"),
            Is::careful(
                "plain",
                "nothing: the other form is tried where one is refused",
            ),
            Is::careful("off", "nothing: a PUT is sent where a PATCH is refused"),
        ],
        assumption: "path; the other forms follow where it is refused",
        by: AnsweredBy::Write,
        calls: &[
            "PATCH /Users/{account}, the display name, with a path",
            "PATCH /Users/{account}, the display name, with plain values",
            GET,
        ],
    },
    OpenQuestion {
        id: "put_clears",
        question: "Does a PUT clear the attributes that it leaves out?",
        answers: &[
            Is::careful("yes", "nothing: everything that was read is sent back"),
            Is::careful("no", "nothing: everything that was read is sent back"),
        ],
        assumption: "yes",
        by: AnsweredBy::Write,
        calls: &[
            "PUT /Users/{account}, with a title",
            "PUT /Users/{account}, without it",
            GET,
        ],
    },
    OpenQuestion {
        id: "off_means",
        question: "Is a user who is switched off still there?",
        answers: &[
            Is::careful("inactive", "nothing"),
            Is::careful(
                "gone",
                "nothing: who is gone counts as off, and is made anew",
            ),
        ],
        assumption: "inactive, and gone counts as off",
        by: AnsweredBy::Write,
        calls: &[
            "PATCH /Users/{account}, active false",
            "PUT /Users/{account}, active false, where a PATCH is refused",
            GET,
        ],
    },
    OpenQuestion {
        id: "inactive_listed",
        question: "Does the list show users who are off?",
        answers: &[
            Is::careful("yes", "nothing"),
            Is::careful(
                "no",
                "nothing: leavers are looked up, and so is whoever a create is refused for",
            ),
        ],
        assumption: "no, unless one is seen",
        by: AnsweredBy::Read,
        calls: &[LIST, "GET /Users?filter=active eq false"],
    },
];
