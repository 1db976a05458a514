// Steps as lanes: a thread a column, time running downwards, an arrow from a step to the step of
// another thread that had to come after it. `threads` are all names, a step is [thread, text], an
// arrow [from, to]. `waits` says of threads what they wait for in the end. After the step at `marked`
// no order ends well.
function lanes(label, threads, steps, arrows, { waits = [], marked = -1 } = {}) {
    const draw = (tag, ...rest) =>
        make(document.createElementNS("http://www.w3.org/2000/svg", tag), ...rest);
    const narrow = window.innerWidth < 600;
    const [column, gap, gutter, line, pad] = [narrow ? 116 : 210, narrow ? 28 : 34, 30, 18, 8];
    const active = threads.map((_, thread) => thread)
        .filter(thread => steps.some(step => step[0] === thread));
    const left = thread => gutter + active.indexOf(thread) * (column + gap);
    const width = gutter + active.length * (column + gap) - gap + 2;
    const letters = Math.floor((column - 12) / 7.4);
    const boxes = [];
    const box = (thread, y, text, attributes) => {
        const lines = wrapped(text, letters);
        const height = lines.length * line + 2 * pad;
        boxes.push(draw("g", { style: `--thread: var(--t${thread % 5})`, ...attributes },
            draw("rect", { x: left(thread), y, width: column, height, rx: 6 }),
            ...lines.map((words, row) => draw("text", {
                x: left(thread) + column / 2, y: y + pad + 13 + row * line, "text-anchor": "middle",
            }, words))));
        return height;
    };
    let y = 34;
    const middles = steps.map(([thread, text], number) => {
        const top = y;
        const isMarked = number === marked;
        const height = box(thread, top, text, isMarked ? { class: "marked" } : {});
        boxes.push(draw("text", { class: "soft", x: gutter - 8, y: top + pad + 13, "text-anchor": "end" },
            `${isMarked ? "✗ " : ""}${number + 1}`));
        y += height + 10;
        return top + height / 2;
    });
    const foot = y;
    const stuck = waits.filter(([thread]) => active.includes(thread));
    y += Math.max(0, ...stuck.map(([thread, what]) =>
        box(thread, foot, `waits for ${what}, for ever`, { class: "waits" })));
    const lines = active.map(thread => {
        const x = left(thread) + column / 2;
        return draw("line", { class: "lane", x1: x, x2: x, y1: 24, y2: foot });
    });
    const names = active.map(thread => draw("text", {
        class: "name", x: left(thread) + column / 2, y: 16, "text-anchor": "middle",
    }, threads[thread]));
    const svg = draw("svg", {
        "aria-hidden": "true", width, height: y + 2, viewBox: `0 0 ${width} ${y + 2}`,
    }, ...lines, ...arrows.map(arrow), ...names, ...boxes);

    function arrow([from, to]) {
        const [source, target] = [from, to].map(step => left(steps[step][0]));
        const right = target > source;
        const [x, end] = right ? [source + column, target] : [source, target + column];
        const bend = end + (right ? -gap : gap) / 2;
        const [top, bottom] = [middles[from], middles[to]];
        const head = right ? -8 : 8;
        return draw("g", { class: "arrow" },
            draw("path", { d: `M ${x} ${top} C ${bend} ${top} ${bend} ${bottom} ${end + head} ${bottom}` }),
            draw("path", { class: "head", d: `M ${end} ${bottom} l ${head} -5 v 10 z` }));
    }
    // A screen reader reads the same as a list.
    const told = make("ol", { class: "told" }, ...steps.map(([thread, text], number) => {
        const after = arrows.filter(([, to]) => to === number).map(([from]) => from + 1);
        const why = after.length ? `, after step ${after.join(" and step ")}` : "";
        const mark = number === marked ? `. ${NO_WAY_BACK}` : "";
        return make("li", {}, `${threads[thread]} ${text}${why}${mark}`);
    }));
    return make("div", { class: "lanes", role: "group", "aria-label": label, tabindex: "0" }, svg, told,
        marked < 0 ? "" : make("p", { "aria-hidden": "true" }, `✗ ${NO_WAY_BACK}`));
}

const NO_WAY_BACK = "After this step no order ends well.";

// The text in lines of at most so many letters, if its words let it.
function wrapped(text, letters) {
    const lines = [""];
    for (const word of text.split(" ")) {
        const last = lines[lines.length - 1];
        const longer = last ? `${last} ${word}` : word;
        if (longer.length <= letters || !last) lines[lines.length - 1] = longer;
        else lines.push(word);
    }
    return lines;
}
