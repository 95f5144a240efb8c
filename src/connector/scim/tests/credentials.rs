//! The three ways to authenticate.

use std::sync::Arc;

use super::{Company, SPEC, email};
use crate::connector::scim::setting;
use crate::connector::testing::{account, settings_with, wanted};
use crate::http::Permit;
use crate::roster::model::Setting;
use crate::sandbox::scim::Shape;

/// A company whose vendor takes that form of credentials.
async fn company(form: usize, token_auth: &str) -> Company {
    let people = vec![wanted(&email(0), &[])];
    let there = vec![account(&email(0), &[])];
    let mut company = Company::with(Shape::default(), there, people, |settings| {
        settings.auth = settings_with(&SPEC, &SPEC.auth[form]).auth;
    })
    .await;
    let settings = Arc::make_mut(&mut company.rig.settings);
    let url = format!("{}/token_url", settings.base_url);
    let mut set = |key, text: &str| settings.settings.insert(key, Setting::Text(text.into()));
    set(setting::TOKEN_URL, &url);
    set(setting::TOKEN_AUTH, token_auth);
    set(setting::TOKEN_SCOPE, "scim users");
    company
}

#[tokio::test(start_paused = true)]
async fn a_name_and_password_are_sent_as_basic() {
    let company = company(1, "basic").await;
    assert_eq!(company.plan().await.actions, []);
}

#[tokio::test(start_paused = true)]
async fn client_credentials_are_exchanged_for_a_token_once() {
    for auth in ["basic", "body"] {
        let company = company(2, auth).await;
        assert_eq!(company.plan().await.actions, [], "{auth}");
        assert_eq!(company.rig.token_calls().len(), 1, "{auth}");
    }
}

#[tokio::test(start_paused = true)]
async fn client_credentials_without_an_endpoint_are_an_error() {
    let mut company = company(2, "basic").await;
    let settings = Arc::make_mut(&mut company.rig.settings);
    settings.settings.remove(setting::TOKEN_URL);
    let secrets = [("client_id", "a".into()), ("client_secret", "b".into())].into();
    let error = company.rig.try_connect(Permit::ReadOnly, &secrets);
    let text = error.err().unwrap().to_string();
    assert!(text.contains("need `token_url`"), "{text}");
}
