// All orders of steps: a table that shows a part of them at a time, so that tens of thousands are quick.
const ORDERS_AT_A_TIME = 50;

// What `orders.rs` has packed, as rows: the numbers of the steps, the ending, the executions, the code.
function unpack(orders) {
    const number = character => {
        const code = character.codePointAt(0);
        if (code < 0x7F) return code - 0x23 - (code > 0x3C) - (code > 0x5C);
        return code - (code < 0xD800 ? 0xA1 : 0xA1 + 0x800) + 90;
    };
    let steps = [];
    const rows = orders.rows.split(" ").slice(0, -1).map(row => {
        const [count, common, ...rest] = [...row].map(number);
        steps = [...steps.slice(0, common), ...rest];
        return { steps, executions: orders.counts[count] };
    });
    let first = 0;
    orders.endings.forEach(([kind, text, count], ending) => {
        for (const row of rows.slice(first, first + count)) Object.assign(row, { ending, kind, text });
        first += count;
    });
    return rows;
}

// From which step to which, by their positions in the row.
function arrowsOf(orders, row) {
    const threadAt = position => orders.steps[row.steps[position]][0];
    return row.steps.flatMap((step, to) => orders.steps[step][2].map(([thread, since]) => {
        let from = to - 1;
        for (let left = since; threadAt(from) !== thread || left-- > 0;) from -= 1;
        return [from, to];
    }));
}

// What to type to run one of the executions again that are told so. Loom's search gives no code.
function again(orders, row, command) {
    const code = row.steps.map(step => orders.steps[step][3]).join("");
    if (!code) return "";
    const which = row.executions === 1 ? "It runs" : "One of them runs";
    return make("p", {}, `${which} again by `, make("code", {}, `${command} --replay ${code}`));
}

// The step after which no order ends well, by its position: all orders that begin with the same steps
// end badly. -1 if there is none, or if not all orders are known.
function noWayBack(orders, rows, steps) {
    const endsWell = row => row.kind === "holds";
    let alike = rows;
    if (!orders.all || !alike.some(endsWell)) return -1;
    const found = steps.findIndex(([thread, text], position) => {
        alike = alike.filter(row => {
            const step = orders.steps[row.steps[position]];
            return step && step[0] === thread && step[1] === text;
        });
        return !alike.some(endsWell);
    });
    return alike.length ? found : -1;
}

function ordersTable(name, orders, all, command) {
    all.forEach((row, position) => { row.number = position + 1; });
    let rows = all;
    let first = 0;

    const filter = make("select", { onchange: () => {
        rows = filter.value ? all.filter(row => row.ending === Number(filter.value)) : all;
        goTo(0);
    } }, make("option", { value: "" }, `all outcomes (${grouped(all.length)})`),
    ...orders.endings.map(([kind, text, count], ending) =>
        make("option", { value: String(ending) }, `${kind}: ${text} (${grouped(count)})`)));
    const status = make("p", { "aria-live": "polite" });
    const turn = (label, to) => make("button", { type: "button", onclick: () => goTo(to()) }, label);
    const last = () => Math.floor(Math.max(0, rows.length - 1) / ORDERS_AT_A_TIME) * ORDERS_AT_A_TIME;
    const [start, back, on, end] = [
        turn("First", () => 0), turn("Previous", () => first - ORDERS_AT_A_TIME),
        turn("Next", () => first + ORDERS_AT_A_TIME), turn("Last", last),
    ];
    const body = make("tbody");
    const heads = ["order", "steps", "kind", "executions"];
    const box = make("div", {
        class: "orders", tabindex: "0", role: "group", "aria-label": `orders of steps of ${name}`,
    }, make("table", {},
        make("thead", {}, make("tr", {}, ...heads.map(head => make("th", { scope: "col" }, head)))), body));

    function goTo(position) {
        first = position;
        const shown = rows.slice(first, first + ORDERS_AT_A_TIME);
        body.replaceChildren(...shown.map(line));
        box.scrollTop = 0;
        status.textContent = rows.length
            ? `${grouped(first + 1)} to ${grouped(first + shown.length)} of ${grouped(rows.length)}`
            : "none";
        // A button that is disabled under the user's finger would lose the focus.
        for (const [button, none] of [[start, !first], [back, !first],
            [on, first >= last()], [end, first >= last()]]) {
            button.setAttribute("aria-disabled", String(none));
        }
    }

    function line(row) {
        const steps = row.steps.map(step => orders.steps[step]);
        const button = make("button", {
            type: "button", "aria-expanded": "false", onclick: () => open(),
        }, grouped(row.number));
        const shown = make("tr", {},
            make("th", { scope: "row" }, button),
            make("td", { class: "steps" }, ...steps.map(([thread, text]) => make("span", {
                style: `--thread: var(--t${thread % 5})`,
            }, `${orders.threads[thread]} ${text}`))),
            make("td", { class: row.kind, title: row.text }, row.kind),
            make("td", { class: "number" }, grouped(row.executions)));
        let picture = null;
        function open() {
            button.setAttribute("aria-expanded", String(!picture));
            if (picture) {
                picture.remove();
                picture = null;
                return;
            }
            const marked = noWayBack(orders, all, steps);
            const drawn = lanes(`order ${row.number}`, orders.threads, steps, arrowsOf(orders, row), { marked });
            picture = make("tr", { class: "picture" },
                make("td", { colspan: "4" }, make("p", {}, `${row.kind}: ${row.text}`),
                    again(orders, row, command), drawn));
            shown.after(picture);
        }
        return shown;
    }

    for (const button of [start, back, on, end]) {
        button.addEventListener("click", event => {
            if (button.getAttribute("aria-disabled") === "true") event.stopImmediatePropagation();
        }, { capture: true });
    }
    goTo(0);
    return make("div", {},
        make("div", { class: "tools" },
            make("label", {}, "Outcome ", filter), start, back, on, end),
        status, box);
}

function grouped(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
