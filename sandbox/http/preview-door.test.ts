import { describe, expect, it } from 'vitest';
import { PreviewDoor } from './preview-door.ts';

const visitor = { site: 'http://127.0.0.1:4321', language: 'ja' };
const forbidden = expect.objectContaining({ code: 'LAB_PREVIEW_FORBIDDEN' }) as Error;

describe('the door of a preview', () => {
  it('opens once for a ticket, and then for what that gave', () => {
    const door = new PreviewDoor();
    const ticket = door.issue(visitor);
    const secret = door.redeem(ticket);
    expect(door.admit(['other', secret])).toBe(visitor);
    expect(() => door.redeem(ticket)).toThrow(forbidden);
    expect(() => door.admit([ticket])).toThrow(forbidden);
    expect(() => door.admit([])).toThrow(forbidden);
  });

  it('stays shut for a ticket that is too old, and uses it up', () => {
    const door = new PreviewDoor();
    const ticket = door.issue(visitor, 0);
    expect(() => door.redeem(ticket, 30_001)).toThrow(forbidden);
    expect(() => door.redeem(ticket, 1)).toThrow(forbidden);
  });

  it('does not open for the ticket or the secret of another', () => {
    const [one, other] = [new PreviewDoor(), new PreviewDoor()];
    const ticket = one.issue(visitor);
    expect(() => other.redeem(ticket)).toThrow(forbidden);
    const secret = one.redeem(ticket);
    expect(() => other.admit([secret])).toThrow(forbidden);
    expect(one.label).not.toBe(other.label);
  });

  it('keeps a few of each, and lets the oldest go', () => {
    const door = new PreviewDoor();
    const tickets = Array.from({ length: 17 }, () => door.issue(visitor));
    expect(() => door.redeem(tickets[0]!)).toThrow(forbidden);
    expect(door.admit([door.redeem(tickets[1]!)])).toBe(visitor);
  });
});
