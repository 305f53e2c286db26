import type { Acceptance, StoredRequest } from './records.ts';
import type { SqliteSession } from './sqlite-session.ts';
import type { Control } from './store-parts.ts';

/** The part of the SQLite store that keeps acceptances, requests and settings. */
export function control(session: SqliteSession): Control {
  return {
    accept(fingerprint, acceptedAtMs) {
      session.run('insert into acceptance values (?, ?) on conflict do nothing', fingerprint, acceptedAtMs);
    },
    isAccepted: (fingerprint) =>
      session.get('select 1 from acceptance where fingerprint = ?', fingerprint) !== undefined,
    acceptances: () =>
      session.all<Acceptance>(
        'select fingerprint, accepted_at_ms as acceptedAtMs from acceptance order by fingerprint',
      ),

    addRequest: (kind, payload, requestedAtMs) =>
      session.run(
        'insert into request (kind, payload, requested_at_ms) values (?, ?, ?)',
        kind,
        payload,
        requestedAtMs,
      ).id,
    requests: () =>
      session.all<StoredRequest>(
        `select request_id as requestId, kind, payload, requested_at_ms as requestedAtMs
         from request order by request_id`,
      ),
    completeRequest(requestId) {
      session.run('delete from request where request_id = ?', requestId);
    },

    meta: (key) => session.get<{ value: string }>('select value from meta where key = ?', key)?.value ?? null,
    setMeta(key, value) {
      session.run(
        'insert into meta values (?, ?) on conflict do update set value = excluded.value',
        key,
        value,
      );
    },
  };
}
