// A classic script, loaded before the first paint so that a dark screen never flashes white.
(function () {
  function stored(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }
  // Who has chosen all colours himself has chosen their ground too: what keeps its own colours must suit it.
  const wanted = matchMedia("(forced-colors: active)").matches ? null : stored("gaveurs.theme");
  const dark = wanted ? wanted === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.lang = stored("gaveurs.lang") === "en" ? "en" : "fr";
})();
