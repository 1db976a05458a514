// What the page says, in its language. English is the text itself. A page in another language has a table: a
// text, and the same in that language. In both, `{}` stands for words of the story, and `{…}` for such a text
// again, or a list of them.
function say(text) {
    const before = english => english.split("{")[0].length;
    say.table ??= Object.entries(globalThis.bookWords ?? {})
        // The more particular goes first: "waits for {…}" before "{} waits for {…}", and before both
        // "waits for {…}, or comes back".
        .sort(([one], [other]) => before(other) - before(one) || other.length - one.length)
        .map(([english, said]) => {
            const parts = english.split(/\{…?\}/).map(part => part.replace(/[.*+?^$()[\]|\\]/g, "\\$&"));
            return [new RegExp(`^${parts.join("(.+?)")}$`), said];
        });
    for (const [pattern, said] of say.table) {
        const found = pattern.exec(text);
        if (!found) continue;
        const inside = found.slice(1);
        return said.replace(/\{…?\}/g, place => place === "{}" ? inside.shift() : sayAll(inside.shift()));
    }
    return text;
}

function sayAll(text) {
    const whole = say(text);
    return whole === text ? text.split(", ").map(say).join(", ") : whole;
}

// A step is told in the story's words, or in one of these texts.
function sayStep(text) {
    return globalThis.bookWords?.[text] ?? text;
}
