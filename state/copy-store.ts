import { copyFileSync, existsSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * Copies a store as it stands, whoever reads it or asks something of it meanwhile; one that SQLite can't read file by file.
 * A log that a crash left is folded into it, as by whoever opens it next.
 *
 * @param to where nothing stands
 */
export async function copyStore(from: string, to: string): Promise<void> {
  try {
    // Not to read only: whoever may not write leaves the log's files behind.
    const store = new Database(from, { fileMustExist: true });
    try {
      await store.backup(to);
    } finally {
      store.close();
    }
  } catch {
    for (const suffix of ['', '-wal', '-shm']) {
      rmSync(to + suffix, { force: true });
      if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
    }
  }
}
