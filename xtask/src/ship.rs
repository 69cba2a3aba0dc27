//! What a browser receives of our scripts: the modules as they are written, without their comments, which are a quarter of
//! their gzipped size. `dist/` holds them so, the servers of `play` and of the tests send them so, and `size` weighs them so.

use anyhow::{Result, ensure};
use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions, IndentChar};
use oxc_parser::Parser;
use oxc_span::SourceType;
use std::path::Path;

/// The bytes of a file of the page as they are shipped.
pub fn shipped(file: &Path, bytes: Vec<u8>) -> Result<Vec<u8>> {
    if file.extension().is_some_and(|extension| extension == "js") {
        return without_comments(file, &String::from_utf8(bytes)?).map(String::into_bytes);
    }
    Ok(bytes)
}

fn without_comments(file: &Path, script: &str) -> Result<String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, script, SourceType::mjs()).parse();
    ensure!(parsed.diagnostics.is_empty(), "{}: {}", file.display(), parsed.diagnostics[0]);
    let options = CodegenOptions {
        comments: CommentOptions::disabled(),
        indent_char: IndentChar::Space,
        indent_width: 0,
        ..CodegenOptions::default()
    };
    Ok(Codegen::new().with_options(options).build(&parsed.program).code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_go() {
        let script = "// A comment.\nimport a from \"./a.js\";\n/** Doc. */\nexport const s = \"// kept\", r = /\\/\\*x*/g, t = `/* kept ${a /* gone */} */`;\n";
        let shipped = without_comments(Path::new("a.js"), script).expect("it parses");
        assert!(!shipped.contains("comment") && !shipped.contains("Doc") && !shipped.contains("gone"), "{shipped}");
        for kept in ["\"./a.js\"", "\"// kept\"", "/\\/\\*x*/g", "/* kept ${a} */"] {
            assert!(shipped.contains(kept), "{kept} is missing in {shipped}");
        }
    }

    #[test]
    fn what_is_no_script_is_named() {
        let error = without_comments(Path::new("broken.js"), "export const = 1;").expect_err("it does not parse");
        assert!(error.to_string().starts_with("broken.js: "), "{error}");
    }

    #[test]
    fn other_files_stay_as_they_are() {
        let bytes = b"/* style */ a { }".to_vec();
        assert_eq!(shipped(Path::new("a.css"), bytes.clone()).expect("it is passed on"), bytes);
    }
}
