import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateStore } from '../../state/store.ts';
import { conformsInBlocks } from './conformance-blocks.ts';
import { conformsInEpochs } from './conformance-epochs.ts';
import { conformsInQuarantine } from './conformance-quarantine.ts';
import { conformsInVersions } from './conformance-versions.ts';

/** The behaviour every `StateStore` has; `open` makes an empty one. */
export function describeStore(name: string, open: () => StateStore): void {
  describe(name, () => {
    let store: StateStore;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => {
      store.close();
    });
    const current = () => store;

    conformsInVersions(current);
    conformsInBlocks(current);
    conformsInEpochs(current);
    conformsInQuarantine(current);

    describe('transaction', () => {
      it('does all or nothing, and throws again what was thrown', () => {
        store.setMeta('a', 'before');
        const bug = new Error('bug');
        const attempt = () =>
          store.transaction(() => {
            store.setMeta('a', 'after');
            store.ensureFile('cpi', 'cpi/a.csv');
            throw bug;
          });
        expect(attempt).toThrow(bug);
        expect(store.meta('a')).toBe('before');
        expect(store.fileByPath('cpi/a.csv')).toBeNull();
      });

      it('rolls back when a failure inside it was swallowed, as an RxJS subject does', () => {
        const attempt = () =>
          store.transaction(() => {
            store.setMeta('a', 'half');
            try {
              store.commitEpoch(7, '{}', 1);
            } catch {
              // swallowed
            }
          });
        expect(attempt).toThrow(/epoch 7 is not the open one/);
        expect(store.meta('a')).toBeNull();
        store.setMeta('a', 'usable again');
        expect(store.meta('a')).toBe('usable again');
      });

      it('nests, and the inner one commits with the outer one only', () => {
        const attempt = () =>
          store.transaction(() => {
            store.transaction(() => {
              store.setMeta('inner', '1');
            });
            throw new Error('outer');
          });
        expect(attempt).toThrow('outer');
        expect(store.meta('inner')).toBeNull();
        expect(store.transaction(() => store.transaction(() => 42))).toBe(42);
      });

      it('refuses to await', () => {
        const attempt = () =>
          store.transaction(() => {
            store.setMeta('a', '1');
            return Promise.resolve();
          });
        expect(attempt).toThrow(/must not await/);
        expect(store.meta('a')).toBeNull();
      });
    });

    describe('requests, acceptance, meta', () => {
      it('keeps requests in order until they are completed', () => {
        const first = store.addRequest('accept', '{"fingerprint":"f"}', 1.5);
        const second = store.addRequest('undo', '{}', 2);
        expect(store.requests()).toEqual([
          { requestId: first, kind: 'accept', payload: '{"fingerprint":"f"}', requestedAtMs: 1.5 },
          { requestId: second, kind: 'undo', payload: '{}', requestedAtMs: 2 },
        ]);
        store.completeRequest(first);
        store.completeRequest(first);
        expect(store.requests().map(({ kind }) => kind)).toEqual(['undo']);
      });

      it('accepts exactly one fingerprint, once and for all', () => {
        store.accept('f1', 10);
        store.accept('f1', 20);
        expect(store.isAccepted('f1')).toBe(true);
        expect(store.isAccepted('f2')).toBe(false);
        expect(store.acceptances()).toEqual([{ fingerprint: 'f1', acceptedAtMs: 10 }]);
      });

      it('remembers settings, and an identity', () => {
        expect(store.meta('x')).toBeNull();
        store.setMeta('x', '1');
        store.setMeta('x', 'ä\u0000ö');
        expect(store.meta('x')).toBe('ä\u0000ö');
        expect(store.stateId).toMatch(/^[0-9a-f-]{36}$/);
      });

      it('fails once closed, and closes twice', () => {
        store.close();
        store.close();
        expect(() => store.meta('x')).toThrow();
      });
    });
  });
}
