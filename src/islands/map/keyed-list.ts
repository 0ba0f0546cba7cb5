/** What is drawn for one item. */
export interface View<Item> {
  readonly element: HTMLElement;
  /** Shows the item as it is now. Touches only what differs. */
  update(item: Item): void;
  /** Called before the element of a missing item is removed. */
  remove?(): void;
}

/**
 * Keeps the children of `parent` in step with a list, in its order. Each item keeps its element. An
 * item for which `create` returns nothing is skipped until the next time.
 */
export class KeyedList<Item> {
  readonly parent: HTMLElement;
  readonly #keyOf: (item: Item) => string;
  readonly #create: (item: Item) => View<Item> | undefined;
  readonly #views = new Map<string, View<Item>>();

  constructor(
    parent: HTMLElement,
    keyOf: (item: Item) => string,
    create: (item: Item) => View<Item> | undefined,
  ) {
    this.parent = parent;
    this.#keyOf = keyOf;
    this.#create = create;
  }

  sync(items: readonly Item[]): void {
    const keys = new Set(items.map(this.#keyOf));
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue;
      view.remove?.();
      view.element.remove();
      this.#views.delete(key);
    }
    let at = this.parent.firstElementChild;
    for (const item of items) {
      const key = this.#keyOf(item);
      let view = this.#views.get(key);
      if (view === undefined) {
        view = this.#create(item);
        if (view === undefined) continue;
        this.#views.set(key, view);
      }
      view.update(item);
      if (view.element === at) at = at.nextElementSibling;
      else this.parent.insertBefore(view.element, at);
    }
  }
}
