//! What Python demands, and the tests here that demand the same.

use listings::book;
use std::fs;

/// Whether a file of this name has this test, natively or in the model.
fn exists(file: &str, test: &str) -> bool {
    let function = format!("fn {test}(");
    ["primitives", "loom-tests"].into_iter().any(|package| {
        let path = book().join(format!("../{package}/tests/{file}.rs"));
        fs::read_to_string(path).is_ok_and(|source| source.contains(&function))
    })
}

#[test]
fn every_demand_of_python_has_a_test_that_exists_or_differs_on_purpose() {
    let page = fs::read_to_string(book().join("src/cpython.md")).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.contains("| here |"));
    let mut demands = 0;
    for row in rows {
        let here = row.split(" | ").nth(1).expect("two columns");
        let tests: Vec<&str> = here.split('`').filter(|word| word.contains("::")).collect();
        assert!(!tests.is_empty() || here.starts_with("differs: "), "nothing is named: {row}");
        for test in tests {
            let (file, name) = test.split_once("::").expect("file::test");
            assert!(exists(file, name), "there is no test {test}");
        }
        demands += 1;
    }
    assert!(demands > 50, "the page has only {demands} rows");
}
