import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createProgress } from '../../src/terminal/progress.ts';

/** A stream that remembers, as a terminal of 100 columns or as a pipe. */
function screen(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = new PassThrough();
  const written: Buffer[] = [];
  stream.on('data', (data: Buffer) => written.push(data));
  Object.assign(stream, { isTTY, columns: 100 });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => Buffer.concat(written).toString() };
}

describe('progress into a pipe', () => {
  test('is a line a finished stage, without a terminal code', () => {
    const { stream, text } = screen(false);
    let now = 0;
    const progress = createProgress({ stream, now: () => now });
    const stage = progress.stage('read films.csv', 100);
    stage.advance(50);
    progress.say('a remark');
    now = 1500;
    stage.done('1,000 rows');
    stage.done('again');
    progress.stage('publish').done();
    progress.close();
    expect(text()).toBe('a remark\nread films.csv: 1,000 rows (1.5 s)\npublish (0 ms)\n');
  });

  test('shows a sign of life of a long stage every ten seconds', () => {
    const { stream, text } = screen(false);
    let now = 0;
    const progress = createProgress({ stream, now: () => now });
    const known = progress.stage('read', 400);
    const unknown = progress.stage('join');
    for (now = 1000; now <= 25_000; now += 1000) {
      known.advance(10);
      unknown.advance(100_000);
    }
    known.done();
    known.advance(10);
    expect(text()).toBe(
      'read: 25 % after 10.0 s\njoin: 1,000,000 after 10.0 s\nread: 50 % after 20.0 s\njoin: 2,000,000 after 20.0 s\nread (26.0 s)\n',
    );
  });
});

describe('progress on a terminal', () => {
  test('is a bar that goes away, and a line of what came of it', () => {
    const { stream, text } = screen(true);
    const progress = createProgress({ stream, now: () => 0 });
    const stage = progress.stage('read', 10);
    stage.advance(5);
    progress.say('a remark');
    stage.done('10 rows');
    progress.close();
    expect(text()).toContain('read                     [');
    expect(text()).toContain('50%');
    expect(text()).toContain('a remark\n');
    expect(text().endsWith('read: 10 rows (0 ms)\n')).toBe(true);
  });

  test('keeps no process alive: closing stops whatever is left open', async () => {
    const { stream, text } = screen(true);
    const progress = createProgress({ stream });
    const outer = progress.stage('outer', 2);
    progress.stage('inner').advance(1_234_567);
    outer.advance();
    progress.close();
    const before = text();
    outer.done('late');
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(text()).toBe(before);
    expect(before).toContain('inner');
  });

  test('shows the outer stage again after an inner one', () => {
    const { stream, text } = screen(true);
    const progress = createProgress({ stream });
    const outer = progress.stage('outer', 4);
    outer.advance(1);
    progress.stage('inner', 1).done();
    const before = text().length;
    outer.advance(1);
    outer.done();
    progress.close();
    expect(text().slice(before)).toMatch(/outer/);
    expect(text().match(/outer +\[/g)?.length).toBeGreaterThan(1);
  });
});

test('quiet progress says nothing', () => {
  const { stream, text } = screen(true);
  const progress = createProgress({ stream, quiet: true });
  const stage = progress.stage('read', 10);
  stage.advance();
  stage.done('x');
  progress.say('y');
  progress.close();
  expect(text()).toBe('');
});
