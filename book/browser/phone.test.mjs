// Every page of the book on a phone, light and dark: `npm test`, after the book is built.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { books, isQuiet, openOnPhone, page, picture, root } from "./support.mjs";

const summary = readFileSync(path.join(root, "book/src/SUMMARY.md"), "utf8");
const pages = [...summary.matchAll(/\((\w[\w-]*)\.md\)/g)].map(found => `${found[1]}.html`);

/** What sticks out of the page in view, and its pictures. */
const looked = () => page.evaluate(() => {
    const [wrong, pictures] = [[], []];
    const screen = document.documentElement.clientWidth;
    for (const step of document.querySelectorAll("details")) step.open = true;
    for (const trace of document.querySelectorAll(".trace")) {
        const heads = [...trace.querySelectorAll("th")];
        const text = trace.textContent.slice(0, 40);
        const sticksOut = heads.some(head => head.getBoundingClientRect().right > screen);
        if (sticksOut) wrong.push(`a thread of ${text} is out of view`);
        const narrow = heads.slice(1).some(head => head.clientWidth < 60);
        if (narrow) wrong.push(`a thread of ${text} has no room`);
    }
    for (const image of document.querySelectorAll("main img")) {
        const box = image.getBoundingClientRect();
        if (!box.width) continue; // In the part for the other colour.
        pictures.push({ source: image.src, alt: image.alt, scale: box.width / image.naturalWidth });
    }
    for (const scrolled of document.querySelectorAll(".table-wrapper, main p:has(> img), main pre, main pre > code")) {
        if (scrolled.scrollWidth <= scrolled.clientWidth) continue;
        const style = getComputedStyle(scrolled);
        const hint = style.overflowX === "auto" && style.backgroundAttachment.includes("local");
        if (!hint) wrong.push(`nothing says that ${scrolled.textContent.slice(0, 40)} goes on`);
    }
    const width = document.documentElement.scrollWidth;
    if (width > screen) wrong.push(`with all steps open the page is ${width} pixels wide`);
    return { wrong, pictures };
});

/** How high the smallest letters of a picture are, in its own measure. */
function smallest(source) {
    const inText = source.startsWith("data:");
    const svg = inText ? decodeURIComponent(source) : readFileSync(fileURLToPath(source), "utf8");
    const sizes = [...svg.matchAll(/font(?:-size)?(?:: |=")(\d+)/g)].map(found => Number(found[1]));
    return Math.min(...sizes);
}

/** What of the page in view cannot be read. */
async function complaints() {
    const { wrong, pictures } = await looked();
    for (const { source, alt, scale } of pictures) {
        const letters = smallest(source) * scale;
        if (!(letters >= 11)) wrong.push(`${alt}: letters of ${letters} pixels`);
    }
    return wrong;
}

for (const [language, html] of books) {
    test(`all pages of the book are looked at, ${language}`, () => {
        const built = readdirSync(html).filter(name => name.endsWith(".html"));
        const others = ["404.html", "index.html", "print.html", "toc.html"];
        assert.deepEqual(built.filter(name => !others.includes(name)).sort(), [...pages].sort());
    });

    for (const colorScheme of ["light", "dark"]) {
        test(`every page fits a phone and can be read there, ${language}, ${colorScheme}`, async () => {
            const wrong = {};
            for (const name of pages) {
                await openOnPhone(colorScheme, pathToFileURL(path.join(html, name)).href);
                const found = await complaints();
                if (found.length) wrong[name] = found;
            }
            assert.deepEqual(wrong, {});
            await picture(page, `phone-${language}-${colorScheme}`);
            isQuiet();
        });
    }
}
