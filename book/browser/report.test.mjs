// A reader looks through the report of an exploration in a real browser.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { answer, isQuiet, openOnPhone, page, picture, written } from "./support.mjs";

const bank = written("explore", "bank-withdraw");
const deadlock = written("explore", "ab-deadlock/ring");
// The variant with the most orders.
const rounds = written("explore", "rounds/counted");

const variant = name => page.locator(`#${name}`);
const filter = within => within.getByLabel("Outcome");
const rows = within => within.locator(".orders tbody tr:not(.picture)");
const status = within => within.locator("p[aria-live]").textContent();
/** The steps of the rows that are shown, each row as one text. */
const told = within => rows(within).evaluateAll(all =>
    all.map(row => [...row.querySelectorAll(".steps span")].map(one => one.textContent).join(", ")));

test("each variant has its facts, and each outcome its count, its lanes and its command", async () => {
    await page.goto(bank.address);
    const unlocked = variant("unlocked");
    assert.match(await unlocked.locator("dl").textContent(), /executions6searchexhaustive/);
    assert.equal(await unlocked.locator("article").count(), 3);
    const overdrawn = unlocked.locator("article", { hasText: "Broken: paid 1600, balance -600" });
    assert.match(await overdrawn.textContent(),
        /2 of 6 executions end so.*interleave explore bank-withdraw\/unlocked --replay a2b1c4b3a1/);
    assert.equal(await overdrawn.locator("svg rect").count(), 8);
    assert.equal(await overdrawn.locator("svg .arrow").count(), 0);
    isQuiet();
});

test("the step after which no order ends well is marked, and read to those who see no mark", async () => {
    await page.goto(bank.address);
    const [bad, good] = ["Broken: paid 1600, balance 200", "It ends well"].map(
        text => variant("unlocked").locator("article", { hasText: text }));
    assert.equal(await bad.locator("svg .marked").textContent(), "sees 1000");
    assert.match(await bad.locator(".told").textContent(), /Ben sees 1000. After this step no order ends well\.Ben is paid/);
    assert.equal(await good.locator("svg .marked").count(), 0);
    await filter(variant("unlocked")).selectOption("0");
    await rows(variant("unlocked")).first().getByRole("button").click();
    assert.equal(await variant("unlocked").locator(".picture svg .marked").count(), 1);
    isQuiet();
});

test("an arrow leads from the unlock to the lock after it, and is read to those who see none", async () => {
    await page.goto(bank.address);
    const lanes = variant("locked").locator("article .lanes");
    assert.equal(await lanes.locator("svg .arrow").count(), 1);
    assert.deepEqual(await lanes.locator(".told li").allTextContents(), [
        "Ann has the lock, sees 1000", "Ann is paid 800, leaves 200",
        "Ben has the lock, sees 200, after step 2", "Ben is refused",
    ]);
    isQuiet();
});

test("where nobody can go on there is a picture of which thread waits for which", async () => {
    await page.goto(deadlock.address);
    const stuck = variant("ring").locator("article", { hasText: "Stuck" });
    assert.match(await stuck.textContent(), /A to B waits for lock B \(scenarios\/src\/ab_deadlock.rs:\d+\)/);
    assert.equal(await stuck.locator(".lanes .waits").count(), 3);
    // Three threads and three locks, and the card.
    assert.equal(await stuck.locator("svg.wait-for rect").count(), 7);
    assert.match(await stuck.locator("svg.wait-for desc").textContent(), /A to B holds lock A and waits for lock B/);
    assert.equal(await variant("ring").locator("svg.wait-for").count(), 1);
    isQuiet();
});

test("the orders are filtered by outcome, and each is there once", async () => {
    await page.goto(bank.address);
    const unlocked = variant("unlocked");
    assert.equal(await status(unlocked), "1 to 50 of 146");
    const [all, ...endings] = await filter(unlocked).locator("option").allTextContents();
    assert.equal(all, "all outcomes (146)");
    const seen = new Set();
    for (const [number, ending] of endings.entries()) {
        await filter(unlocked).selectOption(String(number));
        const [, kind, , count] = ending.match(/^(\w+): (.*) \((\d+)\)$/);
        assert.match(await status(unlocked), new RegExp(`of ${count}$`));
        for (;;) {
            for (const one of await told(unlocked)) seen.add(`${ending}: ${one}`);
            assert.deepEqual([...new Set(await rows(unlocked).locator("td").evaluateAll(
                cells => cells.filter(cell => cell.title).map(cell => cell.className)))], [kind]);
            const next = unlocked.getByRole("button", { name: "Next" });
            if (await next.getAttribute("aria-disabled") === "true") break;
            await next.click();
        }
    }
    assert.equal(seen.size, 146);
    isQuiet();
});

