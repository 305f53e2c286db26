import { appendWords } from './word-columns.ts';
import { literal, type Connection } from './connection.ts';
import type { DifferingPairs, KnownVersion } from './engine.ts';
import { sortedPairs } from './staged-keys.ts';

/**
 * Parts the rows of a new version from those that its predecessor had, by their hashes, before anybody looks at what they
 * say: a row that was typed and checked once is not typed and checked again. Relations, in `temp.main`:
 *
 *     known_<source>     pairs of the versions in force of the staged files
 *     recalled_<source>  what is quarantined of their cells
 */
export class Sieve {
  private readonly connection: Connection;
  private readonly sources = new Set<string>();
  /** Records of each version that was taken, by its file. */
  private readonly taken = new Map<number, number>();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Takes the version in force of a file. Memory: a chunk; the pairs are the engine's, some 40 bytes each. */
  async take(source: string, fileId: number, { pairs, cells }: KnownVersion): Promise<void> {
    if (!this.sources.has(source)) {
      this.sources.add(source);
      await this.connection.run(`
        create or replace temp table known_${source} (file_id int, record_key uhugeint, row_hash uhugeint);
        create or replace temp table recalled_${source} (
          file_id int, key_hash varchar, column_name varchar, code varchar, "value" varchar, reason varchar);`);
    }
    await this.connection.run(
      'create or replace temp table known_words (key_hi ubigint, key_lo ubigint, row_hi ubigint, row_lo ubigint)',
    );
    const appender = await this.connection.native.createAppender('known_words', 'main', 'temp');
    let records = 0;
    for (const { keyHi, keyLo, rowHi, rowLo } of pairs) {
      records += keyHi.length;
      appendWords(appender, [keyHi, keyLo, rowHi, rowLo]);
    }
    appender.closeSync();
    this.taken.set(fileId, records);
    const joined = (hi: string, lo: string): string =>
      `(cast(${hi} as uhugeint) << 64) | cast(${lo} as uhugeint)`;
    await this.connection.run(`
      insert into temp.main.known_${source}
      select ${fileId}, ${joined('key_hi', 'key_lo')}, ${joined('row_hi', 'row_lo')} from temp.main.known_words;
      drop table temp.main.known_words;`);
    const text = (value: string | null): string => (value === null ? 'null' : literal(value));
    for (let start = 0; start < cells.length; start += 1000) {
      const rows = cells
        .slice(start, start + 1000)
        .map(
          ({ key, column, code, value, reason }) =>
            `(${fileId}, ${text(key)}, ${text(column)}, ${literal(code)}, ${text(value)}, ${literal(reason)})`,
        );
      await this.connection.run(`insert into temp.main.recalled_${source} values ${rows.join(', ')}`);
    }
  }

  /** Makes `pairs_<source>` of what is staged, and takes the known rows out of there. */
  async sift(source: string, columns: readonly string[], staged: string): Promise<void> {
    await this.connection.run(`
      create or replace temp table pairs_${source} as
      select file_id, record_key, row_hash, coalesce(line, rowid) as place from ${staged}`);
    if (!this.sources.has(source)) return;
    await this.connection.run(`
      create or replace temp table sifted_${source} as
      select s.file_id, coalesce(s.line, s.rowid) as line, s.record_key, s.row_hash, ${columns.map((c) => `s.${c}`).join(', ')}
      from ${staged} s
      anti join temp.main.known_${source} k
        on k.file_id = s.file_id and k.record_key = s.record_key and k.row_hash = s.row_hash;
      drop table ${staged};
      alter table temp.main.sifted_${source} rename to staged_${source};`);
  }

  /**
   * The pairs of a file that its version in force has not, and those that this has in their place; null where nobody took that
   * version, or more than so many of either differ. Asked once the sifted rows were checked.
   *
   * Rows that are as they were are found in sifting. So only the pairs of changed keys are looked up among the known ones; which
   * keys are gone is asked only where, by the numbers, some are.
   */
  async differing(source: string, fileId: number, most: number): Promise<DifferingPairs | null> {
    const known = this.taken.get(fileId);
    if (known === undefined) return null;
    const [come, all] = [`staged_${source}`, `pairs_${source}`].map(
      (relation) => `(select record_key, row_hash from temp.main.${relation} where file_id = ${fileId})`,
    ) as [string, string];
    const before = `(select record_key, row_hash from temp.main.known_${source} where file_id = ${fileId})`;
    const count = (rows: string): Promise<number> => this.connection.count(`select count(*) from ${rows} r`);
    const differing = await count(come);
    if (differing > most) return null;
    await this.connection.run(`
      create or replace temp table gone_pairs as
      select k.* from ${before} k semi join ${come} c using (record_key)`);
    const vanished = known - ((await count(all)) - differing) - (await count('temp.main.gone_pairs'));
    if (vanished > most) return null;
    if (vanished > 0) {
      await this.connection.run(
        `insert into temp.main.gone_pairs select k.* from ${before} k anti join ${all} a using (record_key)`,
      );
    }
    const pairs = {
      come: await sortedPairs(this.connection, come),
      gone: await sortedPairs(this.connection, 'temp.main.gone_pairs'),
    };
    await this.connection.run('drop table temp.main.gone_pairs');
    return pairs;
  }

  /** Quarantines the cells of known rows as they were. */
  async recall(source: string): Promise<void> {
    if (!this.sources.has(source)) return;
    this.sources.delete(source);
    if ((await this.connection.count(`select count(*) from temp.main.recalled_${source}`)) === 0) return;
    await this.connection.run(`
      insert into temp.main.quarantined_${source}
      select r.file_id, p.place, r.column_name, r.code, r.key_hash, r."value", r.reason
      from temp.main.recalled_${source} r
      join (
        select file_id, place, printf('%016x%016x', record_key >> 64, record_key & 18446744073709551615) as key_hash
        from temp.main.pairs_${source} semi join temp.main.known_${source} using (file_id, record_key, row_hash)
      ) p on p.file_id = r.file_id and p.key_hash = r.key_hash`);
  }
}
