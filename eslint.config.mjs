// What the scripts are linted for: names that are not declared or not used, promises that nobody waits for, files and
// functions that have grown too long. How they are laid out is prettier's.
//
// `cargo xtask lint` installs the packages below target/tools/eslint, where an import from here does not look. They have a
// TypeScript of their own: the compiler's is 7, which has no interface for other tools yet.

import { createRequire } from "node:module";

const fromTools = createRequire(new URL("target/tools/eslint/", import.meta.url));
const globals = fromTools("globals");
const { plugin, parser } = fromTools("typescript-eslint");

/** Lines, as in src/: files in all, functions without comments. */
const MOST_LINES = { file: 400, function: 60 };

const CORRECT = {
  "constructor-super": "error",
  eqeqeq: ["error", "always", { null: "ignore" }],
  "for-direction": "error",
  "getter-return": "error",
  "no-class-assign": "error",
  "no-compare-neg-zero": "error",
  "no-const-assign": "error",
  "no-constant-binary-expression": "error",
  "no-constant-condition": "error",
  "no-dupe-args": "error",
  "no-dupe-class-members": "error",
  "no-dupe-else-if": "error",
  "no-dupe-keys": "error",
  "no-duplicate-case": "error",
  "no-duplicate-imports": "error",
  "no-fallthrough": "error",
  "no-func-assign": "error",
  "no-import-assign": "error",
  "no-loss-of-precision": "error",
  "no-redeclare": "error",
  "no-self-assign": "error",
  "no-self-compare": "error",
  "no-sparse-arrays": "error",
  "no-this-before-super": "error",
  "no-undef": "error",
  "no-unreachable": "error",
  "no-unreachable-loop": "error",
  "no-unsafe-finally": "error",
  "no-unsafe-negation": "error",
  "no-unsafe-optional-chaining": "error",
  "no-unused-private-class-members": "error",
  "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
  "no-useless-backreference": "error",
  "no-var": "error",
  "prefer-const": ["error", { destructuring: "all", ignoreReadBeforeAssign: true }],
  "use-isnan": "error",
  "valid-typeof": "error",
};

const UNUSED = { args: "after-used", argsIgnorePattern: "^_", caughtErrors: "all" };

export default [
  { ignores: ["target/", "dist/", "www/pkg/", "pkg/", "**/node_modules/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { ecmaVersion: 2025, sourceType: "module" },
    rules: {
      ...CORRECT,
      "no-unused-vars": ["error", UNUSED],
      "max-lines": ["error", { max: MOST_LINES.file }],
      "max-lines-per-function": [
        "error",
        { max: MOST_LINES.function, skipComments: true, skipBlankLines: true },
      ],
    },
  },
  {
    files: ["www/**/*.js"],
    languageOptions: {
      parser,
      parserOptions: {
        project: ["www/tsconfig.json", "www/tsconfig.worker.json"],
        tsconfigRootDir: import.meta.dirname,
      },
      globals: globals.browser,
    },
    plugins: { "@typescript-eslint": plugin },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-floating-promises": "error",
      // A listener may be async where it handles what can fail: only what is asked for a value is looked at.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/no-for-in-array": "error",
    },
  },
  // Classic scripts, which run before the modules, or beside the page.
  { files: ["**/early.js", "**/start.js", "www/sw.js"], languageOptions: { sourceType: "script" } },
  {
    files: ["tests/*.mjs", "tests/consumers/node/*.js", "eslint.config.mjs"],
    languageOptions: { globals: globals.node },
  },
  { files: ["tests/consumers/*.js"], languageOptions: { globals: globals.browser } },
  // A test may be a long table of cases.
  { files: ["tests/**"], rules: { "max-lines-per-function": "off" } },
  { files: ["tests/e2e/**/*.js"], languageOptions: { globals: { ...globals.browser, ...globals.worker } } },
  // Bodies of functions that xtask hands to the browser.
  {
    files: ["xtask/src/*.js"],
    languageOptions: {
      globals: globals.browser,
      sourceType: "commonjs",
      parserOptions: { ecmaFeatures: { globalReturn: true } },
    },
  },
  // A part of a file: what uses its names is the generated glue of the package.
  { files: ["xtask/src/package_glue.js"], rules: { "no-unused-vars": "off" } },
];
