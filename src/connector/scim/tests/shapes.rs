//! The heart of the conformance suite against servers of other shapes than the standard's.

use std::sync::Arc;

use crate::connector::conformance::heart;
use crate::connector::scim::setting;
use crate::connector::scim::{SPEC, connect};
use crate::connector::testing::Subject;
use crate::connector::{Connect, Vendor, VendorKind};
use crate::http::HttpError;
use crate::roster::model::Setting;
use crate::sandbox::scim::{
    Errors, Filters, Ids, Lists, Locations, Patches, Server, Shape, Versions,
};
use crate::sandbox::{LocalVendor, Seed};

/// Runs the heart of the suite in one shape, with settings that the roster gives for it.
macro_rules! heart_of {
    ($shape:expr, [$($key:expr => $word:expr),*]) => {{
        fn sandbox(seed: Seed) -> Box<dyn LocalVendor> {
            let shape: Shape = $shape;
            let cap = seed.page_cap.unwrap_or(usize::MAX).min(shape.page_cap);
            Box::new(Server::shaped(seed.into(), Shape { page_cap: cap, ..shape }))
        }
        fn join(mut with: Connect) -> Result<Box<dyn Vendor>, HttpError> {
            let words: &[(&'static str, &str)] = &[$(($key, $word)),*];
            let settings = Arc::make_mut(&mut with.settings);
            for (key, word) in words {
                settings.settings.insert(key, Setting::Text((*word).into()));
            }
            connect(with)
        }
        static SUBJECT: Subject = Subject {
            wire: crate::connector::testing::Wire::Within,
            described: None,
            kind: VendorKind { spec: &SPEC, connect: join },
            local: sandbox,
        };
        heart(&SUBJECT).await;
    }};
}

#[tokio::test(start_paused = true)]
async fn a_hosted_directory_without_path_filters() {
    const SHAPE: Shape = Shape {
        page_cap: 50,
        patches: Patches::NoPathFilters,
        filters: Filters::CaseSensitive,
        list_without_members: true,
        versions: Versions::Checked,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn a_server_with_put_only() {
    const SHAPE: Shape = Shape {
        patches: Patches::Refused(501),
        locations: Locations::Relative,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_of_itself() {
    const SHAPE: Shape = Shape {
        described: false,
        patches: Patches::NoPaths,
        plain_json: true,
        errors: Errors::Html,
        locations: Locations::None,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn cursors_and_pages_of_six() {
    const SHAPE: Shape = Shape {
        page_cap: 6,
        lists: Lists::Cursor,
        patches: Patches::Silent,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn no_filters_and_no_count() {
    const SHAPE: Shape = Shape {
        filters: Filters::Refused(501),
        lists: Lists::NoCount,
        errors: Errors::Empty,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn a_count_that_is_too_large_and_has_to_be_there() {
    const SHAPE: Shape = Shape {
        lists: Lists::CountAtMost(10),
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn filters_ignored_and_pages_from_the_start_again() {
    const SHAPE: Shape = Shape {
        filters: Filters::Ignored,
        lists: Lists::Again,
        duplicate: 500,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn patches_accepted_and_not_stored() {
    const SHAPE: Shape = Shape {
        patches: Patches::Lies,
        filters: Filters::Empty,
        duplicate: 422,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn patches_that_wipe_the_rest() {
    const SHAPE: Shape = Shape {
        patches: Patches::Wipes,
        versions: Versions::Refused,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn groups_on_the_user_and_text_booleans() {
    const SHAPE: Shape = Shape {
        groups_on_user: true,
        text_booleans: true,
        duplicate: 400,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, [setting::GROUPS => "user"]);
}

#[tokio::test(start_paused = true)]
async fn ids_that_are_user_names() {
    const SHAPE: Shape = Shape {
        ids: Ids::UserName,
        versions: Versions::Ignored,
        ..Shape::STANDARD
    };
    heart_of!(SHAPE, []);
}

#[tokio::test(start_paused = true)]
async fn people_found_by_their_addresses() {
    const SHAPE: Shape = Shape::STANDARD;
    heart_of!(SHAPE, [setting::MATCH => "emails"]);
}
