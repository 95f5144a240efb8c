//! What SnapLogic's documentation leaves open.

use crate::model::question::{AnsweredBy, Effect, OpenQuestion, PossibleAnswer};

use PossibleAnswer as Is;

/// The open questions.
pub(super) const QUESTIONS: &[OpenQuestion] = &[
    OpenQuestion {
        id: "envelope",
        question: "Do reads come bare, or in the envelope of writes?",
        answers: &[
            Is::careful("bare", "nothing: both are understood"),
            Is::careful("wrapped", "nothing: both are understood"),
            Is::careful("mixed", "nothing: both are understood"),
        ],
        assumption: "any of them",
        by: AnsweredBy::Read,
        calls: &[
            "GET /api/1/rest/public/assetapi/user/settings",
            "GET /api/1/rest/public/groups/{environment}/members",
            "GET /api/1/rest/public/users/{email} of one who is listed",
        ],
    },
    OpenQuestion {
        id: "absent_user",
        question: "What does the read of a user answer who does not exist?",
        answers: &[
            Is::careful("404", "nothing"),
            Is::careful(
                "empty",
                "creates are held: nobody can be shown to be absent",
            )
            .with(Effect::HoldsCreates),
            Is::careful(
                "other",
                "creates are held: nobody can be shown to be absent",
            )
            .with(Effect::HoldsCreates),
        ],
        assumption: "404; anything else is an error and no absence",
        by: AnsweredBy::Read,
        calls: &["GET /api/1/rest/public/users/{email} of one who does not exist"],
    },
    OpenQuestion {
        id: "put_partial",
        question: "Does a PUT keep the fields that it is not sent?",
        answers: &[
            Is::careful(
                "merged",
                "nothing: what was not sent is compared after each change all the same",
            ),
            Is::careful(
                "replaced",
                "updates are held, and switching off is a step for a person",
            )
            .with(Effect::HoldsChanges),
        ],
        assumption: "merged, and compared after each change",
        by: AnsweredBy::Write,
        calls: &[
            "PUT /api/1/rest/public/users/{account}, the last name",
            "GET /api/1/rest/public/users/{account}",
        ],
    },
    OpenQuestion {
        id: "duplicate_create",
        question: "What becomes of a create for an e-mail that has an account?",
        answers: &[
            Is::careful("refused", "nothing"),
            Is::careful(
                "adopted",
                "nothing: who has the e-mail is looked up before each create",
            ),
        ],
        assumption: "any of them: who has the e-mail is looked up first",
        by: AnsweredBy::Write,
        calls: &["POST /api/1/rest/public/users, with {account} once more"],
    },
    OpenQuestion {
        id: "self_reopen",
        question: "Can somebody who was switched off open the user interface again, while the password works?",
        answers: &[
            Is::careful("yes", "nothing: the password is revoked with each switch"),
            Is::careful("no", "nothing: the password is revoked all the same"),
            Is::careful("unknown", "nothing: `yes` is assumed"),
        ],
        assumption: "yes: the password is revoked with each switch",
        // It takes the password of an account, which only its own mailbox gets.
        by: AnsweredBy::Person,
        calls: &[],
    },
];
