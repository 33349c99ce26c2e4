//! Tables of comma-separated values.

use std::fs;

use tempfile::tempdir;
use wgrad::data::{CsvData, CsvTable, Missing};
use wgrad::dataset::Targets;
use wgrad::ndarray::array;
use wgrad::{Dataset, Samples};

const HOUSES: &str =
    "\u{feff}area, rooms ,town,price\n40,2,Ulm,200\n50.5,2,\"Bad Tölz\",250\n-6e1,3,Ulm,300\n";

/// What comes of a table, or what its error says behind the path.
fn read(text: &str, choose: impl Fn(CsvTable<'_>) -> CsvTable<'_>) -> Result<CsvData, String> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, text).unwrap();
    choose(CsvTable::open(&path).unwrap()).read().map_err(|error| {
        let text = error.to_string();
        text.strip_prefix(&format!("{} ", path.display())).expect("the path").to_string()
    })
}

#[test]
fn columns_are_chosen_by_name() {
    let houses =
        read(HOUSES, |table| table.inputs(["rooms", "area"]).category("town").target("price")).unwrap();
    let inputs = array![[2.0, 40.0, 0.0, 1.0], [2.0, 50.5, 1.0, 0.0], [3.0, -60.0, 0.0, 1.0]];
    let expected = Dataset::regression(inputs.view(), array![[200.0], [250.0], [300.0]].view()).unwrap();
    assert_eq!(houses.dataset, expected);
    assert_eq!(houses.classes["town"], ["Bad Tölz", "Ulm"]);
    assert_eq!((houses.classes.len(), houses.means.len(), houses.dropped), (1, 0, 0));
}

#[test]
fn targets_are_numbers_classes_or_the_inputs() {
    let two = read(HOUSES, |table| table.inputs(["area"]).target("price").target("rooms")).unwrap();
    let expected = Targets::Reals(array![[200.0, 2.0], [250.0, 2.0], [300.0, 3.0]]);
    assert_eq!(*two.dataset.targets(), expected);
    let towns = read(HOUSES, |table| table.inputs(["area"]).class("town")).unwrap();
    assert_eq!(*towns.dataset.targets(), Targets::Labels(vec![1, 0, 1]));
    let none = read(HOUSES, |table| table.inputs(["area"])).unwrap();
    assert_eq!(*none.dataset.targets(), Targets::Inputs);
}

#[test]
fn integers_are_inputs_of_their_own() {
    let data = read(HOUSES, |table| {
        table.inputs(["area"]).category_integers("town").category_integers("rooms").target("price")
    });
    let data = data.unwrap().dataset;
    assert_eq!(data.input("town"), Some(&Samples::integers([1, 0, 1], [1]).unwrap()));
    assert_eq!(data.input("rooms"), Some(&Samples::integers([0, 0, 1], [1]).unwrap()));
    assert_eq!(data.input("numbers"), Some(&Samples::rows([40.0, 50.5, -60.0], 1).unwrap()));
    let alone = read(HOUSES, |table| table.category_integers("town").target("price")).unwrap();
    assert_eq!(alone.dataset.input(""), Some(&Samples::integers([1, 0, 1], [1]).unwrap()));
}

#[test]
fn classes_that_are_integers_are_sorted_by_number() {
    let numbers = read("x,y\n1,10\n2,9\n3,-1\n", |table| table.inputs(["x"]).class("y")).unwrap();
    assert_eq!(numbers.classes["y"], ["-1", "9", "10"]);
    assert_eq!(*numbers.dataset.targets(), Targets::Labels(vec![2, 1, 0]));
    let mixed = read("x,y\n1,10\n2,9\n3,b\n", |table| table.inputs(["x"]).class("y")).unwrap();
    assert_eq!(mixed.classes["y"], ["10", "9", "b"]);
}

#[test]
fn another_separator_is_taken() {
    let data = read("a;b\n\"1\";2\n", |table| table.delimiter(b';').inputs(["a"]).target("b")).unwrap();
    assert_eq!(data.dataset.inputs().to_array(), array![[1.0]]);
}

