//! The vendor's own quirks.
