//! Items as text that does not depend on how they are laid out.

use quote::ToTokens;
use syn::{Attribute, Field, Fields, Generics, ImplItem, Item, TraitItem, Variant, Visibility};

/// What an item's part adds to its path, and what it is.
pub type Line = (String, String);

/// Tokens on a line, with spaces where people write them.
pub fn plain(tokens: impl ToTokens) -> String {
    let text = tokens.into_token_stream().to_string();
    let is_word = |c: char| c.is_alphanumeric() || "_'\"".contains(c);
    let mut plain = String::new();
    for token in text.split_whitespace() {
        let last = plain.chars().last().unwrap_or(' ');
        let next = token.chars().next().unwrap_or(' ');
        let between = (is_word(last) || ">)]".contains(last)) && is_word(next);
        let behind = ",;=+{".contains(last) || plain.ends_with("->") || last == ':' && !plain.ends_with("::");
        let before = "=+{}".contains(next) || token.starts_with("->") || next == '[' && is_word(last);
        if between || behind || before {
            plain.push(' ');
        }
        plain += token;
    }
    plain.trim_start().replace(",)", ")").replace(", }", " }").replace(",>", ">")
}

/// The attributes that users feel, each before a space.
pub fn felt(attributes: &[Attribute]) -> String {
    let mut felt = String::new();
    for attribute in attributes {
        let text = plain(attribute);
        match plain(attribute.path()).as_str() {
            "cfg" | "derive" | "repr" | "non_exhaustive" => felt += &format!("{text} "),
            // Not its words.
            "must_use" => felt += "#[must_use] ",
            "doc" if text == "#[doc(hidden)]" => felt += "#[doc(hidden)] ",
            _ => {}
        }
    }
    felt
}

pub fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The public items that an item is or, if it is a macro, writes.
pub fn names(item: &Item) -> Vec<String> {
    let (visibility, name) = match item {
        Item::Const(item) => (&item.vis, &item.ident),
        Item::Enum(item) => (&item.vis, &item.ident),
        Item::Fn(item) => (&item.vis, &item.sig.ident),
        Item::Struct(item) => (&item.vis, &item.ident),
        Item::Trait(item) => (&item.vis, &item.ident),
        Item::Type(item) => (&item.vis, &item.ident),
        Item::Macro(item) => {
            let written = written(&plain(&item.mac.tokens));
            let enums = written.iter().filter_map(|line| line.split_once("pub enum "));
            return enums.map(|(_, name)| name.to_string()).collect();
        }
        _ => return Vec::new(),
    };
    if is_public(visibility) { vec![name.to_string()] } else { Vec::new() }
}

/// What a macro with this text makes public, up to each body.
pub fn written(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("pub ").filter(|(at, _)| !text[*at..].starts_with("pub (")) {
        let start = text[..at].rfind(['{', '}', ';']).map_or(0, |end| end + 1);
        let rest = &text[at..];
        let end = rest.find(" {").into_iter().chain(rest.find(" = ")).min().unwrap_or(rest.len());
        // Its documentation is before its attributes.
        let attributes = text[start..at].rsplit("\"]").next().unwrap_or_default().trim_start();
        found.push(format!("{attributes}{}", &rest[..end]));
    }
    found
}

/// An item, and what users see of its parts.
pub fn lines(item: &Item) -> Vec<Line> {
    match item {
        Item::Const(item) => vec![part("", &item.attrs, format!("const {}", plain(&item.ty)))],
        Item::Fn(item) => vec![part("", &item.attrs, plain(&item.sig))],
        Item::Type(item) => {
            vec![part("", &item.attrs, format!("{} = {}", head("type", &item.generics), plain(&item.ty)))]
        }
        Item::Struct(item) => {
            let mut lines = vec![part("", &item.attrs, head("struct", &item.generics))];
            let fields = item.fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis));
            lines.extend(fields.map(|(at, field)| of_field(at, field)));
            lines
        }
        Item::Enum(item) => {
            let mut lines = vec![part("", &item.attrs, head("enum", &item.generics))];
            lines.extend(item.variants.iter().map(of_variant));
            lines
        }
        Item::Trait(item) => {
            let bounds = plain(&item.supertraits);
            let mut lines =
                vec![part("", &item.attrs, format!("{}: {bounds}", head("trait", &item.generics)))];
            lines.extend(item.items.iter().filter_map(of_trait));
            lines
        }
        // Its module has what the macro makes.
        _ => vec![part("", &[], "by a macro".to_string())],
    }
}

fn part(path: impl Into<String>, attributes: &[Attribute], text: String) -> Line {
    (path.into(), felt(attributes) + &text)
}

fn head(what: &str, generics: &Generics) -> String {
    let head = format!("{what} {} {}", plain(generics), plain(&generics.where_clause));
    head.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of_field(at: usize, field: &Field) -> Line {
    let name = field.ident.as_ref().map_or(at.to_string(), ToString::to_string);
    part(format!(".{name}"), &field.attrs, plain(&field.ty))
}

/// A variant without the documentation of its fields.
fn of_variant(variant: &Variant) -> Line {
    let mut fields: Fields = variant.fields.clone();
    fields.iter_mut().for_each(|field| field.attrs.clear());
    part(
        format!("::{}", variant.ident),
        &variant.attrs,
        format!("variant {}", plain(&fields)).trim_end().to_string(),
    )
}

fn of_trait(item: &TraitItem) -> Option<Line> {
    let given = |given: bool| if given { " { .. }" } else { "" };
    match item {
        TraitItem::Const(item) => {
            let text = format!("const {}{}", plain(&item.ty), given(item.default.is_some()));
            Some(part(format!("::{}", item.ident), &item.attrs, text))
        }
        TraitItem::Fn(item) => {
            let text = plain(&item.sig) + given(item.default.is_some());
            Some(part(format!("::{}", item.sig.ident), &item.attrs, text))
        }
        _ => None,
    }
}

/// A public method or constant of a type, or a type that a trait asks for.
pub fn of_impl(item: &ImplItem) -> Option<Line> {
    match item {
        ImplItem::Const(item) if is_public(&item.vis) => {
            Some(part(format!("::{}", item.ident), &item.attrs, format!("const {}", plain(&item.ty))))
        }
        ImplItem::Fn(item) if is_public(&item.vis) => {
            Some(part(format!("::{}", item.sig.ident), &item.attrs, plain(&item.sig)))
        }
        ImplItem::Type(item) => {
            Some(part(format!("::{}", item.ident), &[], format!("type {}", plain(&item.ty))))
        }
        _ => None,
    }
}
