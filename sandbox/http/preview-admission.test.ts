import { describe, expect, it } from 'vitest';
import { PreviewAdmission } from './preview-admission.ts';

const visitor = { site: 'http://127.0.0.1:4321', language: 'ja' };
const forbidden = expect.objectContaining({ code: 'LAB_PREVIEW_FORBIDDEN' }) as Error;

describe('admission to a preview', () => {
  it('takes a ticket once, then the secret that it was exchanged for', () => {
    const admission = new PreviewAdmission();
    const ticket = admission.issue(visitor);
    const secret = admission.redeem(ticket);
    expect(admission.admit(['other', secret])).toBe(visitor);
    expect(() => admission.redeem(ticket)).toThrow(forbidden);
    expect(() => admission.admit([ticket])).toThrow(forbidden);
    expect(() => admission.admit([])).toThrow(forbidden);
  });

  it('refuses an expired ticket, and uses it up', () => {
    const admission = new PreviewAdmission();
    const ticket = admission.issue(visitor, 0);
    expect(() => admission.redeem(ticket, 30_001)).toThrow(forbidden);
    expect(() => admission.redeem(ticket, 1)).toThrow(forbidden);
  });

  it('refuses tickets and secrets of other previews', () => {
    const [one, other] = [new PreviewAdmission(), new PreviewAdmission()];
    const ticket = one.issue(visitor);
    expect(() => other.redeem(ticket)).toThrow(forbidden);
    const secret = one.redeem(ticket);
    expect(() => other.admit([secret])).toThrow(forbidden);
    expect(one.label).not.toBe(other.label);
  });

  it('keeps a few tickets and secrets, and drops the oldest', () => {
    const admission = new PreviewAdmission();
    const tickets = Array.from({ length: 17 }, () => admission.issue(visitor));
    expect(() => admission.redeem(tickets[0]!)).toThrow(forbidden);
    expect(admission.admit([admission.redeem(tickets[1]!)])).toBe(visitor);
  });
});
