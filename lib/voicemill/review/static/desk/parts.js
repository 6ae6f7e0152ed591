// Small parts of the page.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export function button(label, key, press, attributes = {}) {
  const title = key ? `${label} (${key})` : label;
  const shortcut = key ? { "aria-keyshortcuts": key === "Space" ? "Space" : key } : {};
  return make("button", { type: "button", title, click: press, ...shortcut, ...attributes }, label);
}

// A select with its label around it.
export function choice(label, options, changed, attributes = {}) {
  const select = make("select", { change: () => changed(select.value), ...attributes });
  fill(select, options);
  return { select, whole: make("label", {}, `${label} `, select) };
}

export function fill(select, options) {
  const before = select.value;
  select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
  if (options.some(([value]) => value === before)) select.value = before;
}

export function field(label, attributes = {}) {
  const input = make("input", { type: "text", autocomplete: "off", ...attributes });
  return { input, whole: make("label", {}, `${label} `, input) };
}

export function seconds(value) {
  return `${Number(value).toFixed(2)} s`;
}
