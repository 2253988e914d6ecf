/**
 * A storage of the browser that never fails: where it is forbidden, missing or full, what is kept lasts as long as the page.
 * @param {"localStorage"|"sessionStorage"} kind
 */
export function storageOf(kind) {
  const held = new Map();
  const attempt = (act) => {
    try {
      return act(window[kind]);
    } catch {
      return null;
    }
  };
  return {
    getItem: (key) => held.get(key) ?? attempt((storage) => storage.getItem(key)),
    setItem: (key, value) => {
      held.set(key, value);
      attempt((storage) => storage.setItem(key, value));
    },
  };
}

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
