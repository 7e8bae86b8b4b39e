// Nodes: everything that came from a call or a document is written as text, never as markup.

export const at = (id) => document.getElementById(id);

const shown = (children) => children.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false);

export function h(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...shown(children));
  return made;
}

export function replace(node, ...children) {
  node.replaceChildren(...shown(children));
}

export const button = (text, onclick, more = {}) => h("button", { type: "button", onclick, ...more }, text);

export const heads = (names) => h("thead", {}, h("tr", {}, names.map((each) => h("th", { scope: "col" }, each))));

// What is as wide as it has to be, in a box that scrolls.
export const scrolls = (label, ...children) => h("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": label }, children);

// A word in a pill: what is good, bad, or to be looked at.
export const badge = (kind, ...text) => h("span", { class: `badge ${kind}` }, text);

export function say(text) {
  at("state").textContent = text;
}

let complaint = null;

// Says what went wrong behind what the user does, until it goes right again.
export function complain(error) {
  complaint = error.message;
  say(complaint);
}

export const complains = () => at("state").textContent === complaint;

// A part of a URL; what is no Unicode text (half a surrogate pair) is in none.
export const encoded = (text) => encodeURIComponent(String(text).toWellFormed());

export function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no percent-encoding that can be read: it is what it is
  }
}

// The count with the word for it: 1 call, 2 calls.
export const several = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

const pad = (number, width) => String(number).padStart(width, "0");

// The time of day where the reader is.
export function clock(stamp) {
  const time = new Date(stamp);
  return `${pad(time.getHours(), 2)}:${pad(time.getMinutes(), 2)}:${pad(time.getSeconds(), 2)}.${pad(time.getMilliseconds(), 3)}`;
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only pages of this machine and of https have a clipboard.
    const field = h("textarea", { class: "copied", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) return say("the browser does not let this page copy");
  }
  return say("copied");
}

export function download(name, parts, type = "application/octet-stream") {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// Runs what a user asked for; what goes wrong stands in the status line.
export const doing = (work) => async (event) => {
  event?.preventDefault?.();
  try {
    await work(event);
  } catch (error) {
    say(error.message);
  }
};

// A button that acts when it is pressed a second time.
export function twice(text, question, work) {
  let timer = null;
  const made = button(text, () => {
    if (timer === null) {
      made.textContent = question();
      timer = setTimeout(calm, 4000);
    } else {
      calm();
      work();
    }
  });
  function calm() {
    clearTimeout(timer);
    timer = null;
    made.textContent = text;
  }
  return made;
}