#[test]
fn missing_values_are_refused_filled_or_dropped() {
    const GAPS: &str = "a,b,c\n1,x,5\n,y,6\n4, NA ,7\nnan,x,8\n";
    let gaps = |missing| read(GAPS, |table| table.inputs(["a"]).target("c").missing(missing));
    let inputs = |missing| gaps(missing).unwrap().dataset.inputs().to_array();
    assert_eq!(
        gaps(Missing::Refuse).unwrap_err(),
        "line 3, column \"a\": \"\" is a missing value; fill it in, or choose what becomes of it with `missing`"
    );
    assert_eq!(inputs(Missing::Mean), array![[1.0], [2.5], [4.0], [2.5]]);
    assert_eq!(gaps(Missing::Mean).unwrap().means["a"], 2.5);
    assert_eq!(inputs(Missing::Number(-1.0)), array![[1.0], [-1.0], [4.0], [-1.0]]);
    let dropped = gaps(Missing::DropRow).unwrap();
    assert_eq!((dropped.dataset.len(), dropped.dropped), (2, 2));
    assert_eq!(*dropped.dataset.targets(), Targets::Reals(array![[5.0], [7.0]]));
    // Columns that are not used may lack values, and categories and targets are not filled.
    let text = read(GAPS, |table| table.category("b").missing(Missing::Mean)).unwrap_err();
    let says = "line 4, column \"b\": \"NA\" is a missing value; only input numbers are filled in; leave such rows out \
                with `Missing::DropRow`";
    assert_eq!(text, says);
    let text = read("a,b\n1,2\n1,\n", |table| table.inputs(["a"]).target("b").missing(Missing::Number(0.0)));
    assert!(text.unwrap_err().starts_with("line 3, column \"b\": \"\" is a missing value; only input"));
    let text = read("a,b\n,2\n,3\n", |table| table.inputs(["a"]).missing(Missing::Mean)).unwrap_err();
    assert_eq!(text, "column \"a\" has no value, and so no mean; leave the column out, or give a number");
    let text = read("a,b\n,2\n,3\n", |table| table.inputs(["a"]).missing(Missing::DropRow)).unwrap_err();
    assert_eq!(text, "has no row to use, and 2 with missing values; give at least one whole row");
}

#[test]
fn a_test_table_is_read_like_its_training_table() {
    let train =
        read("a,b\n1,x\n3,y\n,z\n", |table| table.inputs(["a"]).class("b").missing(Missing::Mean)).unwrap();
    let folder = tempdir().unwrap();
    let path = folder.path().join("test.csv");
    let like = |text: &str| {
        fs::write(&path, text).unwrap();
        let table = CsvTable::open(&path).unwrap().inputs(["a"]).class("b").missing(Missing::Mean);
        table.like(&train).read()
    };
    let test = like("a,b\n,z\n100,x\n").unwrap();
    assert_eq!(test.dataset.inputs().to_array(), array![[2.0], [100.0]]);
    assert_eq!(*test.dataset.targets(), Targets::Labels(vec![2, 0]));
    let text = like("a,b\n1,x\n1,w\n").unwrap_err().to_string();
    assert!(
        text.ends_with("test.csv line 3, column \"b\": \"w\" is none of the known classes, x, y, z"),
        "{text}"
    );
    // A mean and classes of the test table's own would mean other things than the training's.
    let whole = read("a,b\n1,x\n", |table| table.inputs(["a"]).class("b")).unwrap();
    let test = || CsvTable::open(&path).unwrap().like(&whole);
    let text = test().inputs(["a"]).missing(Missing::Mean).read().unwrap_err().to_string();
    let says =
        "column \"a\" has no mean in the table that this one is read like; read that with `Missing::Mean`";
    assert!(text.ends_with(says), "{text}");
    let text = test().category("a").read().unwrap_err().to_string();
    let says = "column \"a\" has no classes in the table that this one is read like; choose it there as well";
    assert!(text.ends_with(says), "{text}");
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    let tables = [
        ("a,b\r\n1,2\r\nfour,5\r\n", 3),
        ("a,b\r1,2\rfour,5", 3),
        ("\n\na,b\n1,2\n\r\n\nfour,5\n", 7),
        ("a,b\n1,\"x\r\ny\"\r\n\r\nfour,5\n", 5),
        ("\u{feff}\"a\",b\n\"1\" ,\" \"\"x\n\"\"\"\nfour,5\n", 4),
    ];
    for (table, line) in tables {
        let text = read(table, |table| table.inputs(["a"])).unwrap_err();
        assert!(text.starts_with(&format!("line {line}, column \"a\": \"four\" is no")), "{table:?}: {text}");
    }
    let text = read("a,b\r\n1,2\r\n\r\n3\r\n", |table| table.inputs(["a"])).unwrap_err();
    assert!(text.starts_with("line 4 has 1 cells, and the header has 2; "), "{text}");
}

