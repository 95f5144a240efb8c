//! A certificate holds nothing of the tenant.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::rows::ROWS;
use super::*;

/// All that somebody could write a text as, in small letters: itself, from behind, its labels from behind,
/// in base64 wherever it begins, in hexadecimal, percent-encoded, and its digest.
fn written(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
        all.insert(text.clone());
        all.insert(text.chars().rev().collect());
        for (mark, joined) in [('.', "."), ('@', "@"), (' ', " "), ('/', "/")] {
            let parts: Vec<&str> = text.split(mark).rev().collect();
            all.insert(parts.join(joined));
            all.insert(text.replace(mark, "_"));
            all.insert(text.replace(mark, "-"));
            all.insert(text.replace(mark, ""));
            all.insert(text.replace(mark, &format!("%{:02x}", u32::from(mark))));
        }
        let hexadecimal = |sign: &str| -> String {
            let bytes = text.bytes();
            bytes.map(|it| format!("{sign}{it:02x}")).collect()
        };
        all.extend(["", "%", "\\x", "\\u00"].map(hexadecimal));
        all.insert(text.bytes().map(|it| format!("&#{it};")).collect());
        for engine in [&STANDARD, &URL_SAFE] {
            for shift in 0..3 {
                // What stands before and behind may change what the first and the last signs are.
                let shifted = [vec![b' '; shift], text.as_bytes().to_vec()].concat();
                let whole = shifted.len() / 3 * 3;
                let coded = engine.encode(&shifted[..whole]);
                all.insert(coded.get(shift.min(1) * 4..).unwrap_or_default().to_owned());
            }
        }
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&text);
        all.insert(digest.iter().map(|it| format!("{it:02x}")).collect());
    }
    let all = all.into_iter().map(|it| it.to_lowercase());
    all.filter(|it| it.len() > 3).collect()
}

/// Texts of a tenant that are nobody else's, and their parts.
fn own_texts(tenant: &Tenant) -> BTreeSet<String> {
    let mut texts = BTreeSet::from([
        String::from("Planted"),
        ACCOUNT.to_owned(),
        String::from("7f3a9c01"),
        String::from("127.0.0.1"),
        tenant.settings().base_url.to_string(),
        testing::OWN.to_owned(),
    ]);
    for account in tenant.held() {
        texts.insert(account.email.to_string());
        texts.extend(account.id.iter().map(ToString::to_string));
        for (_, value) in account.attributes.iter() {
            // Words that the documentation has are everybody's.
            let shown = format!("{value:?}");
            let quoted = shown.split('"').skip(1).step_by(2);
            texts.extend(
                quoted
                    .filter(|it| it.contains("Planted"))
                    .map(str::to_owned),
            );
        }
    }
    texts.extend(tenant.secrets.values().cloned());
    let split = |it: &String| -> Vec<String> {
        it.split(['@', '/', ' ', ':']).map(str::to_owned).collect()
    };
    let parts: Vec<String> = texts.iter().flat_map(split).collect();
    texts.extend(parts);
    let kind = tenant.settings().spec.kind;
    let public = ["http", "https", "Company", "Role", "Group", kind];
    texts.retain(|it| it.len() > 3 && !public.contains(&it.as_str()));
    texts
}

#[tokio::test(start_paused = true)]
async fn a_certificate_holds_nothing_of_the_tenant() {
    for kind in KINDS {
        let tenant = tenant(kind, &[], |_| {});
        let (by_writing, _) = tenant.certify().await;
        let by_reading = tenant.probe().await;
        assert!(by_writing.answers.len() > 2 && !by_reading.answers.is_empty());
        for made in [&by_writing, &by_reading] {
            let text = made.write().to_lowercase();
            assert!(!text.contains('@'), "{text}");
            for own in own_texts(&tenant) {
                for form in written(&own) {
                    assert!(!text.contains(&form), "{kind}: {own} as {form} in {text}");
                }
            }
            assert_eq!(Certificate::read(&made.write()).as_ref(), Ok(made));
        }
    }
}

/// Whatever is a tenant's own makes no difference: two that do the same have the same certificate, but
/// for the digest that tells them apart.
#[tokio::test(start_paused = true)]
async fn tenants_that_do_the_same_have_the_same_certificate() {
    let turned: BTreeSet<(&str, &[&str])> = ROWS.iter().map(|it| (it.0, it.2)).collect();
    for (kind, twists) in turned {
        let mut made = Vec::new();
        for word in ["Planted", "Zxqvbkj"] {
            let tenant = tenant_of(word, kind, twists, |_| {});
            let mut by_reading = tenant.probe().await;
            // Where absence cannot be shown, nothing is made.
            let by_writing = tenant.certify_over(tenant.within()).await;
            let mut by_writing = by_writing.map_or_else(|_| by_reading.clone(), |it| it.0);
            for it in [&mut by_writing, &mut by_reading] {
                it.tenant = crate::model::certificate::Tenant::of("salt", "blanked");
            }
            made.push((by_writing.write(), by_reading.write()));
        }
        assert_eq!(made[0], made[1], "{kind} {twists:?}");
    }
}
