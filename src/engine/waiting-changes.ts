import { DELTA_OP, type ChangedKeys } from '../../state/pairs.ts';
import type { Connection } from './connection.ts';
import { appendWords } from './word-columns.ts';

/** So much waits at most: a key takes 17 bytes, and what a file has of them a kilobyte. */
const most = { keys: 65_536, files: 4096 };

/**
 * Changed records of a source that are not in its `delta_<source>` yet: of a thousand small files, some statements each would take
 * longer than all else.
 *
 * State: grows until `isFull`, to some 5 MB at most.
 */
export class WaitingChanges {
  /** Files all of whose records are new. */
  readonly #whole: number[] = [];
  readonly #changed: { readonly fileId: number; readonly changes: ChangedKeys }[] = [];
  /** Keys in `#changed`. */
  #keys = 0;

  /** Whether it is time to put them in. */
  get isFull(): boolean {
    return this.#keys >= most.keys || this.#changed.length >= most.files;
  }

  insertAll(fileId: number): void {
    this.#whole.push(fileId);
  }

  /** Rows may come along with the keys, and are of no interest. */
  change(fileId: number, { op, keyHi, keyLo }: ChangedKeys): void {
    if (op.length === 0) return;
    this.#changed.push({ fileId, changes: { op, keyHi, keyLo } });
    this.#keys += op.length;
  }

  /** Puts all of them into a relation of (file_id, record_key, op), once. `pairs` has the keys of the files that are new. */
  async putInto(connection: Connection, delta: string, pairs: string): Promise<void> {
    if (this.#whole.length > 0) {
      await connection.run(`
        insert into ${delta}
        select file_id, record_key, 'insert' from ${pairs} where file_id in (${this.#whole.join(', ')})`);
    }
    if (this.#keys === 0) return;
    await connection.run(
      'create or replace temp table delta_words (op utinyint, file_id ubigint, hi ubigint, lo ubigint)',
    );
    await connection.attempt(async (native) => {
      const appender = await native.createAppender('delta_words', 'main', 'temp');
      for (const { fileId, changes } of this.#changed) {
        const files = new BigUint64Array(changes.op.length).fill(BigInt(fileId));
        appendWords(appender, [files, changes.keyHi, changes.keyLo], changes.op);
      }
      appender.closeSync();
    });
    await connection.run(`
      insert into ${delta}
      select cast(file_id as int), (cast(hi as uhugeint) << 64) | cast(lo as uhugeint),
        case op when ${DELTA_OP.insert} then 'insert' when ${DELTA_OP.update} then 'update' else 'delete' end
      from temp.main.delta_words;
      drop table temp.main.delta_words`);
  }
}
