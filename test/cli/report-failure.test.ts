import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeFailure, formatFailure } from '../../src/cli/report-failure.ts';
import { MarqueeError } from '../../src/error.ts';
import { nearest } from '../../src/nearest.ts';

test('a MarqueeError is a message and a next step, without a stack', () => {
  const error = new MarqueeError('root-locked', 'held', { hint: 'wait', exitCode: 75 });
  expect(formatFailure(describeFailure(error, false), false)).toBe('marquee: held\n  next: wait\n');
  expect(describeFailure(error, false)).toMatchObject({ code: 'root-locked', exitCode: 75 });
});

test('any error with a code and an exit code speaks for itself', () => {
  const foreign = Object.assign(new Error('the state is corrupt'), {
    code: 'state-corrupt',
    hint: 'x',
    exitCode: 1,
  });
  expect(describeFailure(foreign, false)).toMatchObject({
    code: 'state-corrupt',
    hint: 'x',
    stack: undefined,
  });
});

test('an error of the operating system names its file and a remedy', () => {
  let thrown: unknown;
  try {
    readFileSync('/no/such/file');
  } catch (error) {
    thrown = error;
  }
  const failure = describeFailure(thrown, false);
  expect(failure).toMatchObject({ code: 'system-enoent', exitCode: 1, stack: undefined });
  expect(failure.message).toContain('/no/such/file');
  expect(failure.hint).toContain('exists');
});

test('anything else is a bug, and asks to be reported with its stack', () => {
  const text = formatFailure(describeFailure(new TypeError('x is undefined'), false), false);
  expect(text).toMatch(/^marquee: this is a bug in marquee: x is undefined\n {2}next: please report it/);
  expect(text).toContain('at ');
  expect(describeFailure('thrown text', false)).toMatchObject({ code: 'bug', exitCode: 1 });
});

test('with --json a failure is one line', () => {
  const text = formatFailure(describeFailure(new MarqueeError('a', 'b\nc'), false), true);
  expect(text.split('\n')).toHaveLength(2);
  expect(JSON.parse(text)).toEqual({ error: { code: 'a', message: 'b\nc', exitCode: 1 } });
});

test('the nearest word is one that could have been meant', () => {
  expect(nearest('top_movie', ['top_movies', 'movie_genres'])).toBe('top_movies');
  expect(nearest('TOP_MOVIES', ['top_movies'])).toBe('top_movies');
  expect(nearest('ro', ['movie_genres', 'roi_by_director'])).toBeUndefined();
  expect(nearest('genre_by', ['movie_genres', 'genre_by_period'])).toBe('genre_by_period');
  expect(nearest('zebra', ['movie_genres'])).toBeUndefined();
  expect(nearest('x', [])).toBeUndefined();
});
