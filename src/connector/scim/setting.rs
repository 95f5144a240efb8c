//! The keys of the settings of this kind.

pub(super) const MATCH: &str = "match";
pub(super) const PRESET: &str = "preset";
pub(super) const FROM_PERSON: &str = "from_person";
pub(super) const READ: &str = "read";
pub(super) const GROUPS: &str = "groups";
pub(super) const MEMBERSHIP: &str = "membership";
pub(super) const GROUP_BATCH: &str = "group_batch";
pub(super) const PATCH: &str = "patch";
pub(super) const FILTER: &str = "filter";
pub(super) const PAGING: &str = "paging";
pub(super) const PAGE_SIZE: &str = "page_size";
pub(super) const BOOLEANS: &str = "booleans";
pub(super) const ETAG: &str = "etag";
pub(super) const BULK: &str = "bulk";
pub(super) const DISCOVERY: &str = "discovery";
pub(super) const MEDIA_TYPE: &str = "media_type";
pub(super) const WITHOUT: &str = "without";
pub(super) const USERS_PATH: &str = "users_path";
pub(super) const GROUPS_PATH: &str = "groups_path";
pub(super) const TOKEN_URL: &str = "token_url";
pub(super) const TOKEN_SCOPE: &str = "token_scope";
pub(super) const TOKEN_AUTH: &str = "token_auth";
