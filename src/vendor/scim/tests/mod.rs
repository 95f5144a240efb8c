//! SCIM against its own server in many shapes.

mod shapes;
