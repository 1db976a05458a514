"use strict";
// An element with these attributes and children, which are elements or texts.
function make(tag, attributes = {}, ...children) {
    const svg = ["svg", "g", "rect", "text", "tspan", "line", "path"].includes(tag);
    const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag)
        : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
        else if (typeof value === "boolean") made.toggleAttribute(name, value);
        else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
}
