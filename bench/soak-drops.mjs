// Random drops for the soak: every way in which files come to raw/, on so many paths that the amount of data stays about
// the same however long it goes on.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pause } from './latency-watcher.mjs';

const slots = 40;
const header = 'tmdb_id,title,release_date,budget,revenue\n';

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Ways of arrival by name; each does one drop.
 *
 * @param raw the folder
 * @param aside a folder on the same disk, where files are made before they are moved in
 */
export function arrivals({ raw, aside, random }) {
  const below = (n) => Math.floor(random() * n);
  const fileOf = (slot) => path.join(raw, 'movie_metadata', `slot-${slot}.csv`);
  const films = (slot, count) =>
    Array.from({ length: count }, (_, n) => {
      const id = 1000 * slot + n;
      return `${id},"Film, ${id}",${1990 + (id % 30)}-05-17,${1_000_000 + below(9_000_000)},${below(90_000_000)}\n`;
    }).join('');
  const csv = (slot) => header + films(slot, 20 + below(300));
  const made = (slot) => {
    const file = path.join(aside, `made-${slot}.csv`);
    writeFileSync(file, csv(slot));
    return file;
  };
  const any = () => below(slots);
  const known = () => {
    const there = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => existsSync(fileOf(slot)));
    return there.length === 0 ? null : there[below(there.length)];
  };
  const onKnown = (work) => async () => {
    const slot = known();
    if (slot !== null) await work(slot, fileOf(slot));
  };
  const renamed = (slot = any()) => renameSync(made(slot), fileOf(slot));
  return {
    'rename into place': async () => renamed(),
    'copy in place': async () => {
      const slot = any();
      copyFileSync(made(slot), fileOf(slot));
    },
    'slow write': async () => {
      const slot = any();
      const text = csv(slot);
      rmSync(fileOf(slot), { force: true });
      for (let at = 0; at < text.length; at += 4000) {
        appendFileSync(fileOf(slot), text.slice(at, at + 4000));
        await pause(60);
      }
    },
    'hidden name, then rename (rsync)': async () => {
      const slot = any();
      const hidden = path.join(raw, 'movie_metadata', `.slot-${slot}.csv.Xa81`);
      writeFileSync(hidden, csv(slot));
      renameSync(hidden, fileOf(slot));
    },
    'hard link': async () => {
      const slot = any();
      rmSync(fileOf(slot), { force: true });
      linkSync(made(slot), fileOf(slot));
      rmSync(path.join(aside, `made-${slot}.csv`));
    },
    'overwrite in place': onKnown(async (slot, file) => writeFileSync(file, csv(slot))),
    append: onKnown(async (slot, file) => appendFileSync(file, films(slot, 5))),
    'cut short': onKnown(async (_, file) => {
      const bytes = readFileSync(file);
      truncateSync(file, bytes.subarray(0, Math.ceil(bytes.length * 0.9)).lastIndexOf(10) + 1);
    }),
    touch: onKnown(async (_, file) => utimesSync(file, new Date(), new Date())),
    'times set back': onKnown(async (slot, file) => {
      writeFileSync(file, csv(slot));
      utimesSync(file, new Date('2020-01-01'), new Date('2020-01-01'));
    }),
    remove: onKnown(async (_, file) => rmSync(file)),
    'move within raw/': onKnown(async (slot, file) => {
      const to = fileOf(any());
      if (to !== file) renameSync(file, to);
    }),
    'ten rewrites in a second': async () => {
      const slot = any();
      for (let n = 0; n < 10; n += 1) {
        writeFileSync(fileOf(slot), csv(slot));
        await pause(100);
      }
    },
    'come and gone': async () => {
      const slot = any();
      renamed(slot);
      await pause(below(150));
      rmSync(fileOf(slot), { force: true });
    },
    'no CSV of films': onKnown(async (_, file) => writeFileSync(file, 'a,b\n1,2\n')),
    'twenty at once': async () => {
      for (let n = 0; n < 20; n += 1) renamed();
    },
  };
}
