// Every link of the book, in each language: `npm test`, after the books are built.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { books } from "./support.mjs";

for (const [language, html] of books) {
    test(`every link leads to a place that is there, ${language}`, () => {
        // One page holds all others again, with other addresses.
        const names = readdirSync(html).filter(name => name.endsWith(".html") && name !== "print.html");
        const texts = new Map(names.map(name => [name, readFileSync(path.join(html, name), "utf8")]));
        const ids = new Map([...texts].map(([name, text]) => [
            name, new Set([...text.matchAll(/\bid="([^"]+)"/g)].map(found => found[1])),
        ]));
        const wrong = [];
        for (const [name, text] of texts) {
            for (const [, link] of text.matchAll(/<a\b[^>]*\bhref="([^"]+)"/g)) {
                if (/^[a-z]+:/.test(link)) continue; // Leaves the book.
                const [file, place] = link.split("#");
                const page = file || name;
                // A player's own address says which story, which variant, and which steps.
                const inPlayer = place?.split("/").length === 3;
                const found = existsSync(path.join(html, page))
                    && (!place || inPlayer || !ids.has(page) || ids.get(page).has(place));
                if (!found) wrong.push(`${name}: ${link}`);
            }
        }
        assert.deepEqual(wrong, []);
    });
}