test("an order opens as lanes, with the command that runs it again, and closes again", async () => {
    await page.goto(bank.address);
    const locked = variant("locked");
    const button = rows(locked).first().getByRole("button");
    await button.click();
    assert.equal(await button.getAttribute("aria-expanded"), "true");
    const lanes = locked.locator(".orders .picture .lanes");
    const list = await lanes.locator(".told li").allTextContents();
    assert.equal(list.map(one => one.replace(/, after step .*/, "")).join(", "), (await told(locked))[0]);
    assert.equal(await lanes.locator("svg .arrow").count(), 1);
    const command = await locked.locator(".orders .picture code").textContent();
    const again = JSON.parse(answer(...command.split(" ").slice(1), "--json"));
    assert.equal(again.steps.map(step => `${step.thread} ${step.text}`).join(", "), (await told(locked))[0]);
    await button.click();
    assert.equal(await lanes.count(), 0);
    isQuiet();
});

test("the keyboard is enough", async () => {
    await page.goto(bank.address);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.match(page.url(), /#unlocked$/);
    const unlocked = variant("unlocked");
    const focused = () => page.evaluate(() => {
        const at = document.activeElement;
        return `${at.tagName} ${at.getAttribute("aria-label") ?? at.textContent}`;
    });
    const tabTo = async wanted => {
        for (let left = 40; left > 0; left -= 1) {
            await page.keyboard.press("Tab");
            if (wanted.test(await focused())) return;
        }
        assert.fail(`no way to ${wanted}`);
    };
    // Each of the three outcomes can be scrolled.
    for (const _ of [1, 2, 3]) await tabTo(/^DIV the shortest trace/);
    await tabTo(/^SELECT/);
    await page.keyboard.press("ArrowDown");
    assert.doesNotMatch(await status(unlocked), /of 146$/);
    await tabTo(/^BUTTON Next/);
    await page.keyboard.press("Enter");
    assert.match(await status(unlocked), /^51 to/);
    await page.keyboard.press("Enter");
    await tabTo(/^DIV orders of steps of unlocked/);
    await tabTo(/^BUTTON \d+/);
    await page.keyboard.press("Enter");
    assert.equal(await unlocked.locator(".orders .picture svg").count(), 1);
    isQuiet();
});

test("tens of thousands of orders are quick, in a page of less than 300 kilobytes", async () => {
    assert.ok(statSync(rounds.file).size < 300_000, `${statSync(rounds.file).size} bytes`);
    await page.goto(rounds.address);
    const counted = variant("counted");
    assert.match(await counted.textContent(), /32,100 orders of steps: all there are/);
    assert.equal(await status(counted), "1 to 50 of 32,100");
    const took = await page.evaluate(() => {
        const start = performance.now();
        const filter = document.querySelector("#counted select");
        filter.value = "0";
        filter.dispatchEvent(new Event("change"));
        [...document.querySelectorAll("#counted button")].find(one => one.textContent === "Last").click();
        document.querySelector("#counted .orders tbody button").click();
        return performance.now() - start;
    });
    // For those who run it by hand: a slow machine is no fault.
    console.log(`to filter, to go to the end and to open an order took ${took.toFixed(1)} ms`);
    assert.equal(await counted.locator(".orders .picture svg").count(), 1);
    isQuiet();
});

for (const colorScheme of ["light", "dark"]) {
    test(`the page fits a phone, ${colorScheme}`, async () => {
        await openOnPhone(colorScheme, `${bank.address}#locked`);
        await rows(variant("locked")).first().getByRole("button").click();
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 390, `${width} pixels wide`);
        await picture(variant("locked"), `report-${colorScheme}`);
        isQuiet();
    });
}
