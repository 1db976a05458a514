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
    variant.seen = variant.seen.map(all =>
        all.map(([value, by, out]) => ({ value: text(value), by: text(by), out: text(out) })));
    variant.places = variant.places.map(([threads, turns, shown, end, views = []]) => ({
        threads: variant.standings[threads].map(([says, line]) => ({ says: text(says), line: variant.lines[line] })),
        turns: turns.map(([thread, does, to, reads], number) => {
            const before = turns.slice(0, number).filter(turn => turn[0] === thread).length;
            return {
                thread, to, text: text(does), reads: text(reads),
                // A thread's other turns, in which it reads something older, have letters, from b.
                key: thread + (before ? String.fromCharCode(97 + before) : ""),
            };
        }),
        shown: variant.shown[shown].map(([what, value]) => [text(what), text(value)]),
        end: end && { kind: text(end[0]), text: text(end[1]) },
        views: views.map(of => new Map(of.map(([word, seen]) => [text(word), variant.seen[seen]]))),
    }));
}

function play(section, story) {
    const colour = thread => `--thread: var(--t${thread % 5})`;

    // One that can be played, if there is one.
    let variant = story.variants.find(one => one.places.length) || story.variants[0];
    // The keys of the turns that were taken.
    let way = [];

    const turnOf = (place, key) => place.turns.find(turn => turn.key === key);
    const placeAfter = keys =>
        keys.reduce((place, key) => variant.places[turnOf(place, key).to], variant.places[0]);

    // A schedule can be shared: it is in the address.
    const address = () => `#${story.story}/${variant.name}/${way.join("")}`;
    const readAddress = () => {
        const [name, wanted, turns = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
        const found = story.variants.find(one => one.name === wanted);
        if (name !== story.story || !found) return false;
        variant = found;
        way = [];
        for (const key of turns.match(/\d[b-z]?/g) || []) {
            const place = variant.places.length && placeAfter(way);
            if (!place || !turnOf(place, key)) break;
            way.push(key);
        }
        return true;
    };

    const goTo = turns => {
        way = turns;
        history.replaceState(null, "", address());
        show();
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
                from.set(turn.to, [number, turn.key]);
                left.push(turn.to);
            }
        }
        return null;
    };

    const intro = make("p", { class: "about" });
    const picker = make("select", {
        "aria-label": say("variant"),
        onchange: () => {
            variant = story.variants.find(one => one.name === picker.value);
            goTo([]);
        },
    }, ...story.variants.map(one => make("option", { value: one.name }, one.name)));
    const lanes = make("div", { class: "lanes" });
    const state = make("ul", { class: "state", "aria-label": say("what the threads share") });
    // Screen readers say what has changed here.
    const verdict = make("p", { "aria-live": "polite" });
    const tools = make("div", { class: "tools" });
    const code = make("div", { class: "code" });
    const seen = make("div");
    const views = make("details", { class: "views" },
        make("summary", {}, say("What each thread may read by now")), seen);
    views.open = !matchMedia("(max-width: 600px)").matches;
    section.append(picker, intro, lanes, verdict, state, tools, views, code);
    section.addEventListener("keydown", event => {
        if (event.target === picker || event.ctrlKey || event.altKey || event.metaKey) return;
        const button = /^[1-9a-z]$/.test(event.key)
            && section.querySelector(`button[data-key="${event.key}"]:not(:disabled)`);
        if (button) button.click();
        else if (event.key === "Backspace" && way.length) goTo(way.slice(0, -1));
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
        const ways = variant.picks_values ? "ways" : "orders";
        const count = variant.orders.replace(/\B(?=(\d{3})+$)/g, ",");
        intro.replaceChildren(variant.about + ". "
            + (variant.places.length ? say(`It can be played in ${count} ${ways}.`) : "")
            + (variant.picks_values ? " " + say("You also say which value a load reads.") : ""));
        for (const part of [lanes, state, tools, seen, code]) part.replaceChildren();
        views.hidden = !variant.picks_values;
        verdict.className = "";
        if (!variant.places.length) {
            verdict.textContent = say("It has too many orders to be played. Try a smaller variant, or let the command"
                + ` \`explore ${story.story}/${variant.name}\` go through its executions.`);
            return;
        }
        const place = placeAfter(way);
        showLanes(place);
        showVerdict(place);
        for (const [what, value] of place.shown) {
            state.append(make("li", {}, `${what}: `, make("b", {}, value)));
        }
        const bad = badWay();
        const none = say(variant.goes_wrong_unseen
            ? "No order of these steps goes wrong. It goes wrong when a thread reads an old value, or is"
                + " overtaken in the midst of a step: the command `explore` shows how."
            : `There is none: all ${count} ${ways} hold.`);
        tools.append(
            make("button", { disabled: !way.length, onclick: () => goTo(way.slice(0, -1)) }, say("Back")),
            make("button", { disabled: !way.length, onclick: () => goTo([]) }, say("Reset")),
            make("button", {
                class: "show-bad",
                onclick: () => {
                    if (bad) return goTo(bad);
                    verdict.className = "verdict holds";
                    verdict.textContent = none;
                },
            }, say("Show me a schedule that breaks it")),
        );
        showViews(place);
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
        for (const key of way) {
            const turn = turnOf(at, key);
            body.append(make("tr", {}, ...threads.map(lane => {
                if (lane !== turn.thread) return make("td");
                const step = make("div", { class: "step", style: colour(lane) }, sayStep(turn.text));
                if (turn.reads) step.append(make("small", {}, say(turn.reads)));
                return make("td", {}, step);
            })));
            at = variant.places[turn.to];
        }
        // The keys of those turns that read an older value.
        const letters = [..."abcdefghijklmnopqrstuvwxyz"];
        const foot = make("tr", {}, ...threads.map((thread, number) => {
            const standing = place.threads[thread] || { says: "has not been started" };
            const turns = place.turns.filter(turn => turn.thread === thread);
            const button = (turn, key) => make("button", {
                "data-thread": String(thread),
                "data-key": key,
                style: colour(thread),
                disabled: !turn,
                onclick: () => goTo([...way, turn.key]),
            }, turn?.reads ? `${variant.threads[thread]} ${say(turn.reads)}`
                : say(`${variant.threads[thread]} goes on`));
            if (!turns.length) {
                return make("td", {}, button(undefined, ""), make("small", {}, say(standing.says)));
            }
            return make("td", {}, ...turns.flatMap((turn, nth) => {
                const key = nth ? letters.shift() : String(number + 1);
                const says = nth ? [] : [standing.says].filter(Boolean);
                return [button(turn, key),
                    ...[...says, `key ${key}`].map(one => make("small", {}, say(one)))];
            }));
        }));
        lanes.append(make("table", {},
            make("thead", {}, make("tr", {},
                ...threads.map(thread => make("th", {
                    scope: "col", style: `width: ${100 / threads.length}%`,
                }, variant.threads[thread])))),
            body, make("tfoot", {}, foot)));
    }

    function showVerdict(place) {
        const last = way.length ? placeAfter(way.slice(0, -1)) : null;
        const turn = last && turnOf(last, way[way.length - 1]);
        const reads = turn && turn.reads ? `${say(turn.reads)}: ` : "";
        verdict.textContent = turn ? `${variant.threads[turn.thread]} ${reads}${sayStep(turn.text)}.`
            : say("Whose turn is it?");
        if (!place.end) return;
        const { kind, text } = place.end;
        const words = { holds: "It ends well", breaks: "Broken", stuck: "Stuck", panic: "A panic" };
        verdict.className = kind === "holds" ? "verdict holds" : "verdict bad";
        verdict.textContent = say(`${words[kind]}: ${text}`);
    }

    // What each thread is bound to see: the values that it may read of each word, and why not the others.
    function showViews(place) {
        const threads = shownThreads();
        // A thread that has ended reads nothing.
        const words = [...new Set(place.views.flatMap(of => [...of.keys()]))];
        if (!words.length) return seen.append(make("p", {}, say("All threads have ended.")));
        const one = ({ value, by, out }) => out
            ? make("div", {}, make("s", {}, value), make("small", {}, say(`not any more: ${out}`)))
            : make("div", {}, make("b", {}, value), make("small", {}, sayStep(by)));
        seen.append(make("table", {},
            make("thead", {}, make("tr", {}, make("td"),
                ...threads.map(thread => make("th", {
                    scope: "col", style: `width: ${84 / threads.length}%`,
                }, variant.threads[thread])))),
            make("tbody", {}, ...words.map(word => make("tr", {},
                make("th", { scope: "row" }, word),
                ...threads.map(thread => make("td", { style: colour(thread) },
                    ...(place.views[thread]?.get(word) || []).map(one))))))));
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

    // A link in the chapter names a variant, and leads to its player.
    window.addEventListener("hashchange", () => {
        const isHere = readAddress();
        show();
        if (!isHere) return;
        // So the browser finds it when the link is followed once more.
        section.id = decodeURIComponent(location.hash.slice(1));
        section.scrollIntoView();
    });
    readAddress();
    show();
}
