import { expect, test } from 'vitest';
import type { FileAccount, Receipt } from '../../operators/batch.ts';
import { emptyAccount } from '../../operators/file-work.ts';
import { describeReceipt } from '../../src/terminal/receipt.ts';

const file = { fileId: 1, source: 'movie_metadata', path: 'movie_metadata/a.csv' };

function told(account: Partial<FileAccount>): string[] {
  const receipt: Receipt = {
    epoch: 1,
    uuid: '',
    committedAt: '',
    scope: 'changes',
    files: [{ ...emptyAccount({ kind: 'removed', file, fingerprint: 'f' }, 'taken'), ...account }],
    films: { total: 1, affected: 1 },
    impact: {},
    recomputed: {},
    partitionsRewritten: [],
    aggregatesRewritten: [],
    bytesWritten: null,
    proportionality: null,
    timings: {},
  };
  return describeReceipt(receipt).filter((line) => line.includes('not read'));
}

const unread = [
  ...['adult', 'homepage', 'tagline', 'video', 'keywords', 'poster'].map((header) => ({
    header,
    meant: null,
  })),
  { header: 'revnue', meant: 'revenue' },
];

test('of a new file the columns that nobody reads are named, what looks like a slip first', () => {
  expect(told({ inserted: 2, unread })).toEqual([
    '    not read: revnue (did you mean revenue?), adult, homepage, tagline, video, keywords and 1 more column',
  ]);
});

test('of a file that was there before only a slip is', () => {
  expect(told({ updated: 1, unread })).toEqual(['    not read: revnue (did you mean revenue?)']);
  expect(told({ unchanged: 1, unread: unread.slice(0, 6) })).toEqual([]);
});

test('a receipt of an earlier build has no such columns', () => {
  expect(told({ inserted: 2 })).toEqual([]);
});
