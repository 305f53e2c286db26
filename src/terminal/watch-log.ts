import { pino } from 'pino';
import type { FileAccount, Receipt } from '../../operators/batch.ts';
import { describeFailure } from '../cli/report-failure.ts';
import type { WatchListener } from '../watch/watch-listener.ts';
import { describeOutcome, outcomeJson } from '../fetch/describe-outcomes.ts';
import type { WatchNews } from '../watch/watch-root.ts';
import { formatDuration, plural, printable } from './format.ts';
import { describeReceipt, placed } from './receipt.ts';

/** How a watcher tells what happens: to a person as lines, to a log collector as one JSON object a line (pino). */
export type WatchLog = Required<WatchListener>;

/** How to log; everything goes to stderr. */
export interface WatchLogOptions {
  readonly format: 'json' | 'text';
  /** Only what is wrong. */
  readonly quiet: boolean;
  readonly write?: (line: string) => void;
}

type Level = 'info' | 'warn' | 'error';
type Say = (level: Level, lines: readonly string[], detail?: Readonly<Record<string, unknown>>) => void;

/** Makes the log of a watcher. */
export function createWatchLog(options: WatchLogOptions): WatchLog {
  const say = options.format === 'json' ? jsonLines(options) : textLines(options);
  return {
    remark: (message, detail) => say('info', [message], detail),
    result: ({ receipt, accounts }) => {
      const refused = accounts.filter(({ reason }) => reason !== null);
      const level = refused.length > 0 ? 'warn' : 'info';
      if (receipt !== null) say(level, describeReceipt(receipt), receiptDetail(receipt));
      else if (refused.length > 0)
        say(level, refused.flatMap(describeRefused), { files: refused.map(fileDetail) });
    },
    news: (news) => tellNews(news, say),
  };
}

function tellNews(news: WatchNews, say: Say): void {
  switch (news.kind) {
    case 'failure': {
      const { code, message, hint } = describeFailure(news.error, false);
      const next = news.retryMs === null ? '' : `; trying again in ${formatDuration(news.retryMs)}`;
      const lines = [`${message}${next}`, ...(hint === undefined ? [] : [`  next: ${hint}`])];
      say('error', lines, { code, retryMs: news.retryMs, ...(hint === undefined ? {} : { hint }) });
      return;
    }
    case 'waiting': {
      const { path, why, waitedMs } = news.remark;
      say('warn', [`raw/${path} ${waitingFor[why]}`], { path: `raw/${path}`, why, waitedMs });
      return;
    }
    case 'stray':
      say('info', [news.what]);
      return;
    case 'fetched':
      for (const outcome of news.outcomes) {
        const level = outcome.status === 'failed' ? 'error' : outcome.status === 'skipped' ? 'warn' : 'info';
        say(level, describeOutcome(outcome), outcomeJson(outcome));
      }
      return;
    case 'lost':
      say('warn', [`${news.what}: made again from what is there`], { lost: news.what });
      return;
    case 'queue':
      return;
    case 'requests':
      say('info', [`${plural(news.served, 'request')} of other processes served`], { served: news.served });
  }
}

const waitingFor = {
  'in-quotes': 'ends within quotes: waiting a while for the rest of it',
  smaller: 'is written anew and smaller than before: waiting a while for the rest of it',
  'never-still': 'keeps changing: it is taken when it holds still',
} as const;

function textLines({ quiet, write = toStderr }: WatchLogOptions): Say {
  return (level, lines) => {
    if (quiet && level === 'info') return;
    const time = new Date().toTimeString().slice(0, 8);
    for (const [index, line] of lines.entries())
      write(`${index === 0 ? time : '        '} ${printable(line)}\n`);
  };
}

function jsonLines({ quiet, write = toStderr }: WatchLogOptions): Say {
  const logger = pino(
    { base: { pid: process.pid }, level: quiet ? 'warn' : 'info', timestamp: pino.stdTimeFunctions.isoTime },
    { write },
  );
  return (level, [message = ''], detail = {}) => logger[level](detail, printable(message));
}

function toStderr(line: string): void {
  process.stderr.write(line);
}

/** Of very many files the first; the receipt in the state store has all. */
const maxFiles = 50;

function receiptDetail(receipt: Receipt): Readonly<Record<string, unknown>> {
  const { epoch, scope, films, files, partitionsRewritten, timings } = receipt;
  return {
    epoch,
    scope,
    films: films.total,
    filmsAffected: films.affected,
    partitionsRewritten: partitionsRewritten.length,
    durationMs: Math.round(Object.values(timings).reduce((sum, ms) => sum + ms, 0)),
    countFiles: files.length,
    files: files.slice(0, maxFiles).map(fileDetail),
  };
}

function fileDetail(account: FileAccount): Readonly<Record<string, unknown>> {
  const { file, fingerprint, status, shape, read, inserted, updated, deleted, quarantined, reason } = account;
  return {
    path: `raw/${file.path}`,
    status,
    fingerprint: fingerprint.slice(0, 12),
    shape,
    read,
    inserted,
    updated,
    deleted,
    quarantined,
    ...(reason === null ? {} : { reason }),
  };
}

function describeRefused({ status, file, reason }: FileAccount): string[] {
  if (reason === null) return [];
  return [`${status}: ${placed(`raw/${file.path}`, reason.message)}`, `  next: ${reason.hint}`];
}
