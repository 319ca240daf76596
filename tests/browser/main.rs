//! A user's walks through every page, in headless Chromium, on the demo company. Each test is one role at work; axe-core
//! looks at every page they come by. Without Chromium the walks say so and pass, except where `CI` is set.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]

#[expect(dead_code, unused_imports, reason = "shared with the other tests, which use more of it")]
#[path = "../it/support/mod.rs"]
mod support;

mod browser;
mod offers;
mod walks;
