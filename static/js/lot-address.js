/** The page of a lot. */
export const lotAddress = (code) => `/lot/${encodeURIComponent(code)}`;

/** Shows a lot's code that leads to its page; "–" without one. */
export function showLot(link, code) {
  const text = code ?? "–";
  if (link.textContent !== text) link.textContent = text;
  const address = code ? lotAddress(code) : null;
  if (address === link.getAttribute("href")) return;
  if (address) link.setAttribute("href", address);
  else link.removeAttribute("href");
}
