import { describe, expect, it } from 'vitest';
import { removalFingerprint } from '../../state/removal.ts';

describe('the fingerprint of a removal', () => {
  it('is of what goes, in whatever order, and of nothing else', () => {
    const a = { path: 'cpi/a.csv', fingerprint: 'a' };
    const b = { path: 'cpi/b.csv', fingerprint: 'b' };
    const both = removalFingerprint([a, b]);
    expect(both).toMatch(/^[0-9a-f]{64}$/);
    expect(removalFingerprint([b, a])).toBe(both);
    expect(removalFingerprint([a])).not.toBe(both);
    expect(removalFingerprint([a, { ...b, fingerprint: 'b2' }])).not.toBe(both);
  });
});
