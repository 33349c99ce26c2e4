//! The modules of the library, and where a path leads in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::{Item, UseTree};

use crate::text;

/// A module by the names that lead to it from the crate's root.
pub type At = Vec<String>;

/// Every module's items.
pub struct Tree {
    pub modules: BTreeMap<At, Vec<Item>>,
}

/// What a path leads to.
pub enum Found {
    Module(At),
    /// An item of the module with this path.
    Item(At, String),
    /// Something of another crate.
    Foreign,
}

/// One name that a `use` brings: where it is from, and what it is called here.
pub struct Use {
    pub from: At,
    pub name: String,
}

impl Tree {
    pub fn read(file: &Path) -> Self {
        let mut tree = Self { modules: BTreeMap::new() };
        tree.file(file.to_path_buf(), file.parent().unwrap(), Vec::new());
        tree
    }

    /// A file whose modules have their files in a folder.
    fn file(&mut self, file: PathBuf, folder: &Path, at: At) {
        let text =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let items = syn::parse_file(&text).unwrap().items;
        self.module(items, folder, at);
    }

    fn module(&mut self, items: Vec<Item>, folder: &Path, at: At) {
        for item in &items {
            let Item::Mod(module) = item else { continue };
            let attributes = text::felt(&module.attrs);
            if ["cfg(test)", "cfg(doctest)"].iter().any(|tests| attributes.contains(tests)) {
                continue;
            }
            let name = module.ident.to_string();
            let inner = folder.join(&name);
            let path = joined(&at, &name);
            match &module.content {
                Some((_, items)) => self.module(items.clone(), &inner, path),
                None if inner.join("mod.rs").exists() => self.file(inner.join("mod.rs"), &inner, path),
                None => self.file(inner.with_extension("rs"), &inner, path),
            }
        }
        self.modules.insert(at, items);
    }

    /// Where a path leads that is written in a module.
    pub fn resolve(&self, module: &At, path: &[String]) -> Found {
        let (mut at, mut rest) = (module.clone(), path);
        while let [first, more @ ..] = rest {
            match first.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => _ = at.pop(),
                _ => break,
            }
            rest = more;
        }
        let Some((name, more)) = rest.split_first() else { return Found::Module(at) };
        match self.named(&at, name) {
            Found::Module(inner) if !more.is_empty() => self.resolve(&inner, more),
            found if more.is_empty() => found,
            _ => Found::Foreign,
        }
    }

    /// What a name means in a module.
    fn named(&self, at: &At, name: &str) -> Found {
        let inner = joined(at, name);
        if self.modules.contains_key(&inner) {
            return Found::Module(inner);
        }
        for item in &self.modules[at] {
            if text::names(item).iter().any(|known| known == name) {
                return Found::Item(at.clone(), name.to_string());
            }
            let Item::Use(item) = item else { continue };
            let used = uses(&item.tree).into_iter().find(|used| used.name == name);
            // A path of one name is another crate.
            if let Some(used) = used.filter(|used| used.from.len() > 1) {
                return self.resolve(at, &used.from);
            }
        }
        Found::Foreign
    }
}

pub fn joined(at: &At, name: &str) -> At {
    let mut path = at.clone();
    path.push(name.to_string());
    path
}

/// All names that a `use` brings.
pub fn uses(tree: &UseTree) -> Vec<Use> {
    let mut found = Vec::new();
    walk(tree, &Vec::new(), &mut found);
    found
}

fn walk(tree: &UseTree, before: &At, found: &mut Vec<Use>) {
    let mut push = |last: &str, name: String| {
        let from = if last == "self" { before.clone() } else { joined(before, last) };
        let name = if name == "self" { from[from.len() - 1].clone() } else { name };
        found.push(Use { from, name });
    };
    match tree {
        UseTree::Name(name) => push(&name.ident.to_string(), name.ident.to_string()),
        UseTree::Rename(name) => push(&name.ident.to_string(), name.rename.to_string()),
        UseTree::Glob(_) => push("*", "*".to_string()),
        UseTree::Path(path) => walk(&path.tree, &joined(before, &path.ident.to_string()), found),
        UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, before, found)),
    }
}
