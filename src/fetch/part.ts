import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../atomic-file.ts';

const noteSchema = z.object({
  /** Which download this is a part of: remote, version. */
  identity: z.string(),
  /** What If-Range takes: a strong ETag, or a time. */
  validator: z.string().nullable(),
  /** md5 and sha256 of the whole, where given, in hexadecimal digits. */
  md5: z.string().nullable(),
});

/** What is known of a download that is not complete. */
export type PartNote = z.infer<typeof noteSchema>;

/**
 * A download under way: a file beside its target whose name begins with a dot, so that nobody takes it for a drop,
 * and a note of what it is a part of. Both survive a crash; a note that is unreadable or of something else counts as
 * none, and the part is begun anew.
 */
export class Part {
  /** The bytes so far, as they came over the wire. */
  readonly file: string;
  /** What is made of them, before it takes the target's place. */
  readonly unpacked: string;
  private readonly noteFile: string;

  constructor(target: string) {
    const name = path.basename(target);
    // A name may be as long as the file system takes; these are longer.
    const short =
      Buffer.byteLength(name) <= 200 ? name : createHash('sha256').update(name).digest('hex').slice(0, 32);
    const hidden = path.join(path.dirname(target), `.${short}`);
    this.file = `${hidden}.part`;
    this.unpacked = `${hidden}.new`;
    this.noteFile = `${hidden}.part.json`;
  }

  /** Bytes so far. */
  size(): number {
    // A link may have been put there, to have something else written to.
    const stat = lstatSync(this.file, { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat.size : 0;
  }

  /** The note of this very download, where there are bytes to go on from. */
  note(identity: string): PartNote | null {
    try {
      const note = noteSchema.parse(JSON.parse(readFileSync(this.noteFile, 'utf8')));
      return note.identity === identity && note.validator !== null && this.size() > 0 ? note : null;
    } catch {
      return null;
    }
  }

  /** Begins anew under another note. */
  begin(note: PartNote): void {
    rmSync(this.file, { force: true });
    writeFileAtomic(this.noteFile, JSON.stringify(note));
  }

  /** Forgets all but the first bytes. */
  cutTo(bytes: number): void {
    truncateSync(this.file, bytes);
  }

  /** Takes away whatever is left. */
  clear(): void {
    for (const file of [this.file, this.unpacked, this.noteFile]) rmSync(file, { force: true });
  }
}
