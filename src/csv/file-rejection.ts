import type { Rejection } from '../sources/rejection.ts';

/**
 * Carries a rejection out of a generator that has already begun: what was read of the file so far must not be used.
 *
 * The one place where bad data travels as an exception, because a generator has no other way to end early with a
 * value; whoever drives the generator turns it back into its `rejection`.
 */
export class FileRejection extends Error {
  readonly rejection: Rejection;

  constructor(rejection: Rejection) {
    super(rejection.message);
    this.name = 'FileRejection';
    this.rejection = rejection;
  }
}
