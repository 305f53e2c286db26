import type { OpenedDrop, ReadEnd, Refusal } from '../operators/opened-drop.ts';
import type { EpochSession, RowBatch } from './engine/engine.ts';
import { MarqueeError } from './error.ts';

/** A file whose rows go into a recomputation. */
export interface FileToRead {
  readonly fileId: number;
  readonly source: string;
  /** Relative to raw/. */
  readonly path: string;
  open(): Promise<OpenedDrop | Refusal>;
}

/**
 * Computes every relation from whole files, in an empty warehouse: the function that the incremental pipeline
 * must agree with. Uses the session's full scope and no watermark. The session's transaction stays open.
 *
 * @param advance told after each file
 * @param compute runs the models; all of them unless said otherwise
 * @throws MarqueeError `unreadable-version` when a file that is in force can't be read any more
 */
export async function recompute(
  session: EpochSession,
  files: readonly FileToRead[],
  advance: () => void = () => undefined,
  compute: (session: EpochSession) => Promise<void> = computeAll,
): Promise<void> {
  for (const file of files) {
    const opened = await file.open();
    if (!('read' in opened)) throw unreadable(file, opened);
    const ends: ReadEnd[] = [];
    await session.stage({ ...opened, ...file }, rowsOf(opened, ends));
    const [end] = ends;
    if (end?.kind === 'refused') throw unreadable(file, end.refusal);
    advance();
  }
  for (const source of new Set(files.map((file) => file.source))) {
    for (const { fileId, rejection } of await session.settle(source)) {
      const file = files.find((candidate) => candidate.fileId === fileId);
      if (rejection !== null && file !== undefined) {
        throw unreadable(file, { code: 'implausible-values', message: rejection, hint: '' });
      }
      session.insertAll(source, fileId);
    }
  }
  await session.begin([], 'everything');
  await compute(session);
}

async function computeAll(session: EpochSession): Promise<void> {
  await session.run('join', () => undefined);
  await session.run('inflate', () => undefined);
}

async function* rowsOf(opened: OpenedDrop, ends: ReadEnd[]): AsyncGenerator<RowBatch> {
  ends.push(yield* opened.read());
}

function unreadable(file: FileToRead, { message }: Refusal): MarqueeError {
  return new MarqueeError(
    'unreadable-version',
    `the version of raw/${file.path} in force can't be read: ${message}`,
    {
      hint: 'run marquee backfill, which looks at raw/ anew',
    },
  );
}
