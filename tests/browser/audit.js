// What keeps a page from being read without eyes or used without a mouse: an array of sentences, empty when all is well.
return (() => {
  const problems = [];
  const every = (selector) => Array.from(document.querySelectorAll(selector)).filter((one) => one.checkVisibility());
  const show = (one) => one.outerHTML.slice(0, 90);
  const named = (one) => {
    const by = one.getAttribute("aria-labelledby");
    const text = by ? by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ") : one.ariaLabel;
    return (text ?? "").trim() !== "";
  };
  const require = (holds, problem) => holds || problems.push(problem);

  require(["fr", "en"].includes(document.documentElement.lang), "the page does not say its language");
  require(document.title.trim() !== "", "the page has no title");
  require(every("h1").length === 1, `${every("h1").length} headings of the first level`);
  for (const landmark of ["header", "main"]) {
    require(document.querySelectorAll(`body > ${landmark}`).length === 1, `not one ${landmark}`);
  }
  require(document.querySelector("[role=status]"), "no status region");

  const levels = every("h1, h2, h3, h4, h5, h6").map((one) => Number(one.tagName[1]));
  levels.reduce((before, level) => (require(level <= before + 1, `a heading ${level} below ${before}`), level), 0);

  // What is inside an image is not told: its label stands for it.
  const told = (one) => !one.parentElement.closest("[role=img]");
  for (const one of every("th").filter(told)) require(["col", "row"].includes(one.scope), `no scope: ${show(one)}`);
  for (const one of every("input, select, textarea")) {
    const label = Array.from(one.labels, (label) => label.firstElementChild?.textContent ?? label.textContent).join("").trim();
    require(label || named(one), `no label: ${show(one)}`);
  }
  for (const one of every("button, a[href]")) require(one.textContent.trim() || named(one), `no name: ${show(one)}`);
  for (const one of every("[role=img], [role=region], [role=search], nav, section, article")) {
    require(named(one), `no label: ${show(one)}`);
  }
  require(every("[tabindex]").every((one) => one.tabIndex <= 0), "a tab order of its own");
  const ids = Array.from(document.querySelectorAll("[id]"), (one) => one.id);
  require(new Set(ids).size === ids.length, "an id is used twice");
  return problems;
})();