#[test]
fn rows_behind_a_missing_quote_are_not_lost() {
    let says = "line 3: a quoted cell begins and does not end as it must; add the missing quote, or double a quote in the cell";
    for table in [
        "a,b\n1,x\n2,\"cat\n3,dog\n",
        "a,b\n1,x\n2,\"cat\n3,\"dog\"\n4,\"cow\"\n",
        "a,b\n1,x\n2,\"cat\" \"dog\"\n",
    ] {
        assert_eq!(read(table, |table| table.inputs(["a"])).unwrap_err(), says, "{table:?}");
        assert_eq!(read(table, |table| table.inputs(["a"]).class("b")).unwrap_err(), says, "{table:?}");
    }
    let whole =
        read("a,b\n1,\"say \"\"x\"\"\" \n2,5\" pipe\n3,\"x\ny, z\"", |table| table.inputs(["a"]).class("b"));
    assert_eq!(whole.unwrap().classes["b"], ["5\" pipe", "say \"x\"", "x\ny, z"]);
}

#[test]
fn malformed_tables_name_line_and_column() {
    type Choose = fn(CsvTable<'_>) -> CsvTable<'_>;
    let a: Choose = |table| table.inputs(["a"]);
    let cases: [(&str, Choose, &str); 14] = [
        (
            "a,b\n1,2\n\"3\n\",4\nfour,5\n",
            a,
            "line 5, column \"a\": \"four\" is no finite number; correct it, or read the column as a category",
        ),
        ("a\n1,5\n", a, "line 2 has 2 cells, and the header has 1; look for a missing quote or separator"),
        (
            "a,b\n1,2\n3\n",
            a,
            "line 3 has 1 cells, and the header has 2; look for a missing quote or separator",
        ),
        (
            "a\n1\n",
            |table| table.inputs(["a"]).missing(Missing::Number(f32::NAN)),
            "makes no dataset: the number for missing values is not finite; choose another, or `Missing::Mean`",
        ),
        (
            "numbers,a\n1,2\n",
            |table| table.inputs(["a"]).category_integers("numbers"),
            "column \"numbers\" is an input of its own, and other columns make one of this name; rename it in the file",
        ),
        ("a\n1e39\n", a, "line 2, column \"a\": \"1e39\" is no finite number"),
        ("a\n-inf\n", a, "line 2, column \"a\": \"-inf\" is no finite number"),
        ("b,c\n1,2\n", a, "has no column \"a\"; it has b, c"),
        ("a,a\n1,2\n", a, "column \"a\" is there twice; give each column a name of its own"),
        ("a\n", a, "has no row to use, and 0 with missing values; give at least one whole row"),
        ("", a, "has no column \"a\"; it has "),
        (
            "a\n1\n",
            |table| table.inputs(["a"]).target("a"),
            "column \"a\" is asked for twice; choose one use of it",
        ),
        (
            "a\n1\n",
            |table| table.target("a"),
            "makes no dataset: no column is an input; choose some with `inputs` or `category`",
        ),
        (
            "a,b,c\n1,2,3\n",
            |table| table.inputs(["a"]).target("b").class("c"),
            "makes no dataset: numbers and classes are targets; choose `target` or `class`",
        ),
    ];
    for (text, choose, says) in cases {
        let found = read(text, choose).unwrap_err();
        assert!(found.starts_with(says), "{says:?} is not {found:?}");
    }
    let folder = tempdir().unwrap();
    let text = CsvTable::open(folder.path().join("none.csv")).unwrap_err().to_string();
    assert!(text.contains("none.csv cannot be read: No such file"), "{text}");
    let path = folder.path().join("latin.csv");
    fs::write(&path, b"a\n1\n\xff\n").unwrap();
    let text = CsvTable::open(&path).unwrap().inputs(["a"]).read().unwrap_err().to_string();
    assert!(text.contains("latin.csv is no table of separated values: line 3: invalid utf-8: "), "{text}");
}
