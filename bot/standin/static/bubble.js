/** One message as a bubble. */

import { element, link, richText, sizeOf, timeOf } from "./format.js";

/** `act` has: press(message, button), command(text), reply(message), edit(message), quoted(id). */
export function bubble(message, act) {
  const side = message.from_bot ? "theirs" : "mine";
  const box = element("div", { className: "bubble" });
  if (message.deleted) {
    box.append(element("p", { className: "gone" }, "Message supprimé"), meta(message));
    return element("article", { className: `message ${side} deleted` }, box);
  }
  box.append(...quote(message, act), ...media(message));
  if (message.text) box.append(element("p", { className: "text" }, richText(message.text, message.entities, act.command)));
  box.append(meta(message, actions(message, act)));
  const article = element("article", { className: `message ${side} kind-${message.kind}` }, box);
  if (message.buttons.length) article.append(keyboard(message, act));
  return article;
}

function meta(message, buttons = null) {
  const marks = [];
  if (message.pinned) marks.push("épinglé");
  if (message.silent) marks.push("sans son");
  if (message.edited && !message.deleted) marks.push("modifié");
  const time = element("time", { dateTime: new Date(message.date * 1000).toISOString() }, timeOf(message.date));
  const date = element("span", {}, marks.length ? `${marks.join(" · ")} · ` : "", time);
  return element("div", { className: "meta" }, buttons, date);
}

function quote(message, act) {
  const quoted = message.reply_to ? act.quoted(message.reply_to) : null;
  return quoted ? [element("p", { className: "quote" }, quoted.text || "[pièce jointe]")] : [];
}

const FILES = ["document", "video", "animation", "audio", "video_note"];

function media(message) {
  const { file } = message;
  if (message.kind === "photo" && file) return [picture(message, "photo", "Photo")];
  if (message.kind === "sticker" && file) return [picture(message, "sticker", "Autocollant")];
  if (message.kind === "voice" && file) {
    return [element("audio", { controls: true, preload: "metadata", src: file.url, "aria-label": "Message vocal" })];
  }
  if (FILES.includes(message.kind) && file) return [attachment(file)];
  if (message.kind === "venue") return [place(message.venue.location, message.venue.title, message.venue.address)];
  if (message.kind === "location") return [place(message.location, "Position", coordinates(message.location))];
  if (message.kind === "contact") return [contact(message.contact)];
  return message.kind === "other" ? [element("p", { className: "gone" }, "Contenu non affiché")] : [];
}

function picture(message, className, alt) {
  const image = element("img", { src: message.file.url, alt, className });
  if (message.spoiler) {
    image.classList.add("veiled");
    image.onclick = () => image.classList.remove("veiled");
  }
  return image;
}

function attachment(file) {
  return element(
    "a", { className: "file", href: file.url, download: file.file_name },
    element("span", { className: "file-mark", "aria-hidden": "true" }, (file.file_name.split(".").pop() ?? "").slice(0, 4)),
    element("span", {}, element("strong", {}, file.file_name), element("small", {}, sizeOf(file.file_size))),
  );
}

const coordinates = ({ latitude, longitude }) => `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;

function place(location, title, details) {
  const { latitude, longitude } = location;
  const address = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
  return element(
    "div", { className: "place" },
    element("div", { className: "map", "aria-hidden": "true" }),
    element("strong", {}, title), element("small", {}, details), link(address, "Voir sur une carte"),
  );
}

function contact(content) {
  const name = [content.first_name, content.last_name].filter(Boolean).join(" ");
  return element("p", { className: "text" }, element("strong", {}, name), element("br"), content.phone_number ?? "");
}

function keyboard(message, act) {
  const rows = message.buttons.map((row) => {
    const line = element("div", { className: "row" });
    line.append(...row.map((button) => key(message, button, act)));
    return line;
  });
  return element("div", { className: "keyboard", role: "group", "aria-label": "Réponses proposées" }, ...rows);
}

function key(message, button, act) {
  if (button.url) return link(button.url, button.text, "key");
  const node = element("button", { type: "button", className: "key" }, button.text);
  if (button.callback_data === undefined) node.disabled = true;
  else node.onclick = () => act.press(message, button, node);
  return node;
}

function actions(message, act) {
  const box = element("div", { className: "actions" });
  box.append(element("button", { type: "button", className: "quiet", onclick: () => act.reply(message) }, "Répondre"));
  if (!message.from_bot && message.kind === "text") {
    box.append(element("button", { type: "button", className: "quiet", onclick: () => act.edit(message) }, "Modifier"));
  }
  return box;
}
