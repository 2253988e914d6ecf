/** A preference of an earlier visit, or null; also where the browser forbids storage. */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a preference for the next visit; where the browser forbids it, it lasts as long as the page. */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows and strict settings refuse storage; the switch still works until the page is left.
  }
}
