//! What a description leaves open: it says where things are, and not how the vendor behaves.

use crate::model::question::{AnsweredBy, Effect, OpenQuestion, PossibleAnswer};

use PossibleAnswer as Is;

/// The open questions of every described vendor.
pub const QUESTIONS: &[OpenQuestion] = &[
    OpenQuestion {
        id: "filter",
        question: "How does the search by e-mail compare?",
        answers: &[
            Is::careful(
                "exact",
                "nothing: who is not found is looked for in the list before a create",
            ),
            Is::careful("folded", "nothing"),
            Is::careful("ignored", "nothing: what a search brings is compared"),
            Is::careful("refused", "nothing: the list is read instead"),
        ],
        assumption: "exact",
        by: AnsweredBy::Read,
        calls: &[
            "the list",
            "the search, for one who is listed, in two spellings, and for nobody",
        ],
    },
    OpenQuestion {
        id: "single_read",
        question: "Does the read of one user show what the list shows?",
        answers: &[
            Is::careful("yes", "nothing"),
            Is::careful(
                "no",
                "nothing: each write is compared with what the same read showed before",
            ),
        ],
        assumption: "yes",
        by: AnsweredBy::Read,
        calls: &["the list", "the read of one who is listed"],
    },
    OpenQuestion {
        id: "updates",
        question: "Are updates stored?",
        answers: &[
            Is::careful("stored", "nothing: each is read back all the same"),
            Is::careful("ignored", "updates are held").with(Effect::HoldsUpdates),
            Is::careful("refused", "updates are held").with(Effect::HoldsUpdates),
        ],
        assumption: "stored, and read back",
        by: AnsweredBy::Write,
        calls: &[
            "the update of {account}: an attribute that people have",
            "the read of {account}",
        ],
    },
    OpenQuestion {
        id: "switch",
        question: "Does switching off switch off?",
        answers: &[
            Is::careful("works", "nothing: each switch is read back all the same"),
            Is::careful("ignored", "`deactivate: switch` is a step for a person")
                .with(Effect::ByHand("switch")),
            Is::careful("refused", "`deactivate: switch` is a step for a person")
                .with(Effect::ByHand("switch")),
        ],
        assumption: "works, and is read back",
        by: AnsweredBy::Write,
        calls: &[
            "the call that switches {account} off",
            "the read of {account}",
        ],
    },
    OpenQuestion {
        id: "off_found",
        question: "Is somebody who is off found by e-mail, by the search or in the list?",
        answers: &[
            Is::careful("yes", "nothing"),
            Is::careful(
                "no",
                "creates are held: somebody who is off could be made twice",
            )
            .with(Effect::HoldsCreates),
        ],
        assumption: "yes",
        by: AnsweredBy::Write,
        calls: &["the search for {account} while it is off, and the list"],
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
                "nothing: who has the e-mail is looked up before each create",
            ),
        ],
        assumption: "any of them: who has the e-mail is looked up first, and no create is repeated",
        by: AnsweredBy::Write,
        calls: &["the create of {account} once more", "the list"],
    },
    OpenQuestion {
        id: "answer",
        question: "Does the answer to a write show the user as a read does then?",
        answers: &[
            Is::trusting(
                "whole",
                "no read follows a write whose answer shows all that was to change; after a change of \
                 groups, a delete or an answer that shows nobody one does",
            ),
            Is::careful("part", "nothing: a read follows each write"),
        ],
        assumption: "part: a read follows each write",
        by: AnsweredBy::Write,
        calls: &["the read of {account}, to be compared with what each write was answered with"],
    },
];
