//! What docs/CONTRIBUTING.md says that a change touches is what it touches: the words of each list's example turn up in the files
//! of the list and in no others, and a list is no longer than its goal.

use std::path::Path;

/// A list of the document, and how it is counted.
struct List {
    /// The sentence in front of the list contains this.
    head: &'static str,
    /// The most files that it may name.
    most: usize,
    /// What its example is called; every file that has one of these words is in the list, and every file of the list has one.
    words: &'static [&'static str],
}

const LISTS: [List; 5] = [
    List { head: "## Add a norm", most: 12, words: &["Layer2d", "layer2d", "ln2d", "LayerNorm2d", "LAYER_2D"] },
    List { head: "An experiment of the race:", most: 2, words: &["D-amsgrad128"] },
    List { head: "A preset of the cube:", most: 1, words: &["E-figure-g"] },
    List { head: "## Add an erratum", most: 2, words: &["cancelled_bias"] },
    List { head: "## Add a message", most: 3, words: &["ToWorker::Save", "    Save {"] },
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the program and its tests that people write, by its path from the root.
fn files() -> Vec<(String, String)> {
    let mut found = vec![];
    let mut folders: Vec<_> = ["src", "www", "xtask/src", "examples", "tests"].map(|folder| root().join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            if path.is_dir() && name != "www/pkg" {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path)
                && name != "tests/structure/contributing.rs"
            {
                found.push((name, text));
            }
        }
    }
    assert!(found.len() > 300, "only {} files found", found.len());
    found
}

/// The first name in code of every numbered line of the list after `head`.
fn listed(document: &str, head: &str) -> Vec<String> {
    let (_, rest) = document.split_once(head).unwrap_or_else(|| panic!("the document has no “{head}”"));
    let numbered = |line: &&str| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    let lines = rest.lines().skip_while(|line| !numbered(line)).take_while(numbered);
    lines.map(|line| line.split('`').nth(1).expect("a line names its file").to_owned()).collect()
}

#[test]
fn a_change_touches_the_files_of_its_list() {
    let document = std::fs::read_to_string(root().join("docs/CONTRIBUTING.md")).unwrap();
    let files = files();
    let mut wrong = vec![];
    for List { head, most, words } in LISTS {
        let mut list = listed(&document, head);
        assert!(!list.is_empty(), "{head}: the list is empty");
        if list.len() > most {
            wrong.push(format!("{head}: {} files, {most} are the most", list.len()));
        }
        let is_named = |text: &str| words.iter().any(|word| text.contains(word));
        let mut named: Vec<String> =
            files.iter().filter(|(_, text)| is_named(text)).map(|(name, _)| name.clone()).collect();
        list.sort();
        named.sort();
        if list != named {
            wrong.push(format!("{head}\n  lists {list:?}\n  {words:?} are in {named:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A message that nothing sends is code that nobody runs.
#[test]
fn every_message_to_a_worker_is_sent_by_a_script() {
    let messages = std::fs::read_to_string(root().join("src/training/message.rs")).unwrap();
    let (_, rest) = messages.split_once("pub enum ToWorker {").expect("the messages to a worker are an enum");
    let (body, _) = rest.split_once("\n}").expect("the enum has an end");
    let names: Vec<String> = body
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.strip_suffix(" {"))
        .filter(|name| name.starts_with(char::is_uppercase))
        .map(|name| name[..1].to_ascii_lowercase() + &name[1..])
        .collect();
    assert!(names.len() > 8, "{names:?}");
    let scripts: Vec<String> =
        files().into_iter().filter(|(name, _)| name.starts_with("www/ui/race/")).map(|(_, text)| text).collect();
    let is_sent = |name: &&String| scripts.iter().any(|text| text.contains(&format!("{{ {name}: {{ race")));
    let unsent: Vec<&String> = names.iter().filter(|name| !is_sent(name)).collect();
    assert!(unsent.is_empty(), "nothing sends {unsent:?}");
}
