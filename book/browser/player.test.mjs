// A reader plays the book's stories in a real browser: `npm test`, after the book is built.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { isQuiet, openOnPhone, page, picture, root, written } from "./support.mjs";

const withdrawal = pathToFileURL(path.join(root, "book/html/withdrawal.html")).href;

const player = () => page.locator(".player");
const goesOn = name => player().getByRole("button", { name: `${name} goes on` });
const verdict = () => player().locator("p[aria-live]");
const choose = variant => player().getByLabel("variant").selectOption(variant);

test("a reader overdraws the account by clicks, goes back, and finds the way in the address", async () => {
    await page.goto(withdrawal);
    for (const name of ["Ann", "Ann", "Ben", "Ann", "Ann", "Ben", "Ben", "Ben"]) {
        await goesOn(name).click();
    }
    assert.match(await verdict().textContent(), /^Broken: paid 1600, balance -600/);
    assert.match(page.url(), /#bank-withdraw\/unlocked\/11211222$/);
    await page.reload();
    assert.match(await verdict().textContent(), /^Broken/);
    await player().getByRole("button", { name: "Back" }).click();
    assert.ok(await goesOn("Ben").isEnabled());
    await player().getByRole("button", { name: "Reset" }).click();
    assert.equal(await player().locator(".step").count(), 0);
    isQuiet();
});

test("no order overdraws the account that is locked", async () => {
    await page.goto(withdrawal);
    await choose("locked");
    await player().getByRole("button", { name: "Show me" }).click();
    assert.match(await verdict().textContent(), /There is none: all \d+ orders hold/);
    // A thread that waits for the lock cannot be chosen, and says what it waits for.
    await goesOn("Ann").click();
    await goesOn("Ben").click();
    assert.ok(await goesOn("Ben").isDisabled());
    assert.match(await player().locator("tfoot").textContent(), /waits for the account's lock/);
    isQuiet();
});

test("two threads that lock in opposite orders are brought to a deadlock", async () => {
    await page.goto(written("play", "ab-deadlock").address);
    await choose("opposite-order");
    await player().getByRole("button", { name: "Show me" }).click();
    assert.match(await verdict().textContent(), /^Stuck: nobody can go on/);
    isQuiet();
});

test("each player of a page is its own, also where the chapters are one page", async () => {
    const chapter = withdrawal.replace("withdrawal", "condition");
    await page.goto(`${chapter}#lost-wakeup/sleep-if/1`);
    assert.deepEqual(await player().locator(".step").count(), 1);
    assert.equal(await player().locator("select").count(), 3);
    await page.goto(withdrawal.replace("withdrawal", "print"));
    assert.equal(await player().locator("select").count(), await player().count());
    isQuiet();
});

test("the keyboard is enough", async () => {
    await page.goto(withdrawal);
    await goesOn("Ann").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("2");
    assert.equal(await player().locator(".step").count(), 2);
    await page.keyboard.press("Backspace");
    assert.equal(await player().locator(".step").count(), 1);
    isQuiet();
});

test("the largest story answers a click", async () => {
    await page.goto(written("play", "four-keys").address);
    await choose("two-keys");
    const took = await page.evaluate(() => {
        const start = performance.now();
        document.querySelector(".player button[data-thread]:not(:disabled)").click();
        return performance.now() - start;
    });
    // For those who run it by hand: a slow machine is no fault.
    console.log(`a click took ${took.toFixed(1)} ms`);
    assert.equal(await player().locator(".step").count(), 1);
    isQuiet();
});

for (const colorScheme of ["light", "dark"]) {
    test(`the page fits a phone, ${colorScheme}`, async () => {
        await openOnPhone(colorScheme, `${withdrawal}#bank-withdraw/unlocked/11211222`);
        await picture(player(), `player-${colorScheme}`);
        isQuiet();
    });
}
