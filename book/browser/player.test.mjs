// A reader plays the book's stories in a real browser: `npm test`, after the book is built.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { isQuiet, openOnPhone, page, picture, root, written } from "./support.mjs";

const chapter = name => pathToFileURL(path.join(root, `book/html/${name}.html`)).href;
const withdrawal = chapter("withdrawal");

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

test("a schedule of a bad end is behind a step, and a link leads to the variant to be played", async () => {
    await page.goto(withdrawal);
    const briefly = page.locator("details", { has: page.locator("a[href*=briefly]") });
    assert.ok(!await briefly.locator(".trace").isVisible());
    await briefly.getByRole("link", { name: "Try to find it yourself" }).click();
    // The player hears of the new address after the click.
    const variant = player().getByLabel("variant");
    await variant.locator("option[value=lock-held-too-briefly]:checked").waitFor({ state: "attached" });
    const { y } = await player().boundingBox();
    assert.ok(y >= 0 && y < 200, `the player begins at ${y}`);
    await briefly.locator("summary").click({ position: { x: 4, y: 8 } });
    assert.match(await briefly.locator(".trace").textContent(), /is paid 800/);
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

const press = name => player().getByRole("button", { name, exact: true }).click();

test("a reader causes store buffering by two old values, and fences forbid the second", async () => {
    await page.goto(`${chapter("orderings")}#store-buffering/release-acquire/`);
    const buffering = page.locator(".player", { has: page.locator("option[value=fences]") });
    const click = name => buffering.getByRole("button", { name, exact: true }).click();
    const bothRaised = async () => { await click("Ann goes on"); await click("Ben goes on"); };
    await bothRaised();
    await click("Ann reads Ben's flag: 0 (old)");
    await click("Ben reads Ann's flag: 0 (old)");
    assert.match(await buffering.locator(".verdict").textContent(), /^Broken: both are in the room/);
    assert.match(page.url(), /#store-buffering\/release-acquire\/121b2b$/);
    await page.reload();
    assert.match(await buffering.locator(".verdict").textContent(), /^Broken/);

    await buffering.getByLabel("variant").selectOption("fences");
    await bothRaised();
    await click("Ann reads Ben's flag: 0 (old)");
    const ofBen = buffering.locator(".views tbody tr").first().locator("td").last();
    assert.match(await ofBen.textContent(), /0.*no single order of the SeqCst fences/);
    await click("Ben goes on");
    assert.match(await buffering.locator(".verdict").textContent(), /^It ends well/);
    await buffering.getByRole("button", { name: "Show me" }).click();
    assert.match(await buffering.locator(".verdict").textContent(), /all \d+ ways hold/);
    isQuiet();
});

test("a message is missed by an old value, unless its flag was acquired", async () => {
    await page.goto(written("play", "message-passing").address);
    for (const name of ["Ann goes on", "Ann goes on", "Ben reads the flag: 1"]) await press(name);
    await press("Ben reads the message: 0 (old)");
    assert.match(await verdict().textContent(), /^Broken: Ben found the flag and read 0/);

    await choose("release-acquire");
    for (const name of ["Ann goes on", "Ann goes on", "Ben reads the flag: 1"]) await press(name);
    const views = await player().locator(".views").textContent();
    assert.match(views, /has acquired the flag, which was released after the newer value/);
    await press("Ben goes on");
    assert.match(await verdict().textContent(), /^It ends well: Ben found the flag and read 42/);
    isQuiet();
});

test("old values have keys, too", async () => {
    await page.goto(written("play", "store-buffering").address);
    await goesOn("Ann").focus();
    for (const key of ["1", "2", "b", "a"]) await page.keyboard.press(key);
    assert.match(await verdict().textContent(), /^Broken: both are in the room/);
    isQuiet();
});

test("each player of a page is its own, also where the chapters are one page", async () => {
    await page.goto(`${chapter("condition")}#lost-wakeup/sleep-if/1`);
    assert.deepEqual(await player().locator(".step").count(), 1);
    assert.equal(await player().locator("select").count(), 4);
    await page.goto(chapter("print"));
    assert.equal(await player().locator("select").count(), await player().count());
    isQuiet();
});

test("a variant with too many orders says what to do", async () => {
    await page.goto(written("play", "blocked-not-deadlocked").address);
    assert.equal(await player().getByLabel("variant").inputValue(), "no-draw");
    await choose("three-closed");
    assert.match(await verdict().textContent(), /`explore blocked-not-deadlocked\/three-closed`/);
    await choose("closed");
    await goesOn("Ann").click();
    assert.match(await player().locator(".state").textContent(), /the balance: 800/);
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

for (const [colorScheme, story, way] of [
    ["light", "withdrawal", "bank-withdraw/unlocked/11211222"],
    ["dark", "withdrawal", "bank-withdraw/unlocked/11211222"],
    ["light", "orderings", "store-buffering/release-acquire/12"],
    ["dark", "orderings", "store-buffering/release-acquire/12"],
]) {
    test(`the page fits a phone, ${story}, ${colorScheme}`, async () => {
        await openOnPhone(colorScheme, `${chapter(story)}#${way}`);
        const played = page.locator(".player", { has: page.locator(".step") });
        // What a thread may read is closed at first.
        const views = played.locator(".views:not([hidden]) summary");
        if (await views.count()) await views.click();
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 390, `${width} pixels wide`);
        await picture(played, `player-${story}-${colorScheme}`);
        isQuiet();
    });
}
