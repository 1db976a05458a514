// The report: its data is beside it, as `explore --json` prints it, with the orders of steps.
{
    const report = document.getElementById("report");
    const data = JSON.parse(report.querySelector("script").textContent);
    const words = { holds: "It ends well", breaks: "Broken", stuck: "Stuck", panic: "A panic" };
    const plural = (count, word) => `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;

    const facts = pairs => make("dl", {}, ...pairs.filter(pair => pair[1] !== null)
        .map(([what, value]) => make("div", {}, make("dt", {}, what), make("dd", {}, value))));

    // An SVG picture that the command has drawn.
    const drawn = svg => {
        const box = make("div", {
            class: "wait", role: "group", "aria-label": "which thread waits for which", tabindex: "0",
        });
        box.innerHTML = svg;
        return box;
    };

    const outcome = (variant, rows, found, position) => {
        const { explored, orders } = variant;
        const thread = name => orders.threads.indexOf(name);
        const waiting = found.waiting || [];
        const steps = found.steps.map(step => [thread(step.thread), step.text]);
        const waits = waiting.map(one => [thread(one.thread), one.for]);
        const marked = noWayBack(orders, rows, steps);
        return make("article", {},
            make("h4", { class: `verdict ${found.kind === "holds" ? "holds" : "bad"}` },
                `${words[found.kind]}: ${found.outcome}`),
            make("p", {}, `${grouped(found.executions)} of `
                + `${plural(explored.executions, "execution")} end${found.executions === 1 ? "s" : ""} so.`,
                ...found.code ? [" One with the shortest trace runs again by ",
                    make("code", {}, `${variant.command} --replay ${found.code}`)] : []),
            ...waiting.length ? [make("ul", {}, ...waiting.map(one => make("li", {},
                `${one.thread} waits for ${one.for} (${one.at.file}:${one.at.line})`)))] : [],
            steps.length ? lanes("the shortest trace", orders.threads, steps, found.arrows, { waits, marked })
                : make("p", {}, "No step is told on the way."),
            variant.wait_for[position] ? drawn(variant.wait_for[position]) : "");
    };

    const section = variant => {
        const { explored, orders } = variant;
        const rows = unpack(orders);
        const spurious = explored.spurious_wakeups;
        const loom = explored.loom;
        return make("section", { class: "player", id: explored.variant, "aria-labelledby": `${explored.variant}-title` },
            make("h2", { id: `${explored.variant}-title` }, explored.variant),
            variant.about ? make("p", {}, `${variant.about}.`) : "",
            make("p", { class: `verdict ${explored.as_expected ? "holds" : "bad"}` }, variant.verdict),
            facts([
                ["executions", grouped(explored.executions)],
                ["search", variant.how],
                ["spurious wake-ups", spurious ? `up to ${spurious} for each thread` : "none"],
                ["outcomes", String(explored.outcomes.length)],
                ["seconds", explored.seconds.toFixed(2)],
                ["loom", loom ? `${plural(loom.executions, "execution")}, ${loom.agrees ? "the same outcomes"
                    : "OTHER OUTCOMES"}${loom.exhaustive ? "" : ", bounded"}` : null],
            ]),
            make("h3", {}, "Outcomes"),
            ...explored.outcomes.map((found, position) => outcome(variant, rows, found, position)),
            make("h3", {}, "Orders of steps"),
            make("p", { class: orders.all ? "" : "verdict bad" }, orders.which),
            make("p", { class: "about" }, "A step is told when it is done. Between the two another thread may"
                + " go on. To find these orders each was taken for an execution of its own: the search ran"
                + ` ${grouped(orders.executions)}.`),
            orders.rows ? ordersTable(explored.variant, orders, rows, variant.command) : "");
    };

    report.append(
        facts([["date", data.date], ["version of interleave", data.version]]),
        make("nav", { "aria-label": "variants" }, make("ul", {}, ...data.variants.map(({ explored, verdict }) =>
            make("li", {}, make("a", { href: `#${explored.variant}` }, explored.variant),
                `: ${verdict}`)))),
        ...data.variants.map(section));
    // The sections were not there yet when the browser looked for the one that the address names.
    const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (named) named.scrollIntoView();
}
