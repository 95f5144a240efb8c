//! What LogicGate's documentation leaves open.

use crate::model::question::{AnsweredBy, Effect, NUMBER, OpenQuestion, PossibleAnswer};

use PossibleAnswer as Is;

const LIST: &str = "GET /api/v1/users";
const ONE: &str = "GET /api/v1/users/{account}";
const PUT: &str = "PUT /api/v1/users/{account}, the whole user";

/// The open questions.
pub(super) const QUESTIONS: &[OpenQuestion] = &[
    OpenQuestion {
        id: "single_read",
        question: "Does `/api/v1/users/{id}` show one user, whole?",
        answers: &[
            Is::careful("yes", "nothing"),
            Is::careful("no", "what writes a user back is held").with(Effect::HoldsChanges),
        ],
        assumption: "yes; a user without names is never put back",
        by: AnsweredBy::Read,
        calls: &[LIST, "GET /api/v1/users/{id} of one who is listed"],
    },
    OpenQuestion {
        id: "roles_list",
        question: "Does `/api/v1/roles` list all roles, held or not?",
        answers: &[
            Is::trusting("yes", "roles that nobody holds need no `role_ids`"),
            Is::careful(
                "no",
                "roles are learnt from the users who hold them, and `role_ids` names the others",
            ),
        ],
        assumption: "it is asked, and not needed",
        by: AnsweredBy::Read,
        calls: &["GET /api/v1/roles"],
    },
    OpenQuestion {
        id: "token_owner",
        question: "What tells whose the token is: the token itself, or `/api/v1/account`?",
        answers: &[
            Is::trusting(
                "token",
                "the owner is read from the token and looked for in the list",
            ),
            Is::trusting(
                "account",
                "the owner is asked for and looked for in the list",
            ),
            Is::careful("unknown", "`own_account` has to be set"),
        ],
        assumption: "nothing: `own_account` has to be set",
        by: AnsweredBy::Read,
        calls: &[LIST, "GET /api/v1/account"],
    },
    OpenQuestion {
        id: "read_lag_ms",
        question: "After how many milliseconds does a read show a write?",
        answers: &[Is::trusting(
            NUMBER,
            "the read of a new user waits so long first",
        )],
        assumption: "up to 15 seconds, looked for after 1, 2, 4 and 8 more",
        by: AnsweredBy::Write,
        calls: &[PUT, ONE],
    },
    OpenQuestion {
        id: "put_clears",
        question: "Does a PUT clear the fields that it leaves out?",
        answers: &[
            Is::careful("yes", "nothing: everything that was read is sent back"),
            Is::careful("no", "nothing: everything that was read is sent back"),
        ],
        assumption: "yes",
        by: AnsweredBy::Write,
        calls: &["PUT /api/v1/users/{account}, without the company", ONE],
    },
    OpenQuestion {
        id: "disable",
        question: "Does a PUT with `disabled: true` switch a user off?",
        answers: &[
            Is::careful("works", "nothing: each switch is read back all the same"),
            Is::careful("ignored", "`deactivate: disable` is a step for a person")
                .with(Effect::ByHand("disable")),
            Is::careful("refused", "`deactivate: disable` is a step for a person")
                .with(Effect::ByHand("disable")),
        ],
        assumption: "not known: `deactivate` is `manual` unless the roster says `disable`",
        by: AnsweredBy::Write,
        calls: &[PUT, ONE],
    },
    OpenQuestion {
        id: "deactivated_listed",
        question: "Does the list show users who are off?",
        answers: &[
            Is::trusting("yes", "nobody is searched for whom the list does not show"),
            Is::careful("no", "who is not listed is searched for before a create"),
        ],
        assumption: "no",
        by: AnsweredBy::Write,
        calls: &["GET /api/v1/users, once {account} is off"],
    },
];
