//! Reading values out of descriptions.

use serde_json::{Map, Value};

/// The whole number under `key`.
pub(crate) fn count(object: &Value, key: &str) -> Result<usize, String> {
    let count = object[key].as_u64().and_then(|count| usize::try_from(count).ok());
    count.ok_or_else(|| wrong(object, key, "a whole number"))
}

/// The number under `key`.
pub(crate) fn real(object: &Value, key: &str) -> Result<f32, String> {
    object[key].as_f64().map(|real| real as f32).ok_or_else(|| wrong(object, key, "a number"))
}

/// The truth value under `key`.
pub(crate) fn flag(object: &Value, key: &str) -> Result<bool, String> {
    object[key].as_bool().ok_or_else(|| wrong(object, key, "true or false"))
}

/// The text under `key`.
pub(crate) fn text<'a>(object: &'a Value, key: &str) -> Result<&'a str, String> {
    object[key].as_str().ok_or_else(|| wrong(object, key, "a text"))
}

/// The list under `key`.
pub(crate) fn list<'a>(object: &'a Value, key: &str) -> Result<&'a [Value], String> {
    object[key].as_array().map(Vec::as_slice).ok_or_else(|| wrong(object, key, "a list"))
}

/// The values by name under `key`.
pub(crate) fn object<'a>(object: &'a Value, key: &str) -> Result<&'a Map<String, Value>, String> {
    object[key].as_object().ok_or_else(|| wrong(object, key, "an object"))
}

fn wrong(object: &Value, key: &str, wanted: &str) -> String {
    format!("{key} is {}, and should be {wanted}", object[key])
}

/// The first place where two descriptions differ, and what stands there in each.
pub(crate) fn difference(a: &Value, b: &Value) -> Option<(String, String, String)> {
    let under = |key: &str, (inner, a, b): (String, String, String)| {
        let place = if inner.is_empty() { key.to_string() } else { format!("{key}.{inner}") };
        (place, a, b)
    };
    match (a, b) {
        _ if a == b => None,
        (Value::Object(x), Value::Object(y)) => {
            let mut keys = x.keys().chain(y.keys());
            keys.find_map(|key| difference(&a[key], &b[key]).map(|found| under(key, found)))
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            let mut pairs = x.iter().zip(y).enumerate();
            pairs.find_map(|(number, (a, b))| difference(a, b).map(|found| under(&number.to_string(), found)))
        }
        _ => Some((String::new(), a.to_string(), b.to_string())),
    }
}

/// A list of numbers.
pub(crate) fn reals(value: &Value, key: &str) -> Result<Vec<f32>, String> {
    let reals = list(value, key)?.iter().map(|real| real.as_f64().map(|real| real as f32));
    reals.collect::<Option<_>>().ok_or_else(|| wrong(value, key, "a list of numbers"))
}

/// A list of sizes: a shape.
pub(crate) fn sizes(value: &Value, key: &str) -> Result<Vec<usize>, String> {
    let sizes = list(value, key)?.iter().map(|size| size.as_u64().map(|size| size as usize));
    sizes.collect::<Option<_>>().ok_or_else(|| format!("the shape of the {key} is no list of numbers"))
}
