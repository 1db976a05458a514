// What tests in a browser share: pages that the command writes, and a page that must be quiet.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

export const root = fileURLToPath(new URL("../..", import.meta.url));
/** The book in each language, and where it is built. */
export const books = [
    ["en", path.join(root, "book/html")],
    ["zh-CN", path.join(root, "book/html/zh-CN")],
];
export const folder = mkdtempSync(path.join(tmpdir(), "browser-"));

/** What the command answers. */
export function answer(...args) {
    return execFileSync("cargo", ["run", "--quiet", "-p", "interleave", "--", ...args], { cwd: root });
}

/** The page that the command writes, by `play` or `explore`, and its file. */
export function written(command, story, ...options) {
    const file = path.join(folder, `${command}-${story.replace("/", "-")}.html`);
    answer(command, story, "--html", file, ...options);
    return { file, address: pathToFileURL(file).href };
}

let browser;
let complaints;
export let page;
before(async () => {
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser.close());
beforeEach(async () => {
    await page?.close();
    page = await browser.newPage();
    complaints = [];
    page.on("pageerror", error => complaints.push(String(error)));
    page.on("console", message => message.type() === "error" && complaints.push(message.text()));
    page.on("request", request => {
        if (!/^(file|data|blob):/.test(request.url())) complaints.push(request.url());
    });
});

/** Nothing went wrong meanwhile, and nothing has left the machine. */
export const isQuiet = () => assert.deepEqual(complaints, []);

/** Opens the address on a phone: nothing sticks out. */
export async function openOnPhone(colorScheme, address) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(address);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${width} pixels wide`);
}

/** A picture for those who look at it. */
export async function picture(of, name) {
    const file = path.join(folder, `${name}.png`);
    await of.screenshot({ path: file });
    console.log(file);
}
