import { bulkCompressed, clustered } from './bulk-writes.ts';
import type { Connection } from './connection.ts';
import type { Incoming } from './incoming.ts';
import type { SqlLibrary } from './sql-library.ts';

/**
 * Types and checks what is staged of a source, by the texts of sql/staging/ and sql/checks/:
 *
 *     typed_<source>        the result of stg_<source>.sql
 *     quarantined_<source>  records and cells that could not be taken; such records leave the other relations
 *     rejected_<source>     files that can't be what they seem to be
 */
export class Typing {
  private readonly connection: Connection;
  private readonly library: SqlLibrary;
  private readonly incoming: Incoming;

  constructor(connection: Connection, library: SqlLibrary, incoming: Incoming) {
    this.connection = connection;
    this.library = library;
    this.incoming = incoming;
  }

  async type(source: string): Promise<void> {
    const typed = `table ${this.typed(source)} as`;
    await this.bound(source, false, () =>
      this.incoming.isAdopted(source)
        ? bulkCompressed(this.connection, () =>
            this.connection.run(`create or replace ${typed} ${clustered(this.library, `stg_${source}`)}`),
          )
        : this.connection.run(`create or replace temp ${typed} ${this.library.text(`stg_${source}`)}`),
    );
  }

  async check(source: string): Promise<void> {
    await this.connection.run(`
      create or replace temp table quarantined_${source}
        (file_id int, line bigint, column_name varchar, code varchar, key_hash varchar, "value" varchar, reason varchar);
      create or replace temp table rejected_${source} (file_id int, reason varchar);`);
    await this.bound(source, true, async () => {
      if (this.library.has(`reject_${source}`)) {
        await this.connection.run(`insert into rejected_${source} ${this.library.text(`reject_${source}`)}`);
      }
      if (this.library.has(`records_${source}`)) await this.quarantine(source, `records_${source}`);
      if ((await this.connection.count(`select count(*) from quarantined_${source}`)) > 0) {
        await this.removeBad(source);
      }
      if (await this.isAnySuspect(source)) await this.quarantine(source, `cells_${source}`);
    });
  }

  private typed(source: string): string {
    return `${this.incoming.home(source)}.typed_${source}`;
  }

  /** Quarantines what a check finds. */
  private quarantine(source: string, check: string): Promise<void> {
    return this.connection.run(`
      insert into quarantined_${source}
      select c.file_id, coalesce(s.line, s.rowid), c.column_name, c.code,
        printf('%016x%016x', s.record_key >> 64, s.record_key & 18446744073709551615), c."value", c.reason
      from (${this.library.text(check)}) c
      join ${this.incoming.relation(source)} s on s.file_id = c.file_id and s.record_key = c.record_key`);
  }

  /** Takes records out that can't be taken. */
  private async removeBad(source: string): Promise<void> {
    await this.connection.run(`
      create or replace temp table bad_records as
      select distinct file_id, record_key from (${this.library.text(`records_${source}`)}) c;`);
    for (const relation of [
      this.incoming.relation(source),
      this.typed(source),
      `temp.main.pairs_${source}`,
    ]) {
      await this.connection.run(`
        delete from ${relation} s using temp.main.bad_records b
        where b.file_id = s.file_id and b.record_key = s.record_key`);
    }
    await this.connection.run('drop table temp.main.bad_records');
  }

  /** Whether cells have to be looked at: to plan that takes longer than all else where few records come. */
  private async isAnySuspect(source: string): Promise<boolean> {
    const suspects = `suspects_${source}`;
    if (!this.library.has(suspects)) return this.library.has(`cells_${source}`);
    const text = this.library.text(suspects);
    return (await this.connection.count(`create or replace temp table ${suspects} as ${text}`)) > 0;
  }

  /** Binds raw_<source>, raw_file and, when asked, stg_<source> to what is staged while `work` runs. */
  private async bound(source: string, isTyped: boolean, work: () => Promise<void>): Promise<void> {
    await this.connection.run(`
      create or replace temp view raw_${source} as select * exclude (line, row_hash) from ${this.incoming.relation(source)};
      create or replace temp view raw_file as select * exclude (key_columns, is_unique) from temp.main.staged_file_${source};
      ${isTyped ? `create or replace temp view stg_${source} as from ${this.typed(source)};` : ''}`);
    await work();
    await this.connection.run(`
      drop view if exists temp.main.raw_${source}; drop view if exists temp.main.raw_file;
      drop view if exists temp.main.stg_${source};`);
  }
}
