import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { MarqueeError } from '../error.ts';
import { isStuck, type Pulse } from '../watch/pulse.ts';

/** Where to listen, and what to tell. */
export interface MetricsServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly registry: Registry;
  readonly pulse: () => Pulse;
}

/** A server that listens. */
export interface MetricsServer {
  /** Where, as a URL. */
  readonly url: string;
  /** Closes at once, whoever is still reading. */
  close(): void;
}

/**
 * Serves `/metrics` (Prometheus) and `/healthz`: 200 where all is well, 503 while a batch that failed waits to be tried
 * again, or where nothing of the one in hand moves. Never keeps the process alive.
 *
 * @throws MarqueeError `metrics-port`, exit code 2, where the address can't be had
 */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    // Not by URL, which throws for what a client may well send (`//`); that would end the watcher.
    const [pathname] = (request.url ?? '/').split('?', 1);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET\n');
    if (pathname === '/metrics') return void tellMetrics(options.registry, response);
    if (pathname === '/healthz') return tellHealth(options.pulse(), response);
    answer(response, 404, 'there are /metrics and /healthz\n');
  });
  await listen(server, options);
  server.unref();
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server, { host, port }: MetricsServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new MarqueeError('metrics-port', `cannot serve metrics on ${host}:${port}: ${code ?? message}`, {
      cause,
      hint: 'choose another --metrics-port or --metrics-host; whoever holds that port, `ss -ltnp` tells',
      exitCode: 2,
    });
  });
}

async function tellMetrics(registry: Registry, response: ServerResponse): Promise<void> {
  try {
    const text = await registry.metrics();
    answer(response, 200, text, registry.contentType);
  } catch (error) {
    answer(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function tellHealth(pulse: Pulse, response: ServerResponse): void {
  const { failure, stage, inHand, waiting } = pulse;
  const isFailing = failure !== null && failure.retryAtMs !== null;
  const status = isFailing ? 'failing' : isStuck(pulse) ? 'stuck' : 'ok';
  const body = { status, stage: stage?.name ?? null, inHand, waiting, failure };
  answer(response, status === 'ok' ? 200 : 503, `${JSON.stringify(body)}\n`, 'application/json');
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
