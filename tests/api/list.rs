//! All that users can name, as lines.

use std::collections::{BTreeMap, BTreeSet};

use syn::{ImplItem, Item, ItemImpl, Type};

use crate::examples;
use crate::text::{self, felt, is_public, plain};
use crate::tree::{At, Found, Tree, joined, uses};

/// What users can name.
#[derive(Default)]
pub struct Public {
    /// A line each, in order.
    pub lines: String,
    /// Types, traits and functions, and whether each has an example of its own.
    pub items: BTreeMap<String, bool>,
    /// Methods with an example.
    pub methods: BTreeSet<String>,
}

/// What is found, and the first path by which users name it.
struct List<'t> {
    tree: &'t Tree,
    lines: BTreeSet<String>,
    items: BTreeMap<(At, String), String>,
    modules: BTreeMap<At, String>,
    public: Public,
}

/// What is public.
pub fn public(tree: &Tree) -> Public {
    let mut list = List {
        tree,
        lines: BTreeSet::new(),
        items: BTreeMap::new(),
        modules: BTreeMap::new(),
        public: Public::default(),
    };
    list.module(&Vec::new(), "wgrad", "");
    for (at, items) in &tree.modules {
        for item in items {
            if let Item::Impl(item) = item {
                list.implementation(at, item);
            }
        }
    }
    let lines = list.lines.into_iter().map(|line| line + "\n").collect();
    Public { lines, ..list.public }
}

impl List<'_> {
    fn line(&mut self, path: &str, text: &str) {
        self.lines.insert(format!("{path}: {text}"));
    }

    fn module(&mut self, at: &At, path: &str, attributes: &str) {
        if let Some(first) = self.modules.get(at).cloned() {
            return self.line(path, &format!("{attributes}use {first}"));
        }
        self.modules.insert(at.clone(), path.to_string());
        self.line(path, &format!("{attributes}mod"));
        for item in &self.tree.modules[at] {
            match item {
                Item::Mod(item) if is_public(&item.vis) => {
                    let name = item.ident.to_string();
                    self.module(&joined(at, &name), &format!("{path}::{name}"), &felt(&item.attrs));
                }
                Item::Use(item) if is_public(&item.vis) => {
                    for used in uses(&item.tree) {
                        assert!(used.name != "*", "{path} gives all of {:?}; name them", used.from);
                        let path = format!("{path}::{}", used.name);
                        self.used(at, &used.from, &path, &felt(&item.attrs));
                    }
                }
                item => {
                    for name in text::names(item) {
                        self.item(at, &name, &format!("{path}::{name}"), "");
                    }
                    self.of_macro(path, item);
                }
            }
        }
    }

    fn used(&mut self, at: &At, from: &[String], path: &str, attributes: &str) {
        match self.tree.resolve(at, from) {
            Found::Module(inner) => self.module(&inner, path, attributes),
            Found::Item(at, name) => self.item(&at, &name, path, attributes),
            Found::Foreign => self.line(path, &format!("{attributes}use {}", from.join("::"))),
        }
    }

    fn item(&mut self, at: &At, name: &str, path: &str, attributes: &str) {
        let key = (at.clone(), name.to_string());
        if let Some(first) = self.items.get(&key).cloned() {
            return self.line(path, &format!("{attributes}use {first}"));
        }
        self.items.insert(key, path.to_string());
        let items = self.tree.modules[at].iter();
        for item in items.filter(|item| text::names(item).iter().any(|known| known == name)) {
            let lines = text::lines(item);
            if let Some(has) = examples::of_item(item).filter(|_| !lines[0].1.contains("#[doc(hidden)]")) {
                self.public.items.insert(path.to_string(), has);
            }
            for (inner, text) in lines {
                self.line(&format!("{path}{inner}"), &format!("{attributes}{text}"));
            }
        }
    }

    /// What a macro makes public, or what it is given.
    fn of_macro(&mut self, path: &str, item: &Item) {
        let Item::Macro(item) = item else { return };
        let text = plain(&item.mac.tokens);
        let name = item.ident.as_ref().map_or_else(|| plain(&item.mac.path), ToString::to_string);
        let lines = if item.ident.is_some() { text::written(&text) } else { vec![text] };
        lines.into_iter().for_each(|line| self.line(path, &format!("{name}! {line}")));
    }

    /// The methods of a public type, and the traits that it has; of a type from elsewhere, a public trait.
    fn implementation(&mut self, at: &At, item: &ItemImpl) {
        let of_type = if let Type::Path(of) = &*item.self_ty { self.known(at, &of.path) } else { None };
        let of_trait = item.trait_.as_ref().and_then(|(path, _)| self.known(at, path));
        let Some(path) = of_type.or(of_trait) else { return };
        let head = plain(ItemImpl { items: Vec::new(), attrs: Vec::new(), ..item.clone() });
        let head = head.trim_end_matches(" { }");
        if item.trait_.is_some() {
            self.line(&path, &format!("{}{head}", felt(&item.attrs)));
        }
        let inherent = item.trait_.is_none() && item.generics.params.is_empty();
        let of = if inherent { String::new() } else { format!(" of {head}") };
        for part in &item.items {
            let Some((inner, text)) = text::of_impl(part) else { continue };
            if matches!(part, ImplItem::Fn(method) if examples::runs(&method.attrs)) {
                self.public.methods.insert(format!("{path}{inner}"));
            }
            self.line(&format!("{path}{inner}"), &format!("{}{text}{of}", felt(&item.attrs)));
        }
    }

    /// The public path of what a path leads to.
    fn known(&self, at: &At, path: &syn::Path) -> Option<String> {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        match self.tree.resolve(at, &names) {
            Found::Item(at, name) => self.items.get(&(at, name)).cloned(),
            _ => None,
        }
    }
}
