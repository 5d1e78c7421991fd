// Keeps the parts of a page marked data-live (each with an id) as they are on the server, while somebody
// looks at the page: it asks for the page again every data-live seconds and changes only what differs.
// A part in which somebody writes is left alone. Without this script the page is only not refreshed.
const parts = () => [...document.querySelectorAll("[data-live]")];

function takes(part, fresh) {
  if (!fresh || part.innerHTML === fresh.innerHTML) return;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (focused && focused.matches("input, textarea, select")) return;
  const address = focused && focused.getAttribute("href");
  part.innerHTML = fresh.innerHTML;
  if (address) part.querySelector(`[href="${CSS.escape(address)}"]`)?.focus({ preventScroll: true });
}

async function look() {
  const stale = document.getElementById("stale");
  try {
    // The server is told that nobody may be in front of the screen: this is no reading.
    const answer = await fetch(location.href, { headers: { "X-Palier-Live": "1" } });
    stale.hidden = answer.ok;
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    parts().forEach((part) => takes(part, page.getElementById(part.id)));
  } catch {
    stale.hidden = false;
  }
}

const seconds = Math.min(...parts().map((part) => Number(part.dataset.live)));
if (Number.isFinite(seconds)) {
  setInterval(() => document.hidden || look(), seconds * 1000);
  document.addEventListener("visibilitychange", () => document.hidden || look());
}
