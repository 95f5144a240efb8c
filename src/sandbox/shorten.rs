//! Cuts the list in a JSON body, as if a page had been dropped or shortened on the way.

use axum::body::Bytes;
use serde_json::Value;

/// The body with its outermost list of objects cut to so many entries; as it was without one.
pub(super) fn shortened(body: Bytes, entries: usize) -> Bytes {
    let Ok(mut json) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let Some(list) = outermost_list(&mut json) else {
        return body;
    };
    list.truncate(entries);
    Bytes::from(json.to_string())
}

/// The list of objects that lies least deep.
fn outermost_list(json: &mut Value) -> Option<&mut Vec<Value>> {
    let mut level = vec![json];
    while !level.is_empty() {
        let mut below = Vec::new();
        for value in level {
            match value {
                Value::Array(list) if list.iter().any(|it| it.is_object()) => {
                    return Some(list);
                }
                Value::Object(fields) => below.extend(fields.values_mut()),
                _ => {}
            }
        }
        level = below;
    }
    None
}
