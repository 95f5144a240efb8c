//! What Bitsight's documentation leaves open.

use crate::model::question::{AnsweredBy, Effect, OpenQuestion, PossibleAnswer};

use PossibleAnswer as Is;

const LIST: &str = "GET /ratings/v2/users, all pages";

/// The open questions.
pub(super) const QUESTIONS: &[OpenQuestion] = &[
    OpenQuestion {
        id: "contacts_listed",
        question: "Does the list without a filter show the contacts of the subscription?",
        answers: &[
            Is::trusting("yes", "no second list is read for them"),
            Is::careful(
                "no",
                "contacts are asked for before anybody is called absent",
            ),
        ],
        assumption: "no",
        by: AnsweredBy::Read,
        calls: &[LIST, "GET /ratings/v2/users?is_available_for_contact=true"],
    },
    OpenQuestion {
        id: "deactivated_listed",
        question: "Does the list without a filter show users who are deactivated?",
        answers: &[
            Is::trusting("yes", "no second list is read for them"),
            Is::careful(
                "no",
                "deactivated users are asked for before anybody is called absent",
            ),
        ],
        assumption: "no",
        by: AnsweredBy::Read,
        calls: &[LIST, "GET /ratings/v2/users?status=Deactivated"],
    },
    OpenQuestion {
        id: "tokens_listed",
        question: "Does the list without a filter show the pseudo-users of company tokens?",
        answers: &[
            Is::careful("yes", "nothing: they are left alone"),
            Is::careful(
                "no",
                "tokens are listed apart where the quota counts more users than the list shows",
            ),
        ],
        assumption: "no",
        by: AnsweredBy::Read,
        calls: &[LIST, "GET /ratings/v2/users?is_company_api_token=true"],
    },
    OpenQuestion {
        id: "feature_values",
        question: "Is the value of a user's feature always true or false, or can it be a text?",
        answers: &[
            Is::careful("boolean", "nothing"),
            Is::careful(
                "mixed",
                "nothing: features whose value is a text are left alone and sent back as they are",
            ),
        ],
        assumption: "mixed",
        by: AnsweredBy::Read,
        calls: &[LIST],
    },
    OpenQuestion {
        id: "token_scope",
        question: "Does the token see all users, or those of one group?",
        answers: &[
            Is::careful("all", "nothing: each read is proved all the same"),
            Is::careful("group", "creates and removals are held").with(Effect::Doubts),
            Is::careful("unknown", "nothing: each read is proved all the same"),
        ],
        assumption: "all, unless a user or a group shows otherwise",
        by: AnsweredBy::Read,
        calls: &[
            "GET /ratings/v1/users/current",
            "GET /ratings/v1/customers/current/api-tokens",
        ],
    },
    OpenQuestion {
        id: "body",
        question: "Are the bodies of create and edit flat, or wrapped in `user`?",
        answers: &[
            Is::careful("flat", "nothing"),
            Is::careful("wrapped", "`wrap_user` is on").with(Effect::Flag("wrap_user")),
        ],
        assumption: "flat",
        by: AnsweredBy::Write,
        calls: &[
            "POST /ratings/v2/users, a new {account}, flat",
            "POST /ratings/v2/users, the same wrapped in `user`, where that is refused",
            "GET /ratings/v2/users?email={account}",
        ],
    },
    OpenQuestion {
        id: "duplicate_create",
        question: "What becomes of a create for an e-mail that a user has?",
        answers: &[
            Is::careful("refused", "nothing"),
            Is::careful(
                "adopted",
                "nothing: who has the e-mail is looked up before each create",
            ),
            Is::careful(
                "doubled",
                "creates are held where the list is not proved whole, as always",
            ),
        ],
        assumption: "any of them: who has the e-mail is looked up first, and no create is repeated",
        by: AnsweredBy::Write,
        calls: &[
            "POST /ratings/v2/users, with {account} once more",
            "GET /ratings/v2/users?email={account}",
        ],
    },
    OpenQuestion {
        id: "partial_features",
        question: "Does a PATCH with some features keep the others?",
        answers: &[
            Is::trusting(
                "merged",
                "a change of features sends those alone that change",
            ),
            Is::careful(
                "replaced",
                "all features that can be changed are sent with each change",
            ),
        ],
        assumption: "replaced",
        by: AnsweredBy::Write,
        calls: &[
            "PATCH /ratings/v2/users/{account}, two features",
            "PATCH /ratings/v2/users/{account}, one feature",
            "GET /ratings/v2/users/{account}",
        ],
    },
    OpenQuestion {
        id: "patch_status",
        question: "Does a PATCH of the status switch a user off?",
        answers: &[
            Is::careful("works", "nothing: each switch is read back all the same"),
            Is::careful("ignored", "`deactivate: status` is a step for a person")
                .with(Effect::ByHand("status")),
            Is::careful("refused", "`deactivate: status` is a step for a person")
                .with(Effect::ByHand("status")),
        ],
        assumption: "works, and is read back",
        by: AnsweredBy::Write,
        calls: &[
            "PATCH /ratings/v2/users/{account}, the status Deactivated",
            "GET /ratings/v2/users/{account}",
        ],
    },
];
