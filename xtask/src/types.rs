//! Keeps only the types in a side's `.d.ts` that the side mentions, and checks that no name is declared twice.
//!
//! tsify writes every type of the crate into every side. Kept are functions and classes, the types that a [`Side`]
//! names, and whatever any of these mention. Types are not checked here; `tsc` does that.
//!
//! [`Side`]: crate::build::Side

use anyhow::{Context, Result, bail, ensure};
use std::collections::{HashMap, HashSet};

/// Needed by programs whose libraries lack `Symbol.dispose`, which every class has.
const DISPOSABLE: &str = "/// <reference lib=\"esnext.disposable\" />\n";

/// Words before the keyword of a declaration.
const MODIFIERS: [&str; 5] = ["export", "default", "declare", "abstract", "async"];

/// Returns the text of a `.d.ts` without the types that nothing in it refers to, plus the library that it needs.
/// `roots` are types to keep in addition to what can be called.
///
/// # Errors
/// If a name is declared twice, a root is not declared, or the text contains anything but declarations.
pub fn prune(text: &str, roots: &[&str]) -> Result<String> {
    let header: String = text.split_inclusive('\n').take_while(|line| line.starts_with("/* ")).collect();
    let declarations = declarations(&text[header.len()..])?;
    let mut by_name = HashMap::new();
    for declaration in &declarations {
        let before = by_name.insert(declaration.name, declaration);
        ensure!(before.is_none(), "{} is declared twice", declaration.name);
    }
    for root in roots {
        ensure!(by_name.contains_key(root), "{root} is not declared");
    }
    let callable = declarations.iter().filter(|declaration| declaration.kind.is_callable());
    let mut waiting: Vec<&str> = callable.map(|declaration| declaration.name).chain(roots.iter().copied()).collect();
    let mut kept = HashSet::new();
    while let Some(name) = waiting.pop() {
        // Other words are TypeScript's own, or names of the platform.
        if let Some(declaration) = by_name.get(name)
            && kept.insert(name)
        {
            waiting.extend(&declaration.mentions);
        }
    }
    let texts = declarations.iter().filter(|declaration| kept.contains(declaration.name));
    let texts: Vec<_> = texts.map(|declaration| format!("\n{}\n", declaration.text.trim())).collect();
    Ok(header + DISPOSABLE + &texts.concat())
}

/// A declaration at the top level.
struct Declaration<'a> {
    /// The text with the comments before it.
    text: &'a str,
    name: &'a str,
    kind: Kind,
    /// Words that may be names of types.
    mentions: Vec<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Function,
    Class,
    Interface,
    Type,
}

impl Kind {
    fn of(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "function" => Self::Function,
            "class" => Self::Class,
            "interface" => Self::Interface,
            "type" => Self::Type,
            _ => return None,
        })
    }

    fn is_callable(self) -> bool {
        matches!(self, Self::Function | Self::Class)
    }

    /// Whether it ends with the brace that closes its body; other declarations end with a semicolon.
    fn has_body(self) -> bool {
        matches!(self, Self::Class | Self::Interface)
    }
}

fn declarations(text: &str) -> Result<Vec<Declaration<'_>>> {
    let tokens = tokens(text);
    let mut found = vec![];
    let (mut first, mut start, mut depth) = (0, 0, 0_u32);
    for (idx, token) in tokens.iter().enumerate() {
        match token.text {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.checked_sub(1).with_context(|| format!("{} was not opened", token.text))?;
            }
            _ => {}
        }
        if depth > 0 || !matches!(token.text, "}" | ";") {
            continue;
        }
        let of_declaration = &tokens[first..=idx];
        let (kind, name) = head(of_declaration)?;
        if kind.has_body() == (token.text == "}") {
            let mentions = mentions(of_declaration);
            found.push(Declaration { text: &text[start..token.end], name, kind, mentions });
            (first, start) = (idx + 1, token.end);
        }
    }
    match tokens.get(first) {
        Some(token) => bail!("a declaration does not end: {}…", token.text),
        None => Ok(found),
    }
}

