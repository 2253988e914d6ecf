import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { en, fr } from "./texts.mjs";

const root = new URL("../../static/", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const scripts = readdirSync(new URL("js/", root), { recursive: true }).filter((path) => path.endsWith(".js"));
const own = readdirSync(new URL("pages/", root)).map((name) => `pages/${name}`);
const pages = ["shell.html", "parts/alerts.html", "parts/open.html", "parts/account.html", "parts/provider.html", ...own];

test("each page has its own title, script and main, and no more of what all share", () => {
  for (const page of own) {
    const [head, body] = read(page).split("<body>\n");
    for (const tag of ["<title>", '<script type="module"', '<link rel="stylesheet"']) assert.ok(head.includes(tag), `${page}: ${tag}`);
    assert.match(body, /^<main /, page);
    assert.doesNotMatch(head + body, /<header class="app-header"|early-preferences|tokens\.css/, page);
  }
});

test("the words written in the pages are those of the French messages", () => {
  for (const page of pages) {
    for (const [, key, text] of read(page).matchAll(/data-i18n="([^"]+)"[^>]*>([^<]*)</g)) {
      assert.equal(text, fr[key], `${page}: ${key}`);
    }
  }
});

test("every message that a module names exists", () => {
  for (const file of scripts) {
    for (const [, key] of read(`js/${file}`).matchAll(/\bt\("([^"]+)"/g)) assert.ok(key in fr, `${file}: ${key}`);
  }
});

test("every error code of the server has words in both languages", () => {
  const table = read("../src/http/error.rs").match(/const fn code\(&self\)[^]*?\n    }\n/)[0];
  const codes = [...table.matchAll(/=> "(\w+)"/g)].map(([, code]) => code);
  assert.ok(codes.length >= 17, `${codes}`);
  for (const code of codes) for (const texts of [fr, en]) assert.ok(texts[`error.${code}`], code);
});

test("the pages hold no inline script, style or handler and load nothing from elsewhere", () => {
  for (const page of pages) {
    const html = read(page);
    assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i, page);
    assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//i, page);
  }
});

test("every name that a module imports is one that the other exports", () => {
  const exported = (text) => {
    const named = [...text.matchAll(/^export (?:async function|function|class|const) (\w+)/gm)].map(([, name]) => name);
    const listed = [...text.matchAll(/^export \{([^}]*)\};/gm)].flatMap(([, list]) => list.split(",").map((item) => item.trim().split(" as ").at(-1)));
    return new Set([...named, ...listed]);
  };
  for (const file of scripts) {
    for (const [, list, path] of read(`js/${file}`).matchAll(/^import \{([^}]*)\} from "(\.[^"]+)";/gm)) {
      const names = exported(readFileSync(new URL(path, new URL(`js/${file}`, root)), "utf8"));
      for (const name of list.split(",").map((item) => item.trim().split(" as ")[0])) {
        assert.ok(name === "" || names.has(name), `${file}: ${path} exports no ${name}`);
      }
    }
  }
});

test("every file that the pages and the modules refer to is there", () => {
  for (const page of pages) {
    for (const [, path] of read(page).matchAll(/(?:src|href)="\/static\/([^"]+)"/g)) read(path);
  }
  for (const file of scripts) {
    for (const [, path] of read(`js/${file}`).matchAll(/from "(\.[^"]+)"/g)) {
      readFileSync(new URL(path, new URL(`js/${file}`, root)));
    }
  }
});
