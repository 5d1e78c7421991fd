/** Turning data into nodes. Text only ever becomes text: nothing here reads HTML. */

const ZONE = "Europe/Paris";
const timeFormat = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: ZONE });
const dayFormat = new Intl.DateTimeFormat("fr-FR", {
  weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: ZONE,
});
const shortDayFormat = new Intl.DateTimeFormat("fr-FR", { day: "2-digit", month: "2-digit", timeZone: ZONE });

export const timeOf = (date) => timeFormat.format(date * 1000);
export const dayOf = (date) => dayFormat.format(date * 1000);
export const shortDayOf = (date) => shortDayFormat.format(date * 1000);

/** An element with properties, attributes (names with a dash, role) and children. */
export function element(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (key.includes("-") || key === "role") node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A link to the web in a new tab, or plain text when the address is anything else. */
export function link(address, text, className = "") {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return document.createTextNode(text);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return document.createTextNode(text);
  return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", className }, text);
}

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

/** Text with Telegram's entities, whose offsets count UTF-16 units as JavaScript does. */
export function richText(text, entities, onCommand) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const fragment = document.createDocumentFragment();
  fragment.append(...nodesBetween(text, 0, text.length, sorted, onCommand));
  return fragment;
}

function nodesBetween(text, start, end, entities, onCommand) {
  const nodes = [];
  let position = start;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const stop = Math.min(end, entity.offset + entity.length);
    let next = index + 1;
    while (next < entities.length && entities[next].offset < stop) next += 1;
    if (entity.offset >= position) {
      nodes.push(text.slice(position, entity.offset));
      const inside = nodesBetween(text, entity.offset, stop, entities.slice(index + 1, next), onCommand);
      nodes.push(wrap(entity, text.slice(entity.offset, stop), inside, onCommand));
      position = stop;
    }
    index = next;
  }
  nodes.push(text.slice(position, end));
  return nodes;
}

function wrap(entity, text, inside, onCommand) {
  if (entity.type === "url") return link(text, text);
  if (entity.type === "text_link") return link(entity.url ?? "", text);
  if (entity.type === "bot_command") {
    return element("button", { type: "button", className: "command", onclick: () => onCommand(text) }, text);
  }
  if (entity.type === "spoiler") return spoiler(element("span", {}, ...inside));
  return element(TAGS[entity.type] ?? "span", {}, ...inside);
}

/** Hidden until it is clicked. */
function spoiler(content) {
  const button = element("button", { type: "button", className: "spoiler", "aria-label": "Texte masqué, afficher" }, content);
  button.onclick = () => {
    button.replaceWith(content);
  };
  return button;
}

/** The first letters of a name. */
export function initials(name) {
  const words = name.replace(/[^\p{L}\p{N} -]/gu, "").split(/[ -]+/).filter(Boolean);
  return (words.slice(0, 2).map((word) => word[0]).join("") || "?").toUpperCase();
}

export const fullName = (user) => `${user.first_name} ${user.last_name}`.trim();

/** A size in French units. */
export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} o`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} Ko`;
  return `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",")} Mo`;
}
