//! The vendor's quirks over real HTTP.
