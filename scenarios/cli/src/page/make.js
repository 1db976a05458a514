"use strict";
// An element, named or made, with these attributes and children, which are elements or texts.
function make(tag, attributes = {}, ...children) {
    const made = typeof tag === "string" ? document.createElement(tag) : tag;
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
        else if (typeof value === "boolean") made.toggleAttribute(name, value);
        else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
}
