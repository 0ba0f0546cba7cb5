type Child = Node | string | undefined | false;

/** A new element with attributes and children; absent children are left out. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** A button that calls `act`. */
export function button(label: string, className: string, act: () => void): HTMLButtonElement {
  const element = h('button', { type: 'button', class: className }, label);
  element.addEventListener('click', act);
  return element;
}

/** The element inside `root` that its server-rendered markup promises. Throws when it is missing. */
export function part(root: ParentNode, selector: string): HTMLElement {
  const element = root.querySelector<HTMLElement>(selector);
  if (element === null) throw new Error(`This page has no ${selector}.`);
  return element;
}

/** Sets the text only where it differs: a live region must not speak again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Hides or shows an element, and touches nothing where it is so already: whoever watches `hidden` is told of each setting. */
export function setHidden(element: HTMLElement, isHidden: boolean): void {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}

/** Says something to those who cannot see it appear, after what is being said now. */
export function announce(text: string): void {
  document.getElementById('announcer')?.append(h('p', {}, text));
}
