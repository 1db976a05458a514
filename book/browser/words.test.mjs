// What the command itself says on a page of the book is in the book's language: `npm test`, after the books are
// built.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { books, isQuiet, openOnPhone, page, picture } from "./support.mjs";

const html = new Map(books).get("zh-CN");
// One page holds all others again, and one is shown for a page that is not there.
const others = ["404.html", "print.html"];
const files = readdirSync(html).filter(name => name.endsWith(".html") && !others.includes(name));
const address = name => pathToFileURL(path.join(html, name)).href;
const withPlayers = files.filter(name => readFileSync(path.join(html, name), "utf8").includes('class="player"'));

/** What the page in view says without a Chinese character, of what is not the stories' own. */
const inEnglish = () => page.evaluate(() => {
    const english = new Set();
    const look = text => !text.trim() || /\p{Script=Han}/u.test(text) || english.add(text);
    for (const summary of document.querySelectorAll("main summary")) look(summary.textContent);

    const ours = ".tools button, tfoot button, tfoot small, .views p, .views s + small, .verdict";
    const lookAt = player => {
        for (const one of player.querySelectorAll(ours)) look(one.textContent);
        for (const one of player.querySelectorAll("select, .state")) look(one.getAttribute("aria-label"));
    };
    for (const player of document.querySelectorAll(".player")) {
        const { variants } = JSON.parse(player.querySelector("script").textContent);
        const picker = player.querySelector("select");
        for (const { name, about } of variants) {
            picker.value = name;
            picker.dispatchEvent(new Event("change"));
            const told = player.querySelector("p.about").textContent.slice(about.length + 1);
            told.split(/(?<=[.。])/).forEach(look);
            const verdict = () => player.querySelector("p[aria-live]").textContent;
            look(verdict());
            lookAt(player);
            player.querySelector(".show-bad")?.click();
            look(verdict());
            lookAt(player);
            // To an end, by the first turn that there is.
            for (let next; next = player.querySelector("button[data-thread]:not(:disabled)");) {
                next.click();
                lookAt(player);
            }
            look(verdict());
        }

        // Every place that there is, without going there.
        for (const variant of variants) {
            unpack(variant);
            const found = new Set();
            for (const { threads, turns, end, views } of variant.places) {
                for (const { says } of threads) if (says) found.add(says);
                for (const { reads } of turns.filter(turn => turn.reads)) {
                    found.add(reads);
                    const old = reads.match(/\S+ \(old\)/);
                    if (old) found.add(old[0]);
                }
                for (const { out } of views.flatMap(of => [...of.values()]).flat()) if (out) found.add(out);
                if (end?.kind === "stuck") found.add(end.text);
                for (const { text } of turns) if (/^(goes on|comes back)/.test(text)) found.add(text);
            }
            for (const text of found) look(say(text));
        }
    }
    return [...english];
});

test("a page in Chinese says nothing in English but what stories and programs say", async () => {
    assert.ok(withPlayers.length > 10, `${withPlayers.length} pages with players`);
    const wrong = {};
    for (const name of files) {
        await page.goto(address(name));
        const found = await inEnglish();
        if (found.length) wrong[name] = found;
    }
    assert.deepEqual(wrong, {});
    isQuiet();
});

test("a way to a bad end asks in Chinese to find it first, and leads to the player", async () => {
    await page.goto(address("withdrawal.html"));
    const step = page.locator("details", { has: page.locator("a[href*=briefly]") });
    assert.match(await step.locator("summary").textContent(), /^到这个结局的一条路。先自己找找看。$/);
    await step.getByRole("link").click();
    // The player hears of the new address after the click.
    const picked = page.getByLabel("变体").locator("option[value=lock-held-too-briefly]:checked");
    await picked.waitFor({ state: "attached" });
    isQuiet();
});

for (const colorScheme of ["light", "dark"]) {
    test(`a player in Chinese fits a phone, ${colorScheme}`, async () => {
        await openOnPhone(colorScheme, `${address("orderings.html")}#store-buffering/release-acquire/12`);
        const played = page.locator(".player", { has: page.locator(".step") });
        await played.locator(".views summary").click();
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 390, `${width} pixels wide`);
        assert.match(await played.textContent(), /Ann 读到 Ben's flag: 0（旧）/);
        await picture(played, `player-zh-CN-${colorScheme}`);
        isQuiet();
    });
}
