/** Sets parameters of the address, which then names what the page shows; an empty one is left out. The way back stays as it is. */
export function noteInAddress(changes) {
  history.replaceState(null, "", addressWith(changes));
}

/** The page's address with other parameters. */
export function addressWith(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
  return location.pathname + (query.size > 0 ? `?${query}` : "");
}
