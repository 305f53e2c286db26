import { MarqueeError } from '../error.ts';

/** The refusal of a statement that would do more than read. */
export function readOnlyRefusal(statement: string, cause?: unknown): MarqueeError {
  return new MarqueeError(
    'query-read-only',
    `refused: queries only read, got ${statement}, expected SELECT`,
    {
      cause,
      hint: 'to take data elsewhere use --format and -o; to change the warehouse, change the files in raw/',
      exitCode: 2,
    },
  );
}

/** What DuckDB said about a query, as an error for the person who wrote it. */
export function queryFailure(error: unknown): MarqueeError {
  const message = (error as Error).message.replace(/^Failed to extract statements: /, '');
  const file = /^Permission Error: Cannot access (?:file|directory) "(.*?)"/s.exec(message)?.[1];
  if (file !== undefined) {
    return new MarqueeError('query-read-only', `refused: ${file} is not part of the published snapshot`, {
      cause: error,
      hint: 'queries see the published views only; `marquee query` lists them',
      exitCode: 2,
    });
  }
  if (/^Permission Error|attached in read-only mode|configuration has been locked/.test(message)) {
    return readOnlyRefusal('something else', error);
  }
  if (
    /^(Parser|Binder|Catalog|Conversion|Invalid Input|Syntax|Out of Range|Not implemented) Error/i.test(
      message,
    )
  ) {
    return new MarqueeError('query-invalid', message.trimEnd(), {
      cause: error,
      hint: '`marquee query` lists the views, `marquee query "describe <view>"` their columns',
      exitCode: 2,
    });
  }
  return new MarqueeError('query-failed', message.trimEnd(), {
    cause: error,
    hint: /^Out of Memory/i.test(message)
      ? 'ask for less, or raise engine.memory_limit in marquee.yaml'
      : 'if the folder was moved or cleaned, run `marquee backfill` to publish it anew',
  });
}

/** The refusal of a query with placeholders. */
export function queryHasParameters(): MarqueeError {
  return new MarqueeError('query-invalid', 'the query has parameters (? or $1), which nobody fills', {
    hint: 'write the values into the query',
    exitCode: 2,
  });
}
