// A story that the reader plays. The data is beside it, as the model has found it: places, and from
// each place the turns that threads can have.
// A page of several chapters has this script more than once.
for (const section of document.querySelectorAll(".player:not([data-ready])")) {
    section.dataset.ready = "";
    const story = JSON.parse(section.querySelector("script").textContent);
    story.variants.forEach(unpack);
    play(section, story);
}

// A text stands in the data once, and is called by its number; nothing is -1.
function unpack(variant) {
    const text = number => variant.texts[number];
    variant.places = variant.places.map(([threads, turns, shown, end]) => ({
        threads: threads.map(([says, line]) => ({ says: text(says), line: variant.lines[line] })),
        turns: turns.map(([thread, does, to]) => ({ thread, text: text(does), to })),
        shown: shown.map(([what, value]) => [text(what), text(value)]),
        end: end && { kind: text(end[0]), text: text(end[1]) },
    }));
}

function play(section, story) {
    const colour = thread => `--thread: var(--t${thread % 5})`;

    let variant = story.variants[0];
    // The threads that have had their turns.
    let way = [];

    const placeAfter = turns => turns.reduce((place, thread) => {
        const turn = place.turns.find(turn => turn.thread === thread);
        return variant.places[turn.to];
    }, variant.places[0]);

    // A schedule can be shared: it is in the address.
    const address = () => `#${story.story}/${variant.name}/${way.join("")}`;
    const readAddress = () => {
        const [name, wanted, turns = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
        const found = story.variants.find(one => one.name === wanted);
        if (name !== story.story || !found) return;
        variant = found;
        way = [];
        for (const thread of [...turns].map(Number)) {
            const place = variant.places.length && placeAfter(way);
            if (!place || !place.turns.some(turn => turn.thread === thread)) break;
            way.push(thread);
        }
    };

    const goTo = turns => {
        way = turns;
        history.replaceState(null, "", address());
        show();
    };
    const choose = thread => {
        const can = placeAfter(way).turns.some(turn => turn.thread === thread);
        if (can) goTo([...way, thread]);
    };

    // The fewest turns to a bad end from the start.
    const badWay = () => {
        const from = new Map([[0, null]]);
        const left = [0];
        for (const number of left) {
            const place = variant.places[number];
            if (place.end && place.end.kind !== "holds") {
                const turns = [];
                for (let at = from.get(number); at; at = from.get(at[0])) turns.unshift(at[1]);
                return turns;
            }
            for (const turn of place.turns) {
                if (from.has(turn.to)) continue;
                from.set(turn.to, [number, turn.thread]);
                left.push(turn.to);
            }
        }
        return null;
    };

    const intro = make("p", { class: "about" });
    const picker = make("select", {
        "aria-label": "variant",
        onchange: () => {
            variant = story.variants.find(one => one.name === picker.value);
            goTo([]);
        },
    }, ...story.variants.map(one => make("option", { value: one.name }, one.name)));
    const lanes = make("div", { class: "lanes" });
    const state = make("ul", { class: "state", "aria-label": "what the threads share" });
    // Screen readers say what has changed here.
    const verdict = make("p", { "aria-live": "polite" });
    const tools = make("div", { class: "tools" });
    const code = make("div", { class: "code" });
    section.append(picker, intro, lanes, verdict, state, tools, code);
    section.addEventListener("keydown", event => {
        if (event.target === picker || event.ctrlKey || event.altKey || event.metaKey) return;
        if (/^[1-9]$/.test(event.key)) {
            const lane = shownThreads()[Number(event.key) - 1];
            if (lane !== undefined && variant.places.length) choose(lane);
        } else if (event.key === "Backspace" && way.length) goTo(way.slice(0, -1));
    });

    // The main thread has a lane only if it ever has a turn.
    const shownThreads = () => {
        const active = new Set(variant.places.flatMap(place => place.turns.map(one => one.thread)));
        return variant.threads.map((_, thread) => thread).filter(thread => active.has(thread));
    };

    function show() {
        const focused = section.contains(document.activeElement)
            && document.activeElement.dataset.thread;
        picker.value = variant.name;
        const count = variant.orders.replace(/\B(?=(\d{3})+$)/g, ",");
        intro.replaceChildren(variant.about + ". "
            + (variant.places.length ? `It can be played in ${count} orders.` : ""));
        for (const part of [lanes, state, tools, code]) part.replaceChildren();
        verdict.className = "";
        if (!variant.places.length) {
            verdict.textContent = "It has too many orders for this page.";
            return;
        }
        const place = placeAfter(way);
        showLanes(place);
        showVerdict(place);
        for (const [what, value] of place.shown) {
            state.append(make("li", {}, `${what}: `, make("b", {}, value)));
        }
        const bad = badWay();
        const none = variant.goes_wrong_unseen
            ? "No order of these steps goes wrong. It goes wrong when a thread reads an old value, or is"
                + " overtaken in the midst of a step: the command `explore` shows how."
            : `There is none: all ${count} orders hold.`;
        tools.append(
            make("button", { disabled: !way.length, onclick: () => goTo(way.slice(0, -1)) }, "Back"),
            make("button", { disabled: !way.length, onclick: () => goTo([]) }, "Reset"),
            make("button", {
                class: "show-bad",
                onclick: () => {
                    if (bad) return goTo(bad);
                    verdict.className = "verdict holds";
                    verdict.textContent = none;
                },
            }, "Show me a schedule that breaks it"),
        );
        showCode(place);
        if (focused) {
            const same = section.querySelector(`button[data-thread="${focused}"]`);
            const next = same && !same.disabled ? same
                : section.querySelector("button[data-thread]:not(:disabled)") || tools.firstChild;
            next.focus();
        }
    }

    function showLanes(place) {
        const threads = shownThreads();
        const body = make("tbody");
        let at = variant.places[0];
        for (const thread of way) {
            const turn = at.turns.find(turn => turn.thread === thread);
            body.append(make("tr", {}, ...threads.map(lane => lane === thread
                ? make("td", {}, make("div", { class: "step", style: colour(thread) }, turn.text))
                : make("td"))));
            at = variant.places[turn.to];
        }
        const foot = make("tr", {}, ...threads.map((thread, number) => {
            const can = place.turns.some(turn => turn.thread === thread);
            const standing = place.threads[thread] || { says: "has not been started" };
            const button = make("button", {
                "data-thread": String(thread),
                style: colour(thread),
                disabled: !can,
                onclick: () => choose(thread),
            }, `${variant.threads[thread]} goes on`);
            return make("td", {}, button, make("small", {}, standing.says || `key ${number + 1}`));
        }));
        lanes.append(make("table", {},
            make("thead", {}, make("tr", {},
                ...threads.map(thread => make("th", { scope: "col" }, variant.threads[thread])))),
            body, make("tfoot", {}, foot)));
    }

    function showVerdict(place) {
        const last = way.length ? placeAfter(way.slice(0, -1)) : null;
        const turn = last && last.turns.find(turn => turn.thread === way[way.length - 1]);
        verdict.textContent = turn ? `${variant.threads[turn.thread]} ${turn.text}.` : "Whose turn is it?";
        if (!place.end) return;
        const { kind, text } = place.end;
        const words = { holds: "It ends well", breaks: "Broken", stuck: "Stuck", panic: "A panic" };
        verdict.className = kind === "holds" ? "verdict holds" : "verdict bad";
        verdict.textContent = `${words[kind]}: ${text}`;
    }

    function showCode(place) {
        for (const listing of variant.code) {
            const rows = listing.lines.map(([number, text]) => {
                const here = shownThreads().filter(thread => {
                    const line = place.threads[thread] && place.threads[thread].line;
                    return line && line[0] === listing.file && line[1] === number;
                });
                const row = make("span", { class: "row" });
                if (here.length) {
                    row.setAttribute("style", colour(here[0]));
                    const names = here.map(thread => variant.threads[thread]).join(", ");
                    row.append(make("span", { class: "here" }, `◀ ${names}`));
                }
                row.append(text || " ");
                return row;
            });
            code.append(make("pre", {}, make("code", { class: "nohighlight" }, ...rows)));
        }
    }

    window.addEventListener("hashchange", () => { readAddress(); show(); });
    readAddress();
    show();
}
