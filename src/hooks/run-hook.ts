import { spawn } from 'node:child_process';
import { Observable, throwError, timeout } from 'rxjs';
import { MarqueeError } from '../error.ts';

/** Whom to tell of an epoch: a command that gets the receipt on its standard input, or an address to which it is posted. */
export type HookTarget =
  | { readonly kind: 'command'; readonly command: string; readonly cwd: string }
  | { readonly kind: 'webhook'; readonly url: string };

/** Bytes of a failed command's output that are told. */
const maxSaid = 500;

/**
 * Tells a target of an epoch; completes when it is done. To unsubscribe ends it at once: a command with all processes
 * that it started, a request in the midst.
 *
 * Errors with MarqueeError `hook-failed` or, after `timeoutMs`, `hook-timeout`.
 *
 * @param body the receipt, JSON
 */
export function runHook(target: HookTarget, body: string, timeoutMs: number): Observable<never> {
  const work = target.kind === 'command' ? command(target, body) : webhook(target.url, body);
  return work.pipe(
    timeout({
      first: timeoutMs,
      with: () =>
        throwError(
          () =>
            new MarqueeError(
              'hook-timeout',
              `${named(target)} took longer than ${timeoutMs / 1000} s and was ended`,
              {
                hint: 'make it quicker, let it work in the background with its stderr closed (`... 2>/dev/null &`), or raise on_epoch.timeout_s',
              },
            ),
        ),
    }),
  );
}

function command(target: Extract<HookTarget, { kind: 'command' }>, body: string): Observable<never> {
  return new Observable((subscriber) => {
    // A process group of its own, so that what the command starts ends with it.
    const child = spawn('/bin/sh', ['-c', target.command], {
      cwd: target.cwd,
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let said = '';
    let hasClosed = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < maxSaid) said += text;
    });
    // A command that doesn't read its input closes it: no failure.
    child.stdin.on('error', () => undefined).end(body);
    child.on('error', (cause) => subscriber.error(failed(target, cause.message, cause)));
    child.on('close', (code, signal) => {
      hasClosed = true;
      if (code === 0) return subscriber.complete();
      const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
      const detail = said.trim().slice(0, maxSaid);
      subscriber.error(failed(target, detail === '' ? how : `${how}: ${detail}`));
    });
    return () => {
      // The shell may be gone while what it started lives on, with its stderr open.
      if (!hasClosed) endGroup(child.pid);
      child.stderr.destroy();
    };
  });
}

/** Ends a process group. The system gives its number to nobody else while a process of it lives. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of it lives.
  }
}

function webhook(url: string, body: string): Observable<never> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    const target = { kind: 'webhook', url } as const;
    const { address, authorization } = withoutCredentials(url);
    fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body,
      signal: abort.signal,
      redirect: 'error',
    })
      .then(async (response) => {
        await response.body?.cancel();
        if (response.ok) subscriber.complete();
        else subscriber.error(failed(target, `answered ${response.status}`));
      })
      .catch((cause: unknown) => {
        const { cause: reason, message } = cause as Error;
        subscriber.error(failed(target, reason instanceof Error ? reason.message : message, cause));
      });
    return () => abort.abort();
  });
}

/** A name and a password in an address become a header: `fetch` refuses them, and says them aloud. */
function withoutCredentials(url: string): {
  readonly address: URL;
  readonly authorization: Readonly<Record<string, string>>;
} {
  const address = new URL(url);
  const { username, password } = address;
  if (username === '' && password === '') return { address, authorization: {} };
  address.username = '';
  address.password = '';
  const pair = Buffer.from(`${unescape(username)}:${unescape(password)}`, 'utf8').toString('base64');
  return { address, authorization: { authorization: `Basic ${pair}` } };
}

/** Without percent-encoding, where it is well-formed. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function failed(target: HookTarget, why: string, cause?: unknown): MarqueeError {
  return new MarqueeError('hook-failed', `${named(target)} ${why}`, {
    cause,
    hint: 'the epoch is committed all the same; correct on_epoch in marquee.yaml or what it calls',
  });
}

/** An address may hold a secret, and so may what a command is given: only host and program are told. */
function named(target: HookTarget): string {
  if (target.kind === 'webhook') return `on_epoch webhook at ${new URL(target.url).host}`;
  // What does not begin with a plain word, such as TOKEN=... before it, is not told at all.
  const [, program] = /^\s*([\w./+-]+)(?=\s|$)/.exec(target.command) ?? [];
  return program === undefined ? 'on_epoch command' : `on_epoch command "${program}"`;
}
