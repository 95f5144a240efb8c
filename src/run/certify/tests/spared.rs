//! What a certificate spares a plan, and what it makes it ask.

use super::*;
use crate::model::current::{Current, Own};
use crate::model::desired::Desired;

/// Paths and queries of what a read sends at a tenant that was seen to answer so, where nobody else than
/// who is there and somebody new are wanted.
async fn read_with(
    kind: &str,
    twists: &[&str],
    answers: &[(&str, &'static str)],
) -> (Vec<String>, Current) {
    let tenant = tenant(kind, twists, |it| it.own_account = None);
    let mut roster = Roster::clone(&tenant.roster);
    let settings = roster.vendors.get_mut(&tenant.name).unwrap();
    settings.certify(TODAY, answers);
    let mut believing = tenant;
    believing.roster = Arc::new(roster);
    let session = believing.session(Permit::ReadOnly, believing.within(), &WriteScope::default());
    let (_, vendor) = session.vendor(&believing.name).unwrap();
    let wanted = vec![testing::wanted("new@example.com", &[])];
    let wanted = Desired::listed(believing.name.clone(), wanted);
    let current = vendor.fetch(&wanted).await.unwrap();
    let sent = believing.sandbox.requests().into_iter();
    let sent = sent.map(|(request, _)| format!("{}?{}", request.path, request.query));
    (sent.collect(), current)
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_spares_calls_and_tells_what_no_call_was_asked_for() {
    for (kind, twists, question, word, call, asked) in [
        (
            "bitsight",
            &[][..],
            "deactivated_listed",
            "yes",
            "status=Deactivated",
            false,
        ),
        (
            "bitsight",
            &[],
            "deactivated_listed",
            "no",
            "status=Deactivated",
            true,
        ),
        (
            "bitsight",
            &[],
            "contacts_listed",
            "yes",
            "is_available_for_contact=true",
            false,
        ),
        (
            "bitsight",
            &[],
            "contacts_listed",
            "no",
            "is_available_for_contact=true",
            true,
        ),
        (
            "logicgate",
            &[],
            "deactivated_listed",
            "yes",
            "/internal/users",
            false,
        ),
        (
            "logicgate",
            &[],
            "deactivated_listed",
            "no",
            "/internal/users",
            true,
        ),
        (
            "logicgate",
            &["roles-listed"],
            "roles_list",
            "yes",
            "/api/v1/roles",
            true,
        ),
        (
            "logicgate",
            &["roles-listed"],
            "roles_list",
            "no",
            "/api/v1/roles",
            false,
        ),
        (
            "logicgate",
            &["owner-told"],
            "token_owner",
            "account",
            "/api/v1/account?",
            true,
        ),
        (
            "logicgate",
            &["owner-told"],
            "token_owner",
            "unknown",
            "/api/v1/account?",
            false,
        ),
        (
            "surecloud",
            &["lists"],
            "list_call",
            "/restful/v1/user",
            "/restful/v1/user?",
            true,
        ),
        (
            "surecloud",
            &["lists-in-the-plural"],
            "list_call",
            "/restful/v1/users",
            "/restful/v1/users?",
            true,
        ),
        (
            "surecloud",
            &["lists-in-the-plural"],
            "list_call",
            "none",
            "/restful/v1/user",
            false,
        ),
    ] {
        let (sent, current) = read_with(kind, twists, &[(question, word)]).await;
        let found = sent.iter().any(|it| it.contains(call));
        assert_eq!(found, asked, "{kind} {question} {word}: {sent:#?}");
        if question == "token_owner" {
            let known = matches!(current.own, Own::Email(_));
            assert_eq!(known, asked, "{word}");
        }
        if question == "list_call" {
            // The one whom no record knows.
            let bob = current.accounts.iter().any(|it| it.email.contains(".bob@"));
            assert_eq!(bob, asked, "{word}");
        }
    }
}
