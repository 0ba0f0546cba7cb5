type Child = Node | string | undefined | false;

/** Creates an element with attributes and children. Skips children that are undefined or false. */
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

/** The element in `root` that the page's markup must have. Throws when it is missing. */
export function part(root: ParentNode, selector: string): HTMLElement {
  const element = root.querySelector<HTMLElement>(selector);
  if (element === null) throw new Error(`This page has no ${selector}.`);
  return element;
}

/** Sets the text only when it differs, so that a live region does not speak again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets `hidden` only when it differs: every assignment triggers the observers of `hidden`. */
export function setHidden(element: HTMLElement, isHidden: boolean): void {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}

/** Makes screen readers say `text`, after what they are saying now. */
export function announce(text: string): void {
  document.getElementById('announcer')?.append(h('p', {}, text));
}