/// Returns the keyword of a declaration and its name.
fn head<'a>(tokens: &[Token<'a>]) -> Result<(Kind, &'a str)> {
    let mut words = tokens.iter().map(|token| token.text).skip_while(|word| MODIFIERS.contains(word));
    let (keyword, name) = words.next().zip(words.next()).context("an empty declaration")?;
    let kind =
        Kind::of(keyword).with_context(|| format!("not a function, class, interface or type: {keyword} {name}"))?;
    Ok((kind, name))
}

/// Returns the words of a declaration except keys (`key: …`, `key?: …`) and names after a dot.
fn mentions<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let text_at = |idx: usize| tokens.get(idx).map_or("", |token| token.text);
    let is_key = |idx: usize| text_at(idx + 1) == ":" || (text_at(idx + 1) == "?" && text_at(idx + 2) == ":");
    let is_member = |idx: usize| idx > 0 && text_at(idx - 1) == ".";
    let words = tokens.iter().enumerate().filter(|(_, token)| token.is_word());
    words.filter(|&(idx, _)| !is_key(idx) && !is_member(idx)).map(|(_, token)| token.text).collect()
}

/// A word, a string, or a sign.
struct Token<'a> {
    text: &'a str,
    /// The byte after it.
    end: usize,
}

impl Token<'_> {
    fn is_word(&self) -> bool {
        self.text.starts_with(is_word_char)
    }
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Returns the tokens of a text, without its comments.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = vec![];
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let through =
            |after: usize, end: &str| rest[after..].find(end).map_or(rest.len(), |len| after + len + end.len());
        let (len, counts) = match c {
            _ if rest.starts_with("/*") => (through(2, "*/"), false),
            _ if rest.starts_with("//") => (through(2, "\n"), false),
            // No name or key in our `.d.ts` files contains a quotation mark.
            '"' | '\'' | '`' => (through(1, &rest[..1]), true),
            _ if is_word_char(c) => (rest.find(|c| !is_word_char(c)).unwrap_or(rest.len()), true),
            _ => (c.len_utf8(), !c.is_whitespace()),
        };
        at += len;
        if counts {
            tokens.push(Token { text: &rest[..len], end: at });
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::{DISPOSABLE, prune};
    use anyhow::Result;

    const SIDE: &str = r#"/* tslint:disable */

/** Nothing leads here. */
export interface Lone { used: Used }

/** A `Lone` one; "quoted. */
export type Used = { kind: "Lone;" | "b" } | Deep[];

export interface Deep { at: [n: number, Kept?: number]; Lone?: string }

export type Kept = WebAssembly.Error;

export interface Error { code: Code }

export type Code = "a" | "b";

export class Cube {
    free(): void;
    [Symbol.dispose](): void;
    show(at: Used | undefined): Promise<void>; // Lone
}

export default function init(input?: string): Promise<Cube>;
"#;

    #[test]
    fn what_a_function_or_a_root_leads_to_is_kept_as_it_was() -> Result<()> {
        let pruned = prune(SIDE, &["Error"])?;
        let expected = SIDE
            .replace("/** Nothing leads here. */\nexport interface Lone { used: Used }\n\n", "")
            .replace("export type Kept = WebAssembly.Error;\n\n", "")
            .replace("disable */\n", &format!("disable */\n{DISPOSABLE}"));
        assert_eq!(pruned, expected);
        assert!(!prune(SIDE, &[])?.contains("Code"), "a root that is not asked for was kept");
        Ok(())
    }

    #[test]
    fn what_is_declared_twice_missing_or_unreadable_is_refused() {
        let cases = [
            ("export class Run {}\nexport interface Run {}", "Run is declared twice"),
            ("export type A = 1;\nexport type A = 2;", "A is declared twice"),
            ("export type A = 1;", "B is not declared"),
            ("export type B = { a: 1 }", "a declaration does not end: export…"),
            ("export type B = 1;\n}", "} was not opened"),
            ("export namespace B {}", "not a function, class, interface or type: namespace B"),
        ];
        for (text, expected) in cases {
            let refusal = prune(text, &["B"]).expect_err(text).to_string();
            assert_eq!(refusal, expected, "{text}");
        }
    }
}
