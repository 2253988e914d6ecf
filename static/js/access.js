// Leads to the login page when the server knows this browser no more. Servers without authentication never ask for it.

/** To the login page, which leads back here. */
export function logIn() {
  location.assign(`/auth/login?to=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Asks the server whether it still knows this browser. */
export async function logInIfAsked() {
  const answer = await fetch("/auth/me").catch(() => null);
  if (answer?.status === 401) logIn();
}
