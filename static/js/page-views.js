/** One page with several views, of which the address names one: `?vue=`. */
export class PageViews {
  #links;
  #main;
  #onChange;

  /** @param {HTMLElement} nav with links of `data-view`; the first is the one without a name in the address */
  constructor(nav, main, onChange) {
    this.#links = [...nav.querySelectorAll("[data-view]")];
    this.#main = main;
    this.#onChange = onChange;
    nav.addEventListener("click", (event) => this.#follow(event));
    addEventListener("popstate", () => this.#show());
    this.#show();
  }

  /** The name of the view that is shown. */
  get current() {
    const named = new URLSearchParams(location.search).get("vue");
    return this.#links.find(({ dataset }) => dataset.view === named)?.dataset.view ?? this.#links[0].dataset.view;
  }

  #follow(event) {
    const link = event.target.closest("[data-view]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const query = new URLSearchParams(location.search);
    query.set("vue", link.dataset.view);
    history.pushState(null, "", `?${query}`);
    this.#show();
    scrollTo(0, 0);
  }

  #show() {
    const { current } = this;
    this.#main.dataset.view = current;
    for (const link of this.#links) {
      if (link.dataset.view === current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.#onChange();
  }
}
