//! `/Bulk` (RFC 7644, 3.7): creates of users.

use serde_json::{Value as Json, json};

use super::json::get;
use super::state::{Failure, State, failure};

impl State {
    /// Carries out the operations of a body, each with a status of its own.
    pub(super) fn bulk(&mut self, body: &Json) -> Result<Json, Failure> {
        if self.shape.bulk == 0 {
            return failure(501, None, "bulk is not supported");
        }
        let fields = body.as_object();
        let operations = fields
            .and_then(|it| get(it, "Operations"))
            .and_then(Json::as_array);
        let Some(operations) = operations else {
            return failure(400, Some("invalidSyntax"), "Operations are required");
        };
        if operations.len() > self.shape.bulk {
            return failure(413, None, "too many operations");
        }
        let answers: Vec<Json> = operations.iter().map(|it| self.operation(it)).collect();
        Ok(
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
            "Operations": answers }),
        )
    }

    fn operation(&mut self, operation: &Json) -> Json {
        let bulk_id = &operation["bulkId"];
        let made = match (operation["method"].as_str(), operation["path"].as_str()) {
            (Some("POST"), Some("/Users")) if bulk_id.is_string() => {
                match operation["data"].as_object() {
                    Some(data) => self.create(data),
                    None => failure(400, Some("invalidSyntax"), "data is required"),
                }
            }
            _ => failure(501, None, "only creates of users are taken"),
        };
        match made {
            Ok(user) => {
                let id = user["id"].as_str().unwrap_or_default();
                json!({ "method": "POST", "bulkId": bulk_id, "status": "201",
                    "location": format!("/Users/{id}") })
            }
            Err(error) => json!({ "method": "POST", "bulkId": bulk_id,
                "status": error.status.to_string(), "response": error.body() }),
        }
    }
}
