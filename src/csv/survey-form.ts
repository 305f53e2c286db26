import { availableParallelism } from 'node:os';

/**
 * How a file is divided into blocks. All but `threads` and `chunkBytes` decide where blocks end, so they are part of
 * the fingerprint: whoever changes one changes `surveyVersion` too. Tests use small ones.
 */
export interface SurveyForm {
  /** Files below this size are hashed whole and have no blocks. */
  readonly fileBytes: number;
  /** Regions are cut independently of each other; one begins behind the first line feed after a multiple of this. */
  readonly regionBytes: number;
  /** No block but the last of a region is shorter. */
  readonly minBytes: number;
  /** A block ends, past the minimum, with a chance of one in 2^bits a byte. */
  readonly cutBits: number;
  /** Here a block ends, if it did not before, with the line. */
  readonly maxBytes: number;
  /** Here it ends even without a line feed. */
  readonly lineBytes: number;
  /** Bytes read at a time. */
  readonly chunkBytes: number;
  /** Threads at work, the caller's included. */
  readonly threads: number;
}

/** Stands in the fingerprint of a file that was divided into blocks. */
export const surveyVersion = 'marquee blocks 2\n';

/**
 * What is used outside of tests: blocks of 6 to 64 KiB, 8 KiB on average.
 *
 * Measured on 550 MB, 2 cores, warm cache; wall seconds with nothing and with everything known, records in new blocks after
 * 1,000 changes in three years and after 1,000 insertions at the front of three years:
 *
 *     minimum 12 KiB, 12 bits   0.47  0.26   46,483   8,337
 *     this                      0.49  0.28   23,858   4,531
 *     minimum 4 KiB, 9 bits     0.46  0.31   18,660   6,281
 *     minimum 3 KiB, 10 bits    0.53  0.33   12,743   2,783
 *     minimum 2 KiB, 9 bits     0.55  0.36    8,892   2,598
 *
 * A record in a new block cost some 10 microseconds, when all of them were read; to see that it is an old one takes one or two.
 */
export const usualForm: SurveyForm = {
  fileBytes: 4 << 20,
  regionBytes: 16 << 20,
  minBytes: 6 << 10,
  cutBits: 11,
  maxBytes: 64 << 10,
  lineBytes: 1 << 20,
  chunkBytes: 1 << 20,
  threads: Math.min(2, availableParallelism()),
};

/**
 * The usual form, unless the environment asks for blocks of so many bytes in files of any size: a test that wants to see
 * blocks at work in small files says so by `MARQUEE_BLOCK_BYTES`.
 */
export function formInUse(): SurveyForm {
  const bytes = Number(process.env['MARQUEE_BLOCK_BYTES'] ?? 0);
  if (bytes === 0) return usualForm;
  return {
    ...usualForm,
    fileBytes: 0,
    regionBytes: 16 * bytes,
    minBytes: bytes >> 1,
    cutBits: Math.max(1, Math.round(Math.log2(bytes)) - 1),
    maxBytes: 4 * bytes,
    threads: 1,
  };
}

/** What stands for the way in which a form cuts files. */
export function cutOf(form: SurveyForm): string {
  const traits = ['regionBytes', 'minBytes', 'cutBits', 'maxBytes', 'lineBytes'] as const;
  return traits.map((trait) => `${trait} ${form[trait]}\n`).join('');
}
