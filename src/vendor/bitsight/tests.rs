//! Bitsight's quirks.
