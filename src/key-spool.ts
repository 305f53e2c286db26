import { appendFileSync, closeSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { KeySpool } from '../operators/key-spool.ts';

/** Keys read back at a time. */
const keysAtOnce = 65_536;

/** A spool in a file, which a crash leaves to whoever empties the folder, and the next spool of this name overwrites. */
export class FileSpool implements KeySpool {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
    mkdirSync(path.dirname(file), { recursive: true });
    rmSync(file, { force: true });
  }

  append(keys: BigUint64Array): void {
    appendFileSync(this.#file, new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength));
  }

  *keys(): Generator<BigUint64Array> {
    const fd = openSync(this.#file, 'a+');
    try {
      const keys = new BigUint64Array(keysAtOnce);
      const bytes = new Uint8Array(keys.buffer);
      for (let position = 0; ;) {
        let filled = 0;
        for (let read = -1; read !== 0 && filled < bytes.length; filled += read) {
          read = readSync(fd, bytes, filled, bytes.length - filled, position + filled);
        }
        if (filled === 0) return;
        position += filled;
        yield keys.subarray(0, filled / 8);
      }
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    rmSync(this.#file, { force: true });
  }
}
