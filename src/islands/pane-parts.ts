import { part, setHidden } from './dom.ts';
import { makeSplitter, separatorOf } from './splitter.ts';
import { browserStorage } from './storage.ts';

const KEY = 'kindlab.parts';
/** The place of the terminal, inside its part. */
const TERMINAL = ':scope > [data-terminal]';
/** The least useful height, in CSS pixels. */
const LEAST_PX = 88;
/** As in pane.css: as a drawer, the pane has room for the terminal and one more part. */
const drawer = matchMedia('(max-width: 60rem)');
/** How the parts share the height, until the learner changes it. */
const SHARES: Record<string, number> = { terminal: 5, editor: 6, map: 4 };

interface Part {
  name: string;
  element: HTMLElement;
  toggle: HTMLElement;
  /** Between this part and the nearest open one above it. The first part has none. */
  separator: HTMLElement | undefined;
  share: number;
  isOpen: boolean;
  /** Updates the value of the separator. */
  updateValue: () => void;
}

/**
 * Terminal over editor over map: each can be collapsed, and the learner sets how they share the
 * height. The browser remembers both. A `hidden` part takes no room. Lives as long as the page.
 */
export function startParts(body: HTMLElement): void {
  const known = remembered();
  const parts = [...body.querySelectorAll<HTMLElement>('[data-part]')].map((element): Part => {
    const name = element.dataset.part ?? '';
    const isOpenAtFirst = element.hasAttribute('data-open');
    const [share = SHARES[name] ?? 1, isOpen = isOpenAtFirst] = known[name] ?? [];
    const hasOne = element.previousElementSibling?.getAttribute('role') === 'separator';
    return {
      name,
      element,
      toggle: part(element, '[data-part-toggle]'),
      separator: hasOne ? separatorOf(body, name) : undefined,
      share,
      isOpen,
      updateValue: () => undefined,
    };
  });
  const open = () => parts.filter((each) => each.isOpen && isThere(each.element));
  const above = (lower: Part) =>
    open()
      .filter((each) => parts.indexOf(each) < parts.indexOf(lower))
      .at(-1);
  const keep = () => {
    const entries = parts.map(({ name, share, isOpen }) => [name, [share, isOpen]]);
    browserStorage.setItem(KEY, JSON.stringify(Object.fromEntries(entries)));
  };
  const lay = () => {
    for (const each of parts) {
      each.element.toggleAttribute('data-open', each.isOpen);
      each.element.style.flexGrow = each.isOpen ? String(each.share) : '';
      each.toggle.setAttribute('aria-expanded', String(each.isOpen));
      if (each.separator === undefined) continue;
      const isHidden = !open().includes(each) || above(each) === undefined;
      setHidden(each.separator, isHidden);
      if (!each.separator.hidden) each.updateValue();
    }
  };
  const set = (each: Part, isOpen: boolean) => {
    each.isOpen = isOpen;
    if (isOpen && drawer.matches && each.name !== 'terminal') {
      for (const other of parts) {
        if (other !== each && other.name !== 'terminal') other.isOpen = false;
      }
    }
    lay();
    keep();
  };

  for (const lower of parts) {
    lower.toggle.addEventListener('click', () => set(lower, !lower.isOpen));
    if (lower.separator === undefined) continue;
    const both = (upper: Part) => upper.share + lower.share;
    const heights = (upper: Part) =>
      [upper.element.offsetHeight, lower.element.offsetHeight] as const;
    lower.updateValue = makeSplitter(lower.separator, {
      axis: 'y',
      now: () => {
        const upper = above(lower);
        return upper === undefined ? 50 : (upper.share / both(upper)) * 100;
      },
      limits: () => {
        const upper = above(lower);
        const [one, other] = upper === undefined ? [0, 0] : heights(upper);
        const least = Math.min(50, (LEAST_PX / Math.max(1, one + other)) * 100);
        return [least, 100 - least];
      },
      set: (percent) => {
        const upper = above(lower);
        if (upper === undefined) return;
        const sum = both(upper);
        upper.share = (sum * percent) / 100;
        lower.share = sum - upper.share;
        lay();
        keep();
      },
      at: ({ clientY }) => {
        const upper = above(lower);
        if (upper === undefined) return 50;
        const [one, other] = heights(upper);
        const { top } = upper.element.getBoundingClientRect();
        return ((clientY - top) / Math.max(1, one + other)) * 100;
      },
      collapse: () => {
        set(lower, false);
        lower.toggle.focus();
      },
    });
  }
  const observer = new MutationObserver(lay);
  for (const { element } of parts) {
    const terminal = element.querySelector(TERMINAL);
    for (const each of [element, terminal]) {
      if (each !== null) observer.observe(each, { attributeFilter: ['hidden'] });
    }
  }
  lay();
}

/** A part shows itself; the terminal does so through its place. */
function isThere(element: HTMLElement): boolean {
  return !element.hidden && element.querySelector(`${TERMINAL}[hidden]`) === null;
}

function remembered(): Record<string, [share?: number, isOpen?: boolean]> {
  try {
    const known = JSON.parse(browserStorage.getItem(KEY) ?? '{}') as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(known).flatMap(([name, value]) => {
        const [share, isOpen] = Array.isArray(value) ? (value as unknown[]) : [];
        const isSane = typeof share === 'number' && share > 0 && share < 100;
        return isSane ? [[name, [share, isOpen !== false]] as const] : [];
      }),
    );
  } catch {
    return {};
  }
}
