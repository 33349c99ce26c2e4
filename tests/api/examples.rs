//! Which documentation has a program that `cargo test --doc` runs.

use syn::{Attribute, Expr, Item, Lit, Meta, MetaNameValue};

/// What users get and neither make nor implement, and whose example shows it.
pub const RESULTS: [(&str, &str); 15] = [
    ("wgrad::backend::timeline::Ceiling", "wgrad::backend::timeline::Timeline"),
    ("wgrad::backend::timeline::Timed", "wgrad::backend::timeline::Timeline"),
    ("wgrad::data::Fault", "wgrad::data::DownloadError"),
    ("wgrad::data::MirrorFault", "wgrad::data::DownloadError"),
    ("wgrad::gradcheck::Row", "wgrad::gradcheck::GradCheck"),
    ("wgrad::model::LoadedPart", "wgrad::model::Model::load_part"),
    ("wgrad::model::Memory", "wgrad::model::Model::memory"),
    ("wgrad::ops::activation::Custom", "wgrad::ops::activation::Activation::custom"),
    ("wgrad::ops::loss::Formula", "wgrad::ops::loss::LossStep"),
    ("wgrad::ops::loss::LossRows", "wgrad::ops::loss::LossStep"),
    ("wgrad::ops::loss::Pairwise", "wgrad::ops::loss::MeanSquaredError"),
    ("wgrad::program::op::View", "wgrad::program::op::Op"),
    ("wgrad::program::op::Views", "wgrad::program::op::Op"),
    ("wgrad::self_check::Failure", "wgrad::self_check::SelfCheck"),
    ("wgrad::self_check::OpCheck", "wgrad::self_check::SelfCheck"),
];

/// Whether the documentation of a type, a trait or a function has such a program; nothing of other items.
pub fn of_item(item: &Item) -> Option<bool> {
    match item {
        Item::Enum(item) => Some(runs(&item.attrs)),
        Item::Fn(item) => Some(runs(&item.attrs)),
        Item::Struct(item) => Some(runs(&item.attrs)),
        Item::Trait(item) => Some(runs(&item.attrs)),
        // What a macro makes public has its documentation as text within.
        Item::Macro(item) => Some(item.mac.tokens.to_string().contains("\" ```\"")),
        _ => None,
    }
}

/// Whether a fence opens a block of Rust that is compiled and run.
pub fn runs(attributes: &[Attribute]) -> bool {
    let lines = attributes.iter().filter_map(line);
    let fences = lines.filter_map(|line| line.trim().strip_prefix("```").map(str::to_string));
    fences.step_by(2).any(|words| words.is_empty())
}

/// A line of documentation.
fn line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(MetaNameValue { path, value: Expr::Lit(value), .. }) = &attribute.meta else {
        return None;
    };
    match &value.lit {
        Lit::Str(text) if path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}
